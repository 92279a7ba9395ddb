// Shared by all operator commands: the service's URL, the key, and output as a table or JSON.

import { Command } from 'commander';
import { printableJson } from '@slotline/runtime';
import { readAdminConfig, type AdminConfig } from '../config.ts';

export interface AdminOptions {
  readonly adminUrl?: string;
  readonly json?: true;
}

/** The part of `process` that these commands need. */
export interface AdminTerminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export const ADMIN_HELP = `
Environment:
  SLOTLINE_ADMIN_URL   the operators' port of the service (http://127.0.0.1:3001)
  SLOTLINE_KEY         an operator's key; not needed with AUTH=none
`;

/** A command that sends requests to the operators' port. */
export function adminCommand(name: string): Command {
  return new Command(name)
    .option('--admin-url <url>', 'the operators’ port of the service, instead of SLOTLINE_ADMIN_URL')
    .option('--json', 'print what the service answers as JSON');
}

export function configOf(terminal: AdminTerminal, { adminUrl }: AdminOptions): AdminConfig {
  return readAdminConfig(terminal.env, adminUrl);
}

/** Prints JSON with `--json`, else the text that `inWords` returns. */
export function show<T>(
  terminal: AdminTerminal,
  value: T,
  { json }: AdminOptions,
  inWords: (value: T) => string,
) {
  terminal.stdout.write(`${json === true ? printableJson(value) : inWords(value)}\n`);
}
