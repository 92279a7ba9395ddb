// How much code one booking passes, with its webhook. `pnpm follow-booking` prints the path.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const PROGRAM = fileURLToPath(new URL('../../tools/follow-booking/main.ts', import.meta.url));

// The goals are 30 files before the 202, and 90 files and 450 functions in all. The maxima are the measured figures (41,
// 159, 126, 618) and a tenth of the functions, because a loaded machine takes rarer paths. They may only go down.
const MAXIMA: readonly (readonly [figure: string, max: number])[] = [
  ['files before the 202', 45],
  ['functions before the 202', 175],
  ['files', 135],
  ['functions', 680],
];

interface Report {
  readonly figures: readonly { readonly name: string; readonly measured: number }[];
  readonly stages: readonly {
    readonly name: string;
    readonly files: readonly { readonly file: string; readonly functions: readonly string[] }[];
  }[];
}

/** A separate process: jest's own coverage would take the counts. */
async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', PROGRAM, ...args]);
  return stdout;
}

describe('one booking', () => {
  let report: Report;
  beforeAll(async () => {
    report = JSON.parse(await run('--json', '--rounds', '3')) as Report;
  });

  it.each(MAXIMA)('passes no more %s than %i', (figure, max) => {
    const measured = report.figures.find(({ name }) => name === figure)?.measured;
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThanOrEqual(max);
  });

  it('passes the handler before the 202, then the decision and the post of its webhook', () => {
    const functionsOf = (stage: string, file: string) =>
      report.stages.find(({ name }) => name === stage)?.files.find((found) => found.file === file)?.functions;
    expect(functionsOf('before the 202', 'apps/api/src/routes/write-appointment.ts')).toBeDefined();
    expect(functionsOf('decide', 'packages/core/src/decide.ts')).toContain('decide');
    expect(functionsOf('deliver', 'packages/webhook/src/sign.ts')).toBeDefined();
  });
});

it('follow-booking explains wrong arguments and exits with status 2', async () => {
  await expect(run('--rounds', '0')).rejects.toMatchObject({
    code: 2,
    stderr: 'follow-booking: --rounds must be a whole number from 1 to 50, not "0".\n',
  });
});
