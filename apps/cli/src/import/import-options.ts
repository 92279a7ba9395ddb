// The arguments of `slotline import`: parsed and checked here, so that the rest only sees good values.

import { InvalidArgumentError } from 'commander';
import { findFormat, IMPORT_FORMATS, type ImportFormat } from './import-format.ts';

export interface ImportOptions {
  readonly url: URL;
  readonly orgs: number;
  readonly format?: ImportFormat;
  /** Sent as it is, so a token does as well. */
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

/** These three throw commander's `InvalidArgumentError`, which becomes a usage message. */
export function parseServiceUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError('It must be an http or https address.');
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

/** Undefined when neither the option nor the file's name tells the format. */
export function chooseFormat(file: string, options: Pick<ImportOptions, 'format'>): ImportFormat | undefined {
  return options.format ?? findFormat(file);
}
