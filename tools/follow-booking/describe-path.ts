// The path of a booking in words: figures against the goals, then files and functions by stage.

import { keyOf, type ProjectFunction } from './count-calls.ts';
import type { Followed } from './follow-booking.ts';

export interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly goal?: number;
  /** The first measurement, of 2026-11-30. */
  readonly was?: number;
}

interface FileOnPath {
  readonly file: string;
  /** In the order of the source; an anonymous function is named after its line. */
  readonly functions: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly files: readonly FileOnPath[];
}

const BEFORE_202 = 'before the 202';
/** After the 202 the folder decides: the first row that matches. */
const STAGES: readonly (readonly [name: string, folders: readonly string[]])[] = [
  ['deliver', ['apps/worker/src/deliver/', 'packages/db/src/webhooks/', 'packages/webhook/']],
  ['queue', ['packages/queue/']],
  ['decide', ['apps/worker/', 'packages/core/', 'packages/contract/']],
  ['commit', ['packages/db/']],
  ['complete', ['']],
];
/** The order in which a booking passes them. */
const ORDER = [BEFORE_202, 'queue', 'decide', 'commit', 'complete', 'deliver'];

const WIDTH = 110;

export function figuresOf({ whole, before202 }: Followed): readonly Figure[] {
  return [
    { name: 'files before the 202', measured: countFiles(before202), goal: 30, was: 50 },
    { name: 'functions before the 202', measured: before202.length },
    { name: 'files', measured: countFiles(whole), goal: 90, was: 152 },
    { name: 'functions', measured: whole.length, goal: 450, was: 672 },
  ];
}

/** Every function is in one stage; a file is in each stage in which functions of it are listed. */
export function stagesOf({ whole, before202 }: Followed): readonly Stage[] {
  const early = new Set(before202.map(keyOf));
  const byStage = Map.groupBy(whole, (one) => (early.has(keyOf(one)) ? BEFORE_202 : stageOf(one.file)));
  return ORDER.flatMap((name) => {
    const functions = byStage.get(name);
    return functions === undefined ? [] : [{ name, files: filesOf(functions) }];
  });
}

function stageOf(file: string): string {
  return STAGES.find(([, folders]) => folders.some((folder) => file.startsWith(folder)))?.[0] ?? 'complete';
}

function filesOf(functions: readonly ProjectFunction[]): readonly FileOnPath[] {
  return [...Map.groupBy(functions, ({ file }) => file)].map(([file, some]) => ({
    file,
    functions: some.map(({ name, line }) => (name === '' ? `:${line}` : name)),
  }));
}

function countFiles(functions: readonly ProjectFunction[]): number {
  return new Set(functions.map(({ file }) => file)).size;
}

export function describeFigures(followed: Followed): string {
  const row = (cells: readonly (string | number)[]) =>
    cells.map((cell, at) => (at === 0 ? String(cell).padEnd(24) : String(cell).padStart(10))).join('');
  const { rounds, occasional } = followed;
  return [
    row(['one booking passes', 'measured', 'goal', 'was']),
    ...figuresOf(followed).map(({ name, measured, goal = '–', was = '–' }) =>
      row([name, measured, goal, was]),
    ),
    '',
    `Every function was called in each of ${rounds} rounds; ${occasional} called in some rounds only are left out.`,
  ].join('\n');
}

export function describeStages(stages: readonly Stage[], { isShort }: { isShort: boolean }): string {
  return stages.map((stage) => describeStage(stage, isShort)).join('\n\n');
}

function describeStage({ name, files }: Stage, isShort: boolean): string {
  const functions = files.reduce((sum, file) => sum + file.functions.length, 0);
  const width = Math.max(...files.map(({ file }) => file.length)) + 2;
  const lines = files.map((file) => {
    if (isShort) return `  ${file.file.padEnd(width)}${String(file.functions.length).padStart(3)}`;
    return describeFile(file, width);
  });
  return [`${name}: ${files.length} files, ${functions} functions`, ...lines].join('\n');
}

function describeFile({ file, functions }: FileOnPath, width: number): string {
  const lines = [''];
  for (const name of functions) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && width + line.length + name.length > WIDTH) lines.push(name);
    else lines[lines.length - 1] = line === '' ? name : `${line}, ${name}`;
  }
  return lines.map((line, at) => `  ${(at === 0 ? file : '').padEnd(width)}${line}`).join(',\n');
}
