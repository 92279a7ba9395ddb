// Runs one import: reads the surveyed file again, cuts it into batches and sends them, the batches of an org
// one after another, orgs in parallel. All state is in the service: after an interruption, another run sends
// the same keys and collects the same outcomes.

import type { Batch } from './batch.ts';
import { importKey } from './batch.ts';
import { BatchCutter } from './batch-cutter.ts';
import { BatchSender, type SenderSettings } from './batch-sender.ts';
import type { Brake } from './brake.ts';
import type { ImportFormat } from './import-format.ts';
import type { ImportLimits } from './import-limits.ts';
import type { ImportLine } from './import-line.ts';
import type { ImportSource } from './import-source.ts';
import { OrgLanes } from './org-lanes.ts';
import { readCsv } from './read-csv.ts';
import { readNdjson } from './read-ndjson.ts';
import type { Survey } from './survey-source.ts';
import type { Tally } from './tally.ts';

export interface ImportSettings extends Pick<SenderSettings, 'post' | 'patience' | 'dice'> {
  readonly source: ImportSource;
  readonly format: ImportFormat;
  readonly survey: Survey;
  readonly parallelOrgs: number;
  readonly limits: ImportLimits;
  readonly tally: Tally;
  readonly brake: Brake;
}

/**
 * Resolves when every line is in the tally, or when the brake was pulled and nothing is in flight;
 * `brake.ending` says which. Throws `UnusableFileError` when the file cannot be read to its end.
 */
export async function runImport(settings: ImportSettings): Promise<void> {
  const { brake, source, limits, survey } = settings;
  const changeMark = await source.changeMark();
  const sender = new BatchSender({
    ...settings,
    importKey: importKey(survey.contentSha256, limits),
    onAgain: (kind, reason) => settings.tally.addAgain(kind, reason),
  });
  const lanes = new OrgLanes({
    parallel: settings.parallelOrgs,
    deliver: (batch) => deliver(batch, sender, settings),
    stop: brake.stop,
  });
  try {
    await feed(lanes, settings);
  } catch (error) {
    brake.pull({ kind: 'failed', reason: (error as Error).message });
  }
  await lanes.untilIdle();
  if ((await source.changeMark()) !== changeMark)
    brake.pull({ kind: 'failed', reason: 'the file changed while it was read' });
}

async function feed(lanes: OrgLanes, settings: ImportSettings): Promise<void> {
  const { brake, limits, tally } = settings;
  const cutter = new BatchCutter(limits);
  for await (const lines of readLines(settings)) {
    for (const line of lines) {
      if (line.kind === 'bad') tally.addBad(line);
      else for (const batch of cutter.add(line)) lanes.push(batch);
    }
    await lanes.untilBelow(
      limits.bufferedLinesMax - cutter.openLines,
      limits.bufferedBytesMax - cutter.openBytes,
    );
    if (brake.stop.aborted) return;
  }
  for (const batch of cutter.cutAll()) lanes.push(batch);
}

function readLines({ source, format, limits }: ImportSettings): AsyncGenerator<ImportLine[]> {
  const read = format === 'csv' ? readCsv : readNdjson;
  return read(source.read(), limits.lineBytesMax);
}

async function deliver(batch: Batch, sender: BatchSender, settings: ImportSettings): Promise<void> {
  const result = await sender.send(batch);
  if (result.kind === 'settled') settings.tally.addSettled(batch, result.items, result.wasKnown);
  if (result.kind === 'failed') settings.brake.pull({ kind: 'failed', reason: result.reason });
}
