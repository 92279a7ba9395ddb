import { expect, test } from '@jest/globals';

import { ProgressLines } from './progress-lines.ts';

/** Collects what is written until it holds what was looked for. */
function listen(isTTY: boolean) {
  let text = '';
  let onText = () => {};
  return {
    stream: { isTTY, write: (more: string) => ((text += more), onText()) },
    until: (wanted: string) =>
      new Promise<string>((resolve) => {
        onText = () => text.includes(wanted) && resolve(text);
      }),
  };
}

test('a line that changes is below the others on a terminal', async () => {
  const { stream, until } = listen(true);
  const progress = new ProgressLines(stream, 1);
  const told = until('so far');
  expect((await told).startsWith('\r\u001b[2K… ')).toBe(true);
  const added = until('round 1');
  progress.add('round 1');
  expect((await added).endsWith(' in all\r\u001b[2Kround 1\n')).toBe(true);
  progress.close();
});

test('a log gets whole lines only', async () => {
  const { stream, until } = listen(false);
  const progress = new ProgressLines(stream, 1);
  expect(await until('so far')).toMatch(/^… \d+ s so far, \d+ s in all\n/);
  progress.close();
});
