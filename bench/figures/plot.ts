// The picture of a run: for every figure a bar from its goal, to the right when it is better and to the left when it is
// worse, with whiskers from the worst round to the best. Pure: figures in, SVG out. It follows the reader's light or
// dark, and says in words whatever it says in colours.

import { isRate, isReached, ratioOf, type Figure } from './figure.ts';

const WIDTH = 1_260;
const ROW = 28;
const HEAD = 84;
const FOOT = 40;
const BARS = { from: 500, to: 980 };
/** Doublings that the axis goes from its middle to each side; whatever is further out ends at the edge. */
const DOUBLINGS = 4;

const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --good: #1a7f37; --bad: #bc4c00; --plain: #6e7781 }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --grid: #3d444d; --good: #3fb950; --bad: #f0883e; --plain: #848d97 }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink) }
  .head { font-size: 17px; font-weight: 600 } .soft { fill: var(--soft); font-size: 12px } .end { text-anchor: end } .middle { text-anchor: middle }
  .ground { fill: var(--ground) } .grid { stroke: var(--grid) } .goal { stroke: var(--ink); stroke-width: 1.5 }
  .good { fill: var(--good) } .bad { fill: var(--bad) } .plain { fill: var(--plain) } .whisker { stroke: var(--ink); fill: none }`;

/** An SVG document; `title` is its heading. */
export function toPlot(figures: readonly Figure[], title: string): string {
  const height = HEAD + figures.length * ROW + FOOT;
  const reached = figures.filter((figure) => isReached(figure) === true).length;
  const withGoal = figures.filter(({ goal }) => goal !== undefined).length;
  const summary = `${reached} of ${withGoal} goals reached`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${escape(title)}</title>
<desc id="desc">${escape(`${summary}. ${figures.map(toSentence).join(' ')}`)}</desc>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text class="head" x="24" y="32">${escape(title)}</text>
<text class="soft" x="24" y="54">${summary}. Bars begin at the goal, or at the reference where there is none; right is better. Whiskers: worst and best round.</text>
${toAxis(height)}
${figures.map(toRow).join('\n')}
</svg>
`;
}

function toAxis(height: number): string {
  const bottom = height - FOOT;
  const lines = Array.from({ length: 2 * DOUBLINGS + 1 }, (_, at) => {
    const times = 2 ** (at - DOUBLINGS);
    const x = placeOf(times);
    const name = times < 1 ? `1/${1 / times}` : `${times}×`;
    const line = `<line class="${times === 1 ? 'goal' : 'grid'}" x1="${x}" x2="${x}" y1="${HEAD - 8}" y2="${bottom}"/>`;
    return `${line}<text class="soft middle" x="${x}" y="${bottom + 18}">${times === 1 ? 'goal' : name}</text>`;
  });
  return lines.join('\n');
}

function toRow(figure: Figure, at: number): string {
  const top = HEAD + at * ROW;
  const middle = top + ROW / 2;
  const { median, min, max } = ratioOf(figure);
  const [start, end] = [placeOf(1), placeOf(timesOf(figure, median))];
  const [low, high] = [placeOf(timesOf(figure, min)), placeOf(timesOf(figure, max))];
  const isGood = isReached(figure);
  const colour = isGood === undefined ? 'plain' : isGood ? 'good' : 'bad';
  const bar = `<rect class="${colour}" x="${Math.min(start, end)}" y="${top + 6}" width="${Math.max(1, Math.abs(end - start))}" height="${ROW - 12}"/>`;
  const whisker = `<path class="whisker" d="M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8"/>`;
  return `<g><title>${escape(toSentence(figure))}</title>
<text class="end" x="${BARS.from - 16}" y="${middle + 4}">${escape(figure.name)}<tspan class="soft"> ${escape(unitOf(figure))}</tspan></text>
${bar}${whisker}
<text class="soft" x="${BARS.to + 14}" y="${middle + 4}">${escape(toVerdict(figure))}</text></g>`;
}

/** How many times as good as the goal a ratio is; without a goal, as the reference. */
function timesOf({ unit, goal = 1 }: Figure, ratio: number): number {
  if (ratio === goal) return 1;
  return isRate(unit) ? ratio / goal : goal / ratio;
}

/** The position of a factor on the axis, in whole pixels. */
function placeOf(times: number): number {
  const doublings = Math.max(-DOUBLINGS, Math.min(DOUBLINGS, Math.log2(times)));
  return Math.round(BARS.from + ((doublings + DOUBLINGS) / (2 * DOUBLINGS)) * (BARS.to - BARS.from));
}

function unitOf({ unit }: Figure): string {
  return unit.includes('CPU') ? '(CPU)' : '';
}

function toVerdict(figure: Figure): string {
  const ratio = `${ratioOf(figure).median.toFixed(2)} of ${figure.reference}`;
  if (figure.goal === undefined) return ratio;
  return `${ratio}, goal ${isRate(figure.unit) ? '≥' : '≤'} ${figure.goal} ${isReached(figure) === true ? '✓' : '✗'}`;
}

function toSentence(figure: Figure): string {
  const { median, min, max } = ratioOf(figure);
  const ratio = `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)}) of ${figure.reference}`;
  const isGood = isReached(figure);
  if (isGood === undefined) return `${figure.name}, ${figure.unit}: ${ratio}.`;
  const goal = `${isRate(figure.unit) ? 'at least' : 'at most'} ${figure.goal}`;
  return `${figure.name}, ${figure.unit}: ${ratio}, goal ${goal}, ${isGood ? 'reached' : 'missed'}.`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
