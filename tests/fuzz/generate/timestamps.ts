// Times in every spelling that the service reads, and times that do not exist or that it does not read.

import type { Dice } from './dice.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** When the appointments of a run begin: far enough away that nothing of it is ever past. */
const OPENING_MS = Date.UTC(2031, 0, 1);
const OPEN_DAYS = 400;

/** An instant on a grid of five minutes, so that intervals touch and overlap now and then. */
export function anyInstant(dice: Dice): number {
  return OPENING_MS + dice.below((OPEN_DAYS * DAY_MS) / (5 * MINUTE_MS)) * 5 * MINUTE_MS;
}

/** The instant in one of the spellings that stand for exactly it; it must be a whole second. */
export function spellInstant(dice: Dice, ms: number): string {
  const iso = new Date(ms).toISOString();
  const date = iso.slice(0, 10);
  const isWholeMinute = ms % MINUTE_MS === 0;
  const offset = dice.between(-14, 14) * 60 + dice.pick([0, 30, 45]);
  const local = new Date(ms + offset * MINUTE_MS).toISOString().slice(0, 19);
  const spellings = [
    iso,
    `${date} ${iso.slice(11, 19)}`,
    `${date}t${iso.slice(11, 19)}.0z`,
    isWholeMinute ? `${date} ${iso.slice(11, 16)}` : iso,
    `${local}${zone(offset, ':')}`,
    `${local}.000${zone(offset, '')}`,
  ];
  return dice.pick(spellings);
}

function zone(offset: number, separator: string): string {
  const minutes = Math.abs(offset);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`;
}

/** Texts that look like times; every one of them has to be refused. */
export const REFUSED_TIMES: readonly string[] = [
  '2030-02-30 10:00',
  '2031-02-29 10:00:00',
  '2030-04-31T10:00:00Z',
  '2030-13-01 10:00',
  '2030-00-10 10:00',
  '2030-10-00 10:00',
  '2030-10-10 24:00',
  '2030-10-10 10:60',
  '2016-12-31T23:59:60Z',
  '2030-10-10',
  '10:00',
  '2030-10-10T10:00:00.0001Z',
  '2030-10-10T10:00:00,5Z',
  '2030-10-10T10:00:00+24:00',
  '2030-10-10T10:00:00+14:60',
  '2030-10-10T10:00:00+14',
  '2030-10-10T10:00:00 +01:00',
  '2030-W41-4T10:00:00Z',
  '2030-283T10:00:00Z',
  '20301010T100000Z',
  '+002030-10-10T10:00:00Z',
  '275760-09-13T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '0000-01-01 00:00',
  '-2030-10-10 10:00',
  'now',
  'infinity',
  '-infinity',
  'epoch',
  'Invalid Date',
  'Thu, 10 Oct 2030 10:00:00 GMT',
  '1917000000000',
  ' 2030-10-10 10:00',
  '2030-10-10 10:00\n',
  '2030-10-10  10:00',
  '2030-10-10_10:00',
  '２０３０-10-10 10:00',
  '2030-10-10 10:00\u0000',
  '2030\u201110\u201110 10:00',
];

/** Times at the edges of what is read, all of them read. */
export const EDGE_TIMES: readonly string[] = [
  '1970-01-01 00:00',
  '1970-01-01T23:59:00+23:59',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T00:00:00-23:59',
  '2032-02-29 23:59:59',
  '2031-03-30T02:30:00+01:00',
  '2031-10-26T02:30:00.999-00:00',
];
