// Runs `slotline import` in a test: provides a terminal that records its output, and files to import.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { importCommand } from '../src/import/import-command.ts';
import { IMPORT_LIMITS, type ImportLimits } from '../src/import/import-limits.ts';
import type { ImportReport } from '../src/import/import-report.ts';

/** Short times for tests; all other limits are those of production. */
export const QUICK: ImportLimits = { ...IMPORT_LIMITS, retryBaseMs: 1, retryCapMs: 5, stopGraceMs: 200 };

interface ImportRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** With `--json` only. */
  readonly report: ImportReport;
}

export interface RunningImport {
  readonly done: Promise<ImportRun>;
  interrupt(): void;
}

export function startImport(
  argv: readonly string[],
  given: {
    readonly limits?: ImportLimits;
    readonly stdin?: string | Buffer;
    readonly env?: NodeJS.ProcessEnv;
  } = {},
): RunningImport {
  const listeners = new Set<() => void>();
  const written = { stdout: '', stderr: '' };
  const terminal = {
    env: given.env ?? {},
    stdin: Readable.from([Buffer.from(given.stdin ?? '')]),
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    exitCode: undefined as number | undefined,
    exit(code: number): never {
      throw new Exit(code);
    },
    on: (_signal: string, listener: () => void) => listeners.add(listener),
    off: (_signal: string, listener: () => void) => listeners.delete(listener),
  };
  const command = importCommand(terminal, given.limits ?? QUICK);
  const done = command.parseAsync(argv, { from: 'user' }).then(
    () => finish(terminal.exitCode ?? 0),
    (error: unknown) => {
      if (error instanceof Exit) return finish(error.code);
      throw error;
    },
  );
  function finish(exitCode: number): ImportRun {
    const report = (written.stdout.startsWith('{') ? JSON.parse(written.stdout) : undefined) as ImportReport;
    return { exitCode, ...written, report };
  }
  return { done, interrupt: () => listeners.forEach((listener) => listener()) };
}

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface ImportFolder {
  write(name: string, content: string | Buffer): Promise<string>;
  path(name: string): string;
  remove(): Promise<void>;
}

export async function makeImportFolder(): Promise<ImportFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'slotline-import-test-'));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    async write(name, content) {
      await writeFile(path(name), content);
      return path(name);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `count` bookings of `orgs` orgs in rotation; ids count up inside an org. */
export function makeLines(count: number, orgs: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    return JSON.stringify({
      op: 'book',
      orgId: `org-${at % orgs}`,
      id: String(Math.floor(at / orgs)),
      start: '2026-03-23 09:00',
      end: '2026-03-23 09:30',
      createdAt: '2026-03-01 12:00',
      updatedAt: '2026-03-01 12:00',
    });
  });
}
