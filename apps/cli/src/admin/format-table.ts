// Tables for the terminal: columns as wide as their content, and client data escaped to one line.

import { printable } from '@slotline/runtime';

/** Returns lines without a final newline; the last column is not padded. */
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

/** Shortens a text to `max` characters, the last of which is then an ellipsis. */
export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A duration in its largest unit: `350 ms`, `3.2 s`, `5 min`. */
export function formatAge(ms: number): string {
  const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? (['ms', 1] as const);
  const count = ms / size;
  return `${unit === 's' && count < 10 ? count.toFixed(1) : Math.floor(count)} ${unit}`;
}
