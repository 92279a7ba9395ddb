// Parses and validates the arguments of `slotline import`.

import { InvalidArgumentError } from 'commander';
import { findFormat, IMPORT_FORMATS, type ImportFormat } from './import-format.ts';

export interface ImportOptions {
  readonly url: URL;
  readonly orgs: number;
  readonly format?: ImportFormat;
  /** An API key or a token; it is sent unchanged. */
  readonly key?: string;
  /** Seconds without any outcome. */
  readonly giveUpAfter: number;
  readonly badLines?: string;
  readonly json?: true;
}

export const URL_DEFAULT = 'http://127.0.0.1:3000';
export const ORGS_DEFAULT = 32;
export const ORGS_MAX = 256;
export const GIVE_UP_AFTER_SECONDS_DEFAULT = 300;

/** The three parsers throw commander's `InvalidArgumentError`, which becomes a usage message. */
export function parseServiceUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError('It must be an http or https URL.');
  return url;
}

export function parseCount(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > max)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
    return count;
  };
}

export function parseFormat(text: string): ImportFormat {
  const format = IMPORT_FORMATS.find((known) => known === text);
  if (format === undefined) throw new InvalidArgumentError(`It must be ${IMPORT_FORMATS.join(' or ')}.`);
  return format;
}

/** Undefined when neither the option nor the file name determines the format. */
export function chooseFormat(file: string, options: Pick<ImportOptions, 'format'>): ImportFormat | undefined {
  return options.format ?? findFormat(file);
}
