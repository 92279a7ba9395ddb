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

/**
 * Reads settings that were renamed under their old names too, for one release. `warnings` says which old names
 * are set; of a setting with both names the new one counts.
 */
export function readRenamed(
  environment: Environment,
  newNames: Readonly<Record<string, string>>,
): { readonly environment: Environment; readonly warnings: readonly string[] } {
  const set = Object.entries(newNames).filter(([old]) => (environment[old] ?? '') !== '');
  return {
    environment: {
      ...Object.fromEntries(set.map(([old, name]) => [name, environment[old]])),
      ...Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
    },
    warnings: set.map(
      ([old, name]) => `${old} is now called ${name}. The next release does not read ${old}.`,
    ),
  };
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

/** `true` or `false`, in these words alone. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

/** Ports with commas between. */
export const portList = z.string().transform((text, context) => {
  const ports = text.split(',').map((port) => (/^ *\d{1,5} *$/.test(port) ? Number(port) : Number.NaN));
  if (ports.every((port) => port >= 1 && port <= 65_535)) return ports;
  context.addIssue({ code: 'custom', message: 'must be ports from 1 to 65535, with commas between' });
  return z.NEVER;
});

/** Exactly `bytes` bytes, encoded in base64. */
export function base64Of(bytes: number) {
  return z.string().transform((text, context) => {
    const decoded = Buffer.from(text, 'base64');
    // Node silently skips invalid base64, so the decoded bytes must encode to the same text.
    if (decoded.length === bytes && decoded.toString('base64') === text) return new Uint8Array(decoded);
    context.addIssue({ code: 'custom', message: `must be the base64 of ${bytes} bytes` });
    return z.NEVER;
  });
}

export const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  .default('info');
