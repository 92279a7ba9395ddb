/** Finds a Redis server to run: an installed one, one unpacked earlier, one unpacked now. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';
import { redisInstallLine } from './install-line.ts';
import { errorMessage } from './system-error.ts';
import { unpackRedis } from './unpack-redis.ts';

export interface RedisProgram {
  command: string;
  /** What it needs on top of the parent's environment. */
  env: Record<string, string>;
}

/** Streams, Lua and everything we send exist since 6.2; older ones are passed over. */
const VERSION_MIN = [6, 2] as const;

function isRecent(output: string): boolean {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(output) ?? [];
  const [majorMin, minorMin] = VERSION_MIN;
  return Number(major) > majorMin || (Number(major) === majorMin && Number(minor) >= minorMin);
}

function works({ command, env }: RedisProgram): boolean {
  const { status, stdout } = spawnSync(command, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return status === 0 && isRecent(stdout);
}

function hasDebianTools(): boolean {
  return ['apt-get', 'dpkg'].every((tool) => spawnSync(tool, ['--version']).status === 0);
}

function programIn(unpacked: string): RedisProgram {
  const lib = path.join(unpacked, 'root/usr/lib');
  const folders = existsSync(lib) ? readdirSync(lib).map((name) => path.join(lib, name)) : [];
  return {
    command: path.join(unpacked, 'root/usr/bin/redis-server'),
    env: { LD_LIBRARY_PATH: folders.join(':') },
  };
}

function missing(reason: string): EmbeddedServerError {
  return new EmbeddedServerError(
    `No Redis server was found${reason}. Install one with: ${redisInstallLine()} — or set REDIS_URL to one that runs.`,
  );
}

/**
 * The program, or an `EmbeddedServerError` that names the line to install one. `binaryDir` keeps an unpacked one
 * for the next time; `report` hears when the unpacking, which takes seconds, begins.
 */
export async function findRedis(binaryDir: string, report: (line: string) => void): Promise<RedisProgram> {
  for (const command of ['redis-server', 'valkey-server']) {
    if (works({ command, env: {} })) return { command, env: {} };
  }
  const unpacked = path.join(binaryDir, `${process.platform}-${process.arch}`);
  if (works(programIn(unpacked))) return programIn(unpacked);
  if (!hasDebianTools()) throw missing('');
  report(`unpacking Redis into ${binaryDir} …`);
  try {
    await unpackRedis(unpacked);
  } catch (error) {
    const words = errorMessage(error).trim().split('\n').at(-1);
    throw missing(`, and fetching Debian's failed (${words})`);
  }
  if (!works(programIn(unpacked))) throw missing(`, and the one unpacked into ${unpacked} does not run`);
  return programIn(unpacked);
}
