/** What a failed command prints: the sentence alone for failures that were foreseen, the stack for our own mistakes. */
import { DatabaseError } from '@slotline/db';
import { EmbeddedServerError } from '@slotline/embedded';
import { ConfigError, printable, printableLines } from '@slotline/runtime';
import { CliError } from './cli-error.ts';

const FORESEEN = [CliError, ConfigError, EmbeddedServerError];

/** Printable, whatever a server put into the message. */
export function explainError(error: unknown): string {
  // The server's own words: a line feed in them is not ours.
  if (error instanceof DatabaseError) return printable(error.message);
  if (FORESEEN.some((kind) => error instanceof kind)) return printableLines((error as Error).message);
  return printableLines(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
