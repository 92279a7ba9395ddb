// One run of the importer and its resources: the file, the connections, the progress line and the list of bad
// lines. They are closed in reverse order, also after an error.

import type { Brake } from './brake.ts';
import type { ImportFormat } from './import-format.ts';
import type { ImportLimits } from './import-limits.ts';
import type { ImportOptions } from './import-options.ts';
import { type ImportReport, makeReport } from './import-report.ts';
import { ImportSource } from './import-source.ts';
import type { ImportTerminal } from './import-terminal.ts';
import { Patience } from './patience.ts';
import { openBatchRoute } from './post-batch.ts';
import { ProgressDisplay } from './progress-display.ts';
import type { ProgressSnapshot } from './progress-line.ts';
import { RateMeter } from './rate-meter.ts';
import { openRejectedLineLog, type RejectedLineLog } from './rejected-line-log.ts';
import { runImport } from './run-import.ts';
import { type Survey, surveySource } from './survey-source.ts';
import { Tally } from './tally.ts';

export interface ImportJob {
  readonly file: string;
  readonly format: ImportFormat;
  readonly options: ImportOptions;
  readonly terminal: ImportTerminal;
  readonly limits: ImportLimits;
  readonly brake: Brake;
}

/**
 * Throws `UnusableFileError` when the file or the list of bad lines cannot be opened. An error after sending
 * has started is reported as the ending of the report.
 */
export async function importFile(job: ImportJob): Promise<ImportReport> {
  const { options, limits, terminal } = job;
  const source = await ImportSource.open(job.file, terminal.stdin);
  try {
    const survey = await surveySource(source);
    const log = await openRejectedLineLog(options.badLines, limits.badLinesShownMax, terminal.stderr);
    try {
      return await importSource(job, source, survey, log);
    } finally {
      await log.close();
    }
  } finally {
    await source.close();
  }
}

async function importSource(
  job: ImportJob,
  source: ImportSource,
  survey: Survey,
  log: RejectedLineLog,
): Promise<ImportReport> {
  const { options, limits, brake, format } = job;
  const startedAt = performance.now();
  const tally = new Tally((rejected) => log.add(rejected));
  const patience = new Patience(options.giveUpAfter * 1000, () => performance.now());
  const meter = new RateMeter();
  const route = openBatchRoute({ ...options, connections: options.orgs, limits });
  const display = new ProgressDisplay(job.terminal.stderr, () =>
    takeSnapshot(tally, meter, survey, patience),
  );
  try {
    await runImport({
      source,
      format,
      survey,
      limits,
      tally,
      brake,
      patience,
      post: route.post,
      parallelOrgs: options.orgs,
      dice: Math,
    });
  } finally {
    display.close();
    await route.close();
  }
  const about = { file: source.name, contentSha256: survey.contentSha256, ending: brake.ending };
  return makeReport(about, tally, performance.now() - startedAt);
}

function takeSnapshot(tally: Tally, meter: RateMeter, survey: Survey, patience: Patience): ProgressSnapshot {
  meter.sample(performance.now(), tally.done);
  const { askedMs, waitedMs, limitMs } = patience;
  // Another org's outcomes may have cleared the trouble since the service requested the wait.
  const reason = tally.trouble ?? (askedMs > 0 ? 'a full mailbox' : undefined);
  return {
    done: tally.done,
    lines: survey.lines,
    perSecond: meter.perSecond,
    outcomes: tally.outcomes,
    rejected: tally.bad + tally.refused,
    retries: tally.retries,
    trouble: reason === undefined ? undefined : { reason, askedMs, waitedMs, limitMs },
  };
}
