// Determines the format of a file from its name.

import { STDIN_NAME } from './import-source.ts';

export const IMPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

const FORMAT_BY_ENDING: ReadonlyMap<string, ImportFormat> = new Map([
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['csv', 'csv'],
]);

/** Undefined when the name does not show the format. Standard input is NDJSON by default. */
export function findFormat(fileName: string): ImportFormat | undefined {
  if (fileName === STDIN_NAME) return 'ndjson';
  const ending = fileName
    .toLowerCase()
    .replace(/\.gz$/, '')
    .match(/\.([a-z]+)$/)?.[1];
  return ending === undefined ? undefined : FORMAT_BY_ENDING.get(ending);
}
