/** `slotline migrate`: the schema of this build, applied to the database in DATABASE_URL. Safe to run any number of times. */
import { Command } from 'commander';
import { readMigrateConfig } from './config.ts';
import { migrateDatabase } from './migrate-database.ts';

const EXAMPLES = `
Environment:
  DATABASE_URL         the database to migrate, as the apps connect to it
  DATABASE_OWNER_URL   the same database, as the role that owns the tables; unset: DATABASE_URL. When it is set,
                       the role of DATABASE_URL gets the rights that the apps need, and is created if missing

Examples:
  DATABASE_URL=postgres://slotline:secret@db.example/slotline slotline migrate
  DATABASE_URL=postgres://slotline_app:secret@db.example/slotline \\
    DATABASE_OWNER_URL=postgres://slotline:other@db.example/slotline slotline migrate
`;

export function migrateCommand(host: NodeJS.Process): Command {
  return new Command('migrate')
    .summary('apply the migrations that DATABASE_URL lacks')
    .description(
      'Applies the migrations that the database in DATABASE_URL lacks, in one transaction. ' +
        'Concurrent runs wait for each other. Migrations cannot be undone.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const report = (line: string) => host.stdout.write(`${line}\n`);
      await migrateDatabase(readMigrateConfig(host.env), { report });
    });
}
