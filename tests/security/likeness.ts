// Makes unknown ids of the same shape as an existing one, and masks the requested ids and generated values in an answer
// so that two answers can be compared.

import type { Answer } from './exchange.ts';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const WEBHOOK_ID = /^msg_[\da-f]{32}$/;
const NAME = /^(?:org|res|app|hld)-/;
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Returns a random id of the same length and kind as `id`. */
export function likeness(id: string, random: () => number): string {
  const hex = () => Math.floor(random() * 16).toString(16);
  // The version and the variant are kept, so that it stays a valid UUID.
  if (UUID.test(id))
    return id.replaceAll(/[\da-f]/g, (digit, at) => (at === 14 || at === 19 ? digit : hex()));
  if (WEBHOOK_ID.test(id)) {
    return `msg_${id.slice(4).replaceAll(/[\da-f]/g, (digit, at) => (at === 12 || at === 16 ? digit : hex()))}`;
  }
  if (NAME.test(id)) return id.slice(0, 4) + id.slice(4).replaceAll(/[\da-f]/g, hex);
  return id.replaceAll(/./g, () => LETTERS[Math.floor(random() * LETTERS.length)] ?? '');
}

/** Returns the answer as text, with the requested ids masked. */
export function withoutIds({ status, headers, body }: Answer, ids: readonly string[]): string {
  const text = [status, ...headers, body].join('\n');
  return ids.reduce((left, id) => left.replaceAll(id, '<asked>'), text);
}

/** Masks what differs between two equal creations: ids, secrets, times, versions, and the queue position. */
export function withoutMade(text: string): string {
  return text
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<made>')
    .replaceAll(/msg_[\da-f]{32}/g, '<made>')
    .replaceAll(/whsec_[\w+/=]+/g, '<made>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<then>')
    .replaceAll(/"version":\d+/g, '"version":<next>')
    .replaceAll(/"(?:place|etaMs)":\d+,/g, '');
}

/** Masks the ETag of a calendar, which differs between two queries even if their results are equal. */
export function withoutTag(text: string): string {
  return text.replaceAll(/^etag: "[\w-]{22}"$/gim, 'etag: <of what was asked>');
}
