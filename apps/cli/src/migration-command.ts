/** `slotline migration new NAME`: for developers of the schema. */
import path from 'node:path';
import { Command } from 'commander';
import { createMigration } from './new-migration.ts';
import { MIGRATIONS_DIR, PROJECT_DIR } from './project.ts';

const EXAMPLES = `
Examples:
  slotline migration new "add reminders"     creates packages/db/migrations/NNNN_add_reminders.sql
`;

export function migrationCommand(host: NodeJS.Process): Command {
  const create = new Command('new')
    .summary('create the next migration file')
    .description('Creates the next numbered SQL file in packages/db/migrations.')
    .argument('<name>', 'what it does, in a few words')
    .addHelpText('after', EXAMPLES)
    .action((name: string) => {
      const file = createMigration(MIGRATIONS_DIR, name);
      host.stdout.write(`created ${path.relative(PROJECT_DIR, file)}\n`);
    });
  return new Command('migration')
    .summary('work on the schema')
    .addCommand(create)
    .addHelpText('after', EXAMPLES);
}
