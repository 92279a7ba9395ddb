// The table that a run prints. Pure: figures in, lines out.

import { isReached, isRate, ratioOf, type Figure } from './figure.ts';
import { median } from './middle.ts';

const HEAD = ['figure', 'Slotline', 'reference', '', 'ratio', 'min–max', 'goal'] as const;
/** Columns of words, by place; numbers stand to the right. */
const WORDS = new Set([0, 3]);

/** Markdown, so that it can be pasted into a document as it is. */
export function toTable(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(toRow)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, at) => pad(cell, at, widths[at] ?? 0)).join(' | ')} |`);
  const rule = `|${widths.map((width, at) => (WORDS.has(at) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function toRow(figure: Figure): string[] {
  const ratio = ratioOf(figure);
  return [
    figure.name,
    `${toText(median(figure.ours))} ${figure.unit}`,
    toText(median(figure.theirs)),
    figure.reference,
    ratio.median.toFixed(2),
    `${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}`,
    toGoal(figure),
  ];
}

function toGoal(figure: Figure): string {
  if (figure.goal === undefined) return '';
  return `${isRate(figure.unit) ? '≥' : '≤'} ${figure.goal} ${isReached(figure) === true ? 'yes' : 'no'}`;
}

/** Three significant digits, at least all of the whole ones. */
function toText(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

function pad(cell: string, at: number, width: number): string {
  return WORDS.has(at) ? cell.padEnd(width) : cell.padStart(width);
}
