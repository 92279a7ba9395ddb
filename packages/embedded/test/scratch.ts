/** Folders for one test file, and a controllable process that owns a server. */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunningServer } from '@slotline/embedded';

const here = path.dirname(fileURLToPath(import.meta.url));

export const isRoot = process.getuid?.() === 0;
export const REDIS_BINARY_DIR = path.join(here, '../../../.cache/redis');

const scratches: string[] = [];

/** For a file's `afterAll`. */
export function removeScratches(): void {
  for (const dir of scratches.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** A fresh folder that every user may enter, as an unpacked project is, or that only its owner may. */
export function makeScratch(o: { mode?: number; owner?: number } = {}): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'slotline-embedded-'));
  scratches.push(dir);
  chmodSync(dir, o.mode ?? 0o755);
  if (o.owner !== undefined) chownSync(dir, o.owner, o.owner);
  return dir;
}

export interface OwnerProcess {
  server: Pick<RunningServer, 'url' | 'pid' | 'dataDir'>;
  /** Sends `stop` (end the server, then itself) or `die` (SIGKILL to itself) and resolves when the process is gone. */
  tell: (word: 'stop' | 'die') => Promise<void>;
}

/** Starts a server from a separate process, as another user where `uid` is given; throws that process's error. */
export async function startOwner(
  kind: 'postgres' | 'redis',
  dir: string,
  uid?: number,
): Promise<OwnerProcess> {
  const args = ['--conditions=source', path.join(here, 'own-server.ts'), kind, dir];
  const child = spawn(process.execPath, args, {
    ...(uid !== undefined && { uid, gid: uid }),
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const tell = async (word: string) => {
      child.stdin.write(`${word}\n`);
      await exited;
    };
    const answer = JSON.parse(line) as OwnerProcess['server'] | { error: string };
    if ('error' in answer) throw new Error(answer.error);
    return { server: answer, tell };
  }
  throw new Error(`the process that owns ${kind} ended before its server was ready`);
}
