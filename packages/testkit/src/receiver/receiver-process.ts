/**
 * The receiver as a separate process, so that it can be killed. It restarts on the same port and continues the same
 * file, which contains the posts of all its lives.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReceivedPost } from './receiver.ts';
import type { FaultShares } from './receiver-fault.ts';

export interface ReceiverProcessOptions {
  /** Where the posts are noted, one JSON line each. */
  readonly file: string;
  /** What happens to them, and in which order. */
  readonly shares: FaultShares;
  readonly seed: number;
}

export interface ReceiverProcess {
  /** `http://127.0.0.1:port`, the same over all lives. */
  readonly url: string;
  /** SIGKILL; resolves when it is gone. The port is closed until `revive`. */
  kill(): Promise<void>;
  revive(): Promise<void>;
  /** Everything noted so far. */
  readPosts(): readonly ReceivedPost[];
  stop(): Promise<void>;
}

export async function startReceiverProcess(options: ReceiverProcessOptions): Promise<ReceiverProcess> {
  let lives = 0;
  // Every life uses a different seed: the same seed would repeat the same faults for the same posts.
  const start = (port: string) => startChild(port, { ...options, seed: options.seed + lives++ });
  let { child, url } = await start('0');
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    kill,
    revive: async () => {
      cutTornLine(options.file);
      ({ child, url } = await start(new URL(url).port));
    },
    readPosts: () => readPosts(options.file),
    stop: kill,
  };
}

async function startChild(
  port: string,
  { file, seed, shares }: ReceiverProcessOptions,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(mainUrl()), port, file, String(seed), JSON.stringify(shares)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message: { url: string }) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`the receiver ended with ${code}`)));
  });
  return { child, url };
}

function mainUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url);
}

// A kill in the middle of a write leaves half a line: that post was not answered, and will come again.
function cutTornLine(file: string): void {
  if (existsSync(file)) truncateSync(file, readFileSync(file).lastIndexOf('\n') + 1);
}

function readPosts(file: string): readonly ReceivedPost[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ReceivedPost);
}
