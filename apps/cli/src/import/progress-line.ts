// The text of the progress line. Pure, so it can be tested without a terminal.

import { printable } from '@slotline/runtime';

export interface ProgressSnapshot {
  readonly done: number;
  readonly lines: number;
  readonly perSecond: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly rejected: number;
  readonly retries: number;
  readonly trouble: Trouble | undefined;
}

/** What delays the import, and how long there has been no outcome. */
interface Trouble {
  readonly reason: string;
  /** The rest of a wait that the service requested. */
  readonly askedMs: number;
  readonly waitedMs: number;
  readonly limitMs: number;
}

const BAR_CELLS = 20;
/** A shorter delay is not shown. */
const TROUBLE_SHOWN_MS = 1000;

export function formatProgress(snapshot: ProgressSnapshot): string {
  const { done, lines, perSecond, retries } = snapshot;
  const share = lines === 0 ? 1 : Math.min(done / lines, 1);
  const parts = [
    `${formatBar(share)} ${Math.floor(share * 100)}%`,
    `${formatCount(done)}/${formatCount(lines)} lines`,
    `${formatCount(perSecond)}/s`,
    `ETA ${perSecond > 0 ? formatDuration(((lines - done) / perSecond) * 1000) : '–'}`,
    ...formatOutcomes(snapshot),
    ...(retries > 0 ? [`${formatCount(retries)} retries`] : []),
  ];
  return parts.join('  ') + formatTrouble(snapshot.trouble);
}

function formatBar(share: number): string {
  const filled = Math.floor(share * BAR_CELLS);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}]`;
}

function formatOutcomes({ outcomes, rejected }: ProgressSnapshot): string[] {
  const counts = [...outcomes].map(([kind, count]) => `${printable(kind)} ${formatCount(count)}`);
  if (rejected > 0) counts.push(`bad ${formatCount(rejected)}`);
  return counts.length === 0 ? [] : [counts.join(' · ')];
}

function formatTrouble(trouble: Trouble | undefined): string {
  if (trouble === undefined) return '';
  if (trouble.askedMs >= TROUBLE_SHOWN_MS)
    return `  waits for ${formatDuration(trouble.askedMs)}, as requested by the service: ${printable(trouble.reason)}`;
  if (trouble.waitedMs < TROUBLE_SHOWN_MS) return '';
  const left = formatDuration(Math.max(trouble.limitMs - trouble.waitedMs, 0));
  return `  no outcome for ${formatDuration(trouble.waitedMs)}, gives up in ${left}: ${printable(trouble.reason)}`;
}

export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `850 ms` reads as `1 s`: whole seconds up to a minute, then minutes and seconds, then hours and minutes. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
