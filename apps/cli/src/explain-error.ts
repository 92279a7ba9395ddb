/** What a failed command prints: only the message for expected failures, the stack trace for bugs. */
import { DatabaseError } from '@slotline/db';
import { EmbeddedServerError } from '@slotline/embedded';
import { ConfigError, printable, printableLines } from '@slotline/runtime';
import { CliError } from './cli-error.ts';

const FORESEEN = [CliError, ConfigError, EmbeddedServerError];

/** Escapes everything that is not printable, because a server may put anything into its message. */
export function explainError(error: unknown): string {
  // The message comes from the server, so its line feeds are escaped too.
  if (error instanceof DatabaseError) return printable(error.message);
  if (FORESEEN.some((kind) => error instanceof kind)) return printableLines((error as Error).message);
  return printableLines(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
