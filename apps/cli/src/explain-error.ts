/** What a failed command prints: the sentence alone for failures that were foreseen, the stack for our own mistakes. */
import { DatabaseError } from '@slotline/db';
import { EmbeddedServerError } from '@slotline/embedded';
import { ConfigError } from '@slotline/runtime';
import { CliError } from './cli-error.ts';

const FORESEEN = [CliError, ConfigError, DatabaseError, EmbeddedServerError];

export function explainError(error: unknown): string {
  if (FORESEEN.some((kind) => error instanceof kind)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
