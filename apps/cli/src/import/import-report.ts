// The final report of an import: a table for the terminal or a JSON object with the same content.

import { printable } from '@slotline/runtime';
import type { Ending } from './brake.ts';
import { formatCount } from './progress-line.ts';
import type { Tally } from './tally.ts';

export interface ImportReport {
  readonly file: string;
  readonly contentSha256: string;
  readonly ending: Ending;
  readonly lines: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly refused: number;
  readonly bad: number;
  /** How many of the outcomes the service had already from an earlier run of the same import. */
  readonly decidedBefore: number;
  readonly retries: number;
  readonly durationMs: number;
  readonly linesPerSecond: number;
}

export function makeReport(
  about: Pick<ImportReport, 'file' | 'contentSha256' | 'ending'>,
  tally: Tally,
  durationMs: number,
): ImportReport {
  const { refused, bad, decidedBefore, retries, done: lines } = tally;
  const linesPerSecond = durationMs > 0 ? Math.round((lines / durationMs) * 1000) : 0;
  const outcomes = Object.fromEntries(tally.outcomes);
  return {
    ...about,
    lines,
    outcomes,
    refused,
    bad,
    decidedBefore,
    retries,
    durationMs: Math.round(durationMs),
    linesPerSecond,
  };
}

/** Ends with a line feed. */
export function formatReport(report: ImportReport): string {
  const rows = Object.entries(report.outcomes).map(([kind, count]): [string, number] => [
    printable(kind),
    count,
  ]);
  if (report.refused > 0) rows.push(['refused by the service', report.refused]);
  if (report.bad > 0) rows.push(['bad lines, not sent', report.bad]);
  const summary = [
    `${(report.durationMs / 1000).toFixed(1)} s`,
    `${formatCount(report.linesPerSecond)} lines/s`,
    `${formatCount(report.decidedBefore)} decided before this run`,
    `${formatCount(report.retries)} retries`,
  ];
  const table = [...formatRows(rows, report.lines), summary.join(' · '), ...formatEnding(report.ending)];
  return `${table.join('\n')}\n`;
}

function formatRows(rows: [string, number][], total: number): string[] {
  const all: [string, number][] = [['outcome', Number.NaN], ...rows, ['total', total]];
  const names = Math.max(...all.map(([name]) => name.length));
  const cells = all.map(
    ([name, count]) => [name, Number.isNaN(count) ? 'lines' : formatCount(count)] as const,
  );
  const counts = Math.max(...cells.map(([, count]) => count.length));
  const lines = cells.map(([name, count]) => `${name.padEnd(names)}  ${count.padStart(counts)}`);
  const rule = '-'.repeat(names + 2 + counts);
  return [...lines.slice(0, 1), rule, ...lines.slice(1, -1), rule, ...lines.slice(-1)];
}

const RESUME_HINT = 'run the same command again to resume; nothing is decided twice';

function formatEnding(ending: Ending): string[] {
  switch (ending.kind) {
    case 'finished':
      return [];
    case 'interrupted':
      return [`interrupted: ${RESUME_HINT}`];
    case 'failed':
      return [`could not finish: ${printable(ending.reason)}`, RESUME_HINT];
  }
}

export const EXIT_FINE = 0;
export const EXIT_UNFINISHED = 1;
export const EXIT_USAGE = 2;
const EXIT_REJECTED = 3;

/** A quarantined request was accepted but made no appointment, so it also counts as rejected. */
export function exitCodeOf({ ending, refused, bad, outcomes }: ImportReport): number {
  if (ending.kind !== 'finished') return EXIT_UNFINISHED;
  return refused + bad + (outcomes['quarantined'] ?? 0) > 0 ? EXIT_REJECTED : EXIT_FINE;
}
