#!/usr/bin/env node
// The `slotline` command. Parses and prints; what the commands do is in the files that define them.
import process from 'node:process';
import { Command } from 'commander';
import { orgsCommand } from './admin/orgs-command.ts';
import { quarantineCommand } from './admin/quarantine-command.ts';
import { explainError } from './explain-error.ts';
import { importCommand } from './import/import-command.ts';
import { keysCommand } from './keys/keys-command.ts';
import { migrateCommand } from './migrate-command.ts';
import { migrationCommand } from './migration-command.ts';
import { upCommand } from './up/up-command.ts';

const EXAMPLES = `
Examples:
  slotline up                        everything on this machine, with its own PostgreSQL and Redis
  PORT=8080 WORKERS=4 slotline up    on another port, with four workers
  slotline migrate                   bring the schema of DATABASE_URL up to date
  slotline import week.ndjson.gz     send a file of bookings and cancellations to a running service
  slotline keys create --operator    a first API key, for AUTH=keys
  slotline orgs list                 orgs with waiting requests, and paused orgs
  slotline quarantine list           what could not be decided, and why

In a checkout, "slotline" is "npx -y pnpm@12.21.0 slotline". "slotline help COMMAND" shows more.
`;

const program = new Command('slotline')
  .description('Slotline: appointments booked through a queue, decided one at a time, never twice.')
  .addHelpText('after', EXAMPLES)
  .addCommand(upCommand(process))
  .addCommand(migrateCommand(process))
  .addCommand(migrationCommand(process))
  .addCommand(importCommand(process))
  .addCommand(keysCommand(process))
  .addCommand(orgsCommand(process))
  .addCommand(quarantineCommand(process));

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`slotline: ${explainError(error)}\n`);
  process.exitCode = 1;
}
