/** `slotline migrate`: the schema of this build, applied to the database in DATABASE_URL. Safe to run any number of times. */
import { Command } from 'commander';
import { migrateToLatest } from '@slotline/db';
import { readDatabaseUrl } from './config.ts';

const EXAMPLES = `
Environment:
  DATABASE_URL   the database to migrate

Examples:
  DATABASE_URL=postgres://slotline:secret@db.example/slotline slotline migrate
`;

export function migrateCommand(host: NodeJS.Process): Command {
  return new Command('migrate')
    .summary('apply the migrations that DATABASE_URL lacks')
    .description(
      'Applies the migrations that the database in DATABASE_URL lacks, in one transaction. ' +
        'Several at once wait for each other; there is no way back down.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      await migrateToLatest(readDatabaseUrl(host.env), { report: (line) => host.stdout.write(`${line}\n`) });
    });
}
