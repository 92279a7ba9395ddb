/**
 * Creates the next migration file. Numbers have no gaps; two branches with the same number conflict on merge.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from './cli-error.ts';

const FILE = /^(\d{4})_.+\.sql$/;
const NUMBER_MAX = 9_999;
const NAME_LENGTH_MAX = 60;

/** `add reminders` and `add-reminders` both become `add_reminders`. */
function fileNamePart(name: string): string {
  const part = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '_');
  if (/^[a-z][a-z0-9_]*$/.test(part) && part.length <= NAME_LENGTH_MAX) return part;
  throw new CliError(
    `A migration cannot be named "${name}": up to ${NAME_LENGTH_MAX} letters, digits, spaces and dashes, a letter first.`,
  );
}

function nextNumber(dir: string): string {
  const numbers = readdirSync(dir).map((file) => Number(FILE.exec(file)?.[1] ?? 0));
  const next = Math.max(0, ...numbers) + 1;
  if (next > NUMBER_MAX) throw new CliError(`There is no migration number after ${NUMBER_MAX}.`);
  return String(next).padStart(4, '0');
}

/** Creates `NNNN_name.sql` in the folder, never over an existing file, and returns its path. */
export function createMigration(dir: string, name: string): string {
  const file = path.join(dir, `${nextNumber(dir)}_${fileNamePart(name)}.sql`);
  writeFileSync(
    file,
    `-- ${name.trim()}: why, and what it means for code that still runs on the old schema.\n`,
    {
      flag: 'wx',
    },
  );
  return file;
}
