/**
 * Unpacks Debian's or Ubuntu's own Redis into a folder, with a private package state: no root, nothing installed,
 * the system untouched. The folder appears complete or not at all, so any number of processes may try at once.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A slow mirror's worth of package lists; the unpacking itself takes a second. */
const APT_TIMEOUT_MS = 180_000;

/** `redis-server` in Debian is a link to a file of redis-tools, so the server's own package, and its user, are not needed. */
const PACKAGES = ['redis-tools', 'libjemalloc2', 'liblzf1'];
const SERVER_FILE = 'redis-check-rdb';

async function aptGet(state: string, cwd: string, args: readonly string[]): Promise<void> {
  const options = [
    `Dir::State=${state}`,
    `Dir::State::lists=${state}/lists`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${state}/cache`,
    'Debug::NoLocking=1',
    'Acquire::Languages=none',
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, '-qq', ...args], { cwd, timeout: APT_TIMEOUT_MS });
}

async function unpackInto(draft: string): Promise<void> {
  const state = path.join(draft, 'apt');
  const debs = path.join(draft, 'debs');
  for (const dir of [`${state}/lists/partial`, `${state}/cache/archives/partial`, debs]) {
    mkdirSync(dir, { recursive: true });
  }
  await aptGet(state, draft, ['update']);
  await aptGet(state, debs, ['download', ...PACKAGES]);
  for (const deb of readdirSync(debs)) {
    await run('dpkg', ['-x', path.join(debs, deb), path.join(draft, 'root')], { timeout: APT_TIMEOUT_MS });
  }
  // The program acts as the server only if it is called by the server's name.
  symlinkSync(SERVER_FILE, path.join(draft, 'root/usr/bin/redis-server'));
  rmSync(state, { recursive: true });
  rmSync(debs, { recursive: true });
}

/** Makes `target` with Debian's file tree below `root/`. Throws the error of apt-get or dpkg on failure. */
export async function unpackRedis(target: string): Promise<void> {
  const draft = `${target}.${process.pid}-${performance.now()}`;
  mkdirSync(draft, { recursive: true });
  try {
    await unpackInto(draft);
    renameSync(draft, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // else another process has just unpacked the same
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
