/**
 * Restricts logins to an embedded PostgreSQL: only its superuser and the roles it creates, each with a password, over
 * TCP on loopback. Works on a stopped cluster in single-user mode, which needs no login, so clusters of earlier releases that
 * let in every local user are protected before they are started.
 */
import { spawn } from 'node:child_process';
import { existsSync, lchownSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedServerError } from './embedded-error.ts';
import { findPassword, keepPassword, makePassword } from './own-password.ts';
import { POSTGRES_ENV } from './postgres-cluster.ts';
import type { PostgresFolder } from './postgres-identity.ts';

const ACCESS_RULES = `# Written by Slotline: changes here are lost.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
`;

/** Includes crash recovery of a cluster that was killed. */
const SINGLE_USER_TIMEOUT_MS = 120_000;
/** Neither the statement, which has the password, nor anything but errors is printed. */
const QUIET = ['-c', 'log_min_error_statement=panic', '-c', 'log_checkpoints=off'];

export interface ProtectPlan {
  folder: PostgresFolder;
  bin: string;
  isDurable: boolean;
  passwordFile: string;
}

/**
 * The superuser's password, which the cluster takes from now on. The file is written last: a start that was killed
 * before left none, and the next one sets a password again.
 */
export async function protectPostgres(plan: ProtectPlan): Promise<string> {
  const known = findPassword(plan.passwordFile);
  if (known !== undefined && isProtected(plan.folder.dataDir)) return known;
  const password = known ?? makePassword();
  await setPassword(plan, password);
  writeAccessRules(plan.folder);
  return known ?? keepPassword(plan.passwordFile, password);
}

const rulesFile = (dataDir: string) => path.join(dataDir, 'pg_hba.conf');

function isProtected(dataDir: string): boolean {
  const file = rulesFile(dataDir);
  return existsSync(file) && readFileSync(file, 'utf8') === ACCESS_RULES;
}

function writeAccessRules({ dataDir, identity }: PostgresFolder): void {
  const draft = `${rulesFile(dataDir)}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, ACCESS_RULES, { mode: 0o600, flag: 'wx' });
  if (identity.uid !== undefined && identity.gid !== undefined) lchownSync(draft, identity.uid, identity.gid);
  renameSync(draft, rulesFile(dataDir));
}

async function setPassword({ folder, bin, isDurable }: ProtectPlan, password: string): Promise<void> {
  const { dataDir, identity } = folder;
  const args = ['--single', '-D', dataDir, ...QUIET, ...(isDurable ? [] : ['-F']), 'postgres'];
  const child = spawn(path.join(bin, 'postgres'), args, {
    ...identity,
    env: POSTGRES_ENV,
    cwd: '/',
    timeout: SINGLE_USER_TIMEOUT_MS,
  });
  child.stdin.on('error', () => {}); // the process ended first, and its words say why
  child.stdin.end(`alter role postgres password '${password}'\n`);
  let words = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (data) => (words += String(data)));
  const isDone = await new Promise<boolean>((resolve) => {
    child.once('error', (error) => (words += error.message));
    child.once('close', (code) => resolve(code === 0 && !/\b(?:ERROR|FATAL|PANIC):/.test(words)));
  });
  if (isDone) return;
  throw new EmbeddedServerError(
    `The password of the PostgreSQL on ${dataDir} could not be set. Its last words:\n${words.trim()}`,
  );
}
