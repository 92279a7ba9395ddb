// Environment variables become a typed configuration or one readable error that names every bad one.
// Which variables there are is said by each app's `config.ts` and nowhere else.

import { z } from 'zod';

/** The settings cannot be used. The message lists every variable, what is wrong and never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Parses `environment` by `schema`; an empty variable counts as unset. Throws {@link ConfigError}. */
export function readConfig<S extends z.ZodType>(schema: S, environment: Environment): z.output<S> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`These settings cannot be used:\n${lines.join('\n')}`);
}

/** A whole number from a variable, in decimal digits alone, within bounds that stand in the error. */
export function integer({ min, max }: { min: number; max: number }) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^-?\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
}

/** A URL of one of the given schemes, kept as text. */
export function urlOf(...schemes: readonly string[]) {
  return z
    .string({ error: `must be set to a ${schemes.join(' or ')} URL` })
    .refine(
      (text) => schemes.some((scheme) => text.startsWith(`${scheme}://`)) && URL.canParse(text),
      `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );
}

export const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  .default('info');
