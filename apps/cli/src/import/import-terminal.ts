// The interface of an import to its process, so that only main.ts uses `process` directly.

import type { Readable } from 'node:stream';
import type { DisplayStream } from './terminal-line.ts';

/** The part of `process` that an import needs. */
export interface ImportTerminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: DisplayStream;
  exitCode?: number | string | null | undefined;
  exit(code: number): never;
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}
