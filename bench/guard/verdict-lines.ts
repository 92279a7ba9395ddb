// What the guards say, one line each. Pure.

import { TOLERANCE, type Verdict } from './judge.ts';

/** In columns; those that are not held say so first. */
export function toLines(verdicts: readonly Verdict[]): readonly string[] {
  const rows = verdicts.map(toCells);
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map(([held, name, now, limit]) =>
    [held.padEnd(widths[0] ?? 0), name.padEnd(widths[1] ?? 0), now.padStart(widths[2] ?? 0), limit].join(
      '  ',
    ),
  );
}

function toCells({ name, now, baseline, isHeld }: Verdict): [string, string, string, string] {
  const limit =
    baseline === undefined ? 'has no baseline' : `baseline ${toText(baseline)}${toChange(now, baseline)}`;
  return [isHeld ? 'held' : 'LOST', name, toText(now), limit];
}

function toChange(now: number, baseline: number): string {
  if (baseline === 0) return '';
  const percent = Math.round((now / baseline - 1) * 100);
  const hint = percent < -TOLERANCE * 100 ? ', worth a renewal' : '';
  return `, ${percent > 0 ? '+' : ''}${percent} %${hint}`;
}

function toText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
