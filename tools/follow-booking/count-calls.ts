// Counts how often each function of the project is called in this process, with V8's precise coverage. What is called
// while a module loads is counted like any other call: take the counts once after loading and discard them.

import { readFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT_DIR = fileURLToPath(new URL('../..', import.meta.url));
/** What the service runs; testkit and embedded only start it. */
const COUNTED = /^(?:apps|packages)\/(?!testkit\/|embedded\/)[^/]+\/src\//;

export interface ProjectFunction {
  /** From the project's root, with forward slashes. */
  readonly file: string;
  /** In the file; orders the functions as they are written. */
  readonly offset: number;
  readonly line: number;
  /** Empty for an anonymous function. */
  readonly name: string;
}

/** Calls by {@link keyOf}; functions that were not called are absent. */
export type Calls = ReadonlyMap<string, { readonly called: ProjectFunction; readonly count: number }>;

export interface CallCounter {
  /** The calls since the last `take`. */
  take(): Promise<Calls>;
  close(): void;
}

export function keyOf({ file, offset }: ProjectFunction): string {
  return `${file}:${offset}`;
}

export async function startCallCounter(): Promise<CallCounter> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return {
    take: async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      return new Map(result.flatMap(callsOf));
    },
    close: () => session.disconnect(),
  };
}

function callsOf({ url, functions }: Profiler.ScriptCoverage) {
  if (!url.startsWith('file:')) return [];
  const file = path.relative(PROJECT_DIR, fileURLToPath(url)).replaceAll(path.sep, '/');
  if (!COUNTED.test(file)) return [];
  return functions.flatMap(({ functionName: name, ranges }) => {
    const { startOffset: offset = 0, count = 0 } = ranges[0] ?? {};
    if (count === 0 || isNotWritten(name, offset)) return [];
    const called: ProjectFunction = { file, offset, line: lineOf(file, offset), name };
    return [[keyOf(called), { called, count }] as const];
  });
}

/** A module's top level is at offset 0. V8 counts the initializers of fields as functions. */
function isNotWritten(name: string, offset: number): boolean {
  return offset === 0 || /^<(?:instance|static|class)_\w+>$/.test(name);
}

const texts = new Map<string, string>();

/** Node replaces types by spaces, so an offset is the same in the source. */
function lineOf(file: string, offset: number): number {
  const text = texts.get(file) ?? readFileSync(path.join(PROJECT_DIR, file), 'utf8');
  texts.set(file, text);
  return text.slice(0, offset).split('\n').length;
}
