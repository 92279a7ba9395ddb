// `slotline import`: connects the parts of an import to the terminal. All process side effects are here:
// signals, the two output streams and the exit code.

import { printable, printableJson, printableLines } from '@slotline/runtime';
import { Command } from 'commander';
import { Brake } from './brake.ts';
import { IMPORT_HELP } from './import-help.ts';
import { readImportKey } from '../config.ts';
import { IMPORT_LIMITS, type ImportLimits } from './import-limits.ts';
import * as options from './import-options.ts';
import { EXIT_FINE, EXIT_UNFINISHED, EXIT_USAGE, exitCodeOf, formatReport } from './import-report.ts';
import { importFile, type ImportJob } from './import-file.ts';
import type { ImportTerminal } from './import-terminal.ts';
import { UnusableFileError } from './unusable-file-error.ts';

/** Sets the exit code as documented in the help; only wrong usage exits at once. */
export function importCommand(terminal: ImportTerminal, limits: ImportLimits = IMPORT_LIMITS): Command {
  return new Command('import')
    .summary('send a file of bookings and cancellations to a running service')
    .description('Sends a file of bookings and cancellations to a running service, resumable and in order.')
    .argument('<file>', 'an .ndjson, .jsonl or .csv file, also .gz; - is standard input')
    .option('--url <url>', 'the running service', options.parseServiceUrl, new URL(options.URL_DEFAULT))
    .option('--orgs <n>', 'orgs in parallel', options.parseCount(options.ORGS_MAX), options.ORGS_DEFAULT)
    .option('--format <format>', 'ndjson or csv, if the file name does not show it', options.parseFormat)
    .option('--key <key>', 'an API key; prefer SLOTLINE_KEY, as arguments are visible in the process list')
    .option(
      '--give-up-after <seconds>',
      'stop after this long without any outcome, not counting waits requested by a 429',
      options.parseCount(86_400),
      options.GIVE_UP_AFTER_SECONDS_DEFAULT,
    )
    .option('--bad-lines <file>', 'write every bad line, with its reason, to this file as NDJSON')
    .option('--json', 'print the totals as one JSON object')
    .addHelpText('after', IMPORT_HELP)
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      // Usage errors repeat arguments, and a file name may come from an untrusted source.
      writeErr: (text) => terminal.stderr.write(printableLines(text)),
    })
    .exitOverride((error) => terminal.exit(error.exitCode === 0 ? EXIT_FINE : EXIT_USAGE))
    .action(async (file: string, given: options.ImportOptions, command: Command) => {
      const format = options.chooseFormat(file, given);
      if (format === undefined) return command.error(`error: the format of ${file} is unknown: add --format`);
      const key = given.key ?? readImportKey(terminal.env);
      const chosen = key === undefined ? given : { ...given, key };
      terminal.exitCode = await runInTerminal({ file, format, options: chosen, terminal, limits });
    });
}

async function runInTerminal(job: Omit<ImportJob, 'brake'>): Promise<number> {
  const { terminal, limits, options: given } = job;
  const brake = new Brake(limits.stopGraceMs);
  const interrupt = (): void => {
    terminal.stderr.write(
      brake.stop.aborted ? '\nstopping at once\n' : '\nstopping: waiting for the batches in flight …\n',
    );
    brake.interrupt();
  };
  terminal.on('SIGINT', interrupt);
  terminal.on('SIGTERM', interrupt);
  try {
    const report = await importFile({ ...job, brake });
    terminal.stdout.write(given.json === true ? `${printableJson(report)}\n` : formatReport(report));
    return exitCodeOf(report);
  } catch (error) {
    if (!(error instanceof UnusableFileError)) throw error;
    terminal.stderr.write(`error: ${printable(error.message)}\n`);
    return EXIT_UNFINISHED;
  } finally {
    brake.release();
    terminal.off('SIGINT', interrupt);
    terminal.off('SIGTERM', interrupt);
  }
}
