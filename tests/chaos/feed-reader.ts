// Runs a reader of the change feed as a separate process, so that it can be killed. It follows the streams of some orgs
// and appends every change to a file; after a restart it continues from the last change in the file.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One change as the reader noted it. */
export interface SeenChange {
  readonly orgId: string;
  readonly sequence: number;
  /** `id version status`: enough to distinguish two changes. */
  readonly facts: string;
}

const NEW_LINE = 0x0a;

export class FeedReader {
  readonly #url: string;
  readonly #orgIds: readonly string[];
  readonly #file: string;
  #child: ChildProcess | undefined;
  #countedBytes = 0;
  #counted = 0;

  constructor({ url, orgIds, file }: { url: string; orgIds: readonly string[]; file: string }) {
    this.#url = url;
    this.#orgIds = orgIds;
    this.#file = file;
  }

  /** Resolves when the process runs and has read where it stopped. */
  async start(): Promise<void> {
    this.#cutTornLine();
    const program = fileURLToPath(new URL('./feed-reader-process.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--conditions=source', program, this.#url, this.#file, ...this.#orgIds],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the reader ended with ${code}`)));
    });
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** All changes noted so far, in the order in which they were noted. */
  seen(): readonly SeenChange[] {
    return readSeen(this.#file);
  }

  /** How many changes were noted so far; reads only what was noted since the last call. */
  count(): number {
    if (!existsSync(this.#file)) return 0;
    const file = openSync(this.#file, 'r');
    try {
      const { size } = fstatSync(file);
      const added = Buffer.alloc(Math.max(0, size - this.#countedBytes));
      readSync(file, added, 0, added.length, this.#countedBytes);
      const end = added.lastIndexOf('\n') + 1;
      this.#countedBytes += end;
      for (const byte of added.subarray(0, end)) if (byte === NEW_LINE) this.#counted++;
      return this.#counted;
    } finally {
      closeSync(file);
    }
  }

  // A kill in the middle of a write leaves half a line: that change was not noted, and will come again.
  #cutTornLine(): void {
    if (!existsSync(this.#file)) return;
    truncateSync(this.#file, readFileSync(this.#file).lastIndexOf('\n') + 1);
  }
}

/** The whole lines of a reader's file. */
export function readSeen(file: string): readonly SeenChange[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SeenChange);
}
