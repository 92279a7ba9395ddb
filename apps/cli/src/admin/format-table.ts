// Tables for people: columns as wide as they have to be, and what came from clients in one harmless line.

import { printable } from '@slotline/runtime';

/** Lines without a newline at the end; the last column is as long as it is. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows.map((row) => row.map((cell) => printable(cell)))];
  const widths = header.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The beginning of a text that is longer than `max`. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A time as people say it: `350 ms`, `3.2 s`, `5 min`. */
export function formatAge(ms: number): string {
  const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? (['ms', 1] as const);
  const count = ms / size;
  return `${unit === 's' && count < 10 ? count.toFixed(1) : Math.floor(count)} ${unit}`;
}
