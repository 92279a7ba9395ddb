// `slotline import` as a process: the client whose totals are compared with the oracle.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { HEAP_FLAGS } from '@slotline/runtime';
import { PROJECT } from './app-process.ts';

export interface ImportRun {
  /** The totals that `--json` prints; rejects when the importer could not finish. */
  readonly report: Promise<{ outcomes: Record<string, number> } & Record<string, unknown>>;
  readonly isDone: () => boolean;
  /** SIGSTOP: nothing more is sent until `resume`. */
  pause(): void;
  resume(): void;
}

export function runImport(file: string, url: string): ImportRun {
  const child = spawn(
    process.execPath,
    [
      ...HEAP_FLAGS,
      '--conditions=source',
      path.join(PROJECT, 'apps/cli/src/main.ts'),
      'import',
      file,
      '--url',
      url,
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let isDone = false;
  let output = '';
  let words = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (words += data.toString()));
  const report = new Promise<{ outcomes: Record<string, number> }>((resolve, reject) => {
    child.once('close', (code) => {
      isDone = true;
      if (code === 0) resolve(JSON.parse(output) as { outcomes: Record<string, number> });
      else reject(new Error(`the import ended with ${code}:\n${words.slice(-4_000)}`));
    });
  });
  return {
    report,
    isDone: () => isDone,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  };
}
