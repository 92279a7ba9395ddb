import { expect, test } from '@jest/globals';

import type { Figure } from './figure.ts';
import { toPlot } from './plot.ts';

const rate: Figure = {
  name: 'pipeline, "hot" <org>',
  unit: 'decided/s',
  reference: '(a) Express & pg',
  ours: [4, 5, 7],
  theirs: [1, 1, 1],
  goal: 5,
};
const wait: Figure = { name: 'p99', unit: 'ms', reference: 'goal', ours: [400], theirs: [100] };

/** The classes and places of the bars, from the top. */
function barsOf(svg: string) {
  return [...svg.matchAll(/<rect class="(good|bad|plain)" x="(\d+)" y="\d+" width="(\d+)"/g)].map(
    ([, colour, x, width]) => ({ colour, from: Number(x), to: Number(x) + Number(width) }),
  );
}

test('a figure that is better than its goal goes to the right, a worse one to the left', () => {
  const [better, worse] = barsOf(
    toPlot(
      [
        { ...rate, goal: 2.5 },
        { ...wait, goal: 1 },
      ],
      'a run',
    ),
  );
  expect(better?.colour).toBe('good');
  expect(worse?.colour).toBe('bad');
  // Both begin at the goal: twice as good, and four times as bad.
  expect(better?.from).toBe(worse?.to);
  expect((worse?.to ?? 0) - (worse?.from ?? 0)).toBe(2 * ((better?.to ?? 0) - (better?.from ?? 0)));
});

test('a goal of nothing is reached by nothing, and missed as far as the picture goes', () => {
  const idle: Figure = { ...wait, ours: [0], goal: 0 };
  const [reached, missed] = barsOf(toPlot([idle, { ...idle, ours: [1] }], 'a run'));
  expect(reached?.colour).toBe('good');
  expect(missed).toMatchObject({ colour: 'bad', from: 500 });
});

test('what colours and places say is said in words too', () => {
  const svg = toPlot([rate, wait], 'A run & more');
  expect(svg).toContain('<title id="title">A run &amp; more</title>');
  expect(svg).toMatch(/role="img" aria-labelledby="title desc"/);
  expect(svg).toContain(
    'pipeline, &quot;hot&quot; &lt;org&gt;, decided/s: 5.00 (4.00 to 7.00) of (a) Express &amp; pg, goal at least 5, reached.',
  );
  expect(svg).toContain('1 of 1 goals reached');
});
