// Ids that nobody has, of the shape of one that somebody has; and what is left of an answer when the id that was asked
// for, and what the call itself made, are struck out.

import type { Answer } from './exchange.ts';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const WEBHOOK_ID = /^msg_[\da-f]{32}$/;
const NAME = /^(?:org|res|app|hld)-/;
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** As long as `id` and of its kind. */
export function likeness(id: string, random: () => number): string {
  const hex = () => Math.floor(random() * 16).toString(16);
  // The version and the variant stay, or it would be no UUID.
  if (UUID.test(id))
    return id.replaceAll(/[\da-f]/g, (digit, at) => (at === 14 || at === 19 ? digit : hex()));
  if (WEBHOOK_ID.test(id)) {
    return `msg_${id.slice(4).replaceAll(/[\da-f]/g, (digit, at) => (at === 12 || at === 16 ? digit : hex()))}`;
  }
  if (NAME.test(id)) return id.slice(0, 4) + id.slice(4).replaceAll(/[\da-f]/g, hex);
  return id.replaceAll(/./g, () => LETTERS[Math.floor(random() * LETTERS.length)] ?? '');
}

/** An answer with the ids that were asked for struck out, so that what remains can be compared to the letter. */
export function withoutIds({ status, headers, body }: Answer, ids: readonly string[]): string {
  const text = [status, ...headers, body].join('\n');
  return ids.reduce((left, id) => left.replaceAll(id, '<asked>'), text);
}

/** What a call made has a name, times and a place in line of its own, and the asker's own versions count up. */
export function withoutMade(text: string): string {
  return text
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<made>')
    .replaceAll(/msg_[\da-f]{32}/g, '<made>')
    .replaceAll(/whsec_[\w+/=]+/g, '<made>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<then>')
    .replaceAll(/"version":\d+/g, '"version":<next>')
    .replaceAll(/"(?:place|etaMs)":\d+,/g, '');
}

/** The tag of a calendar is made of what was asked for, and of nothing that is there. */
export function withoutTag(text: string): string {
  return text.replaceAll(/^etag: "[\w-]{22}"$/gim, 'etag: <of what was asked>');
}
