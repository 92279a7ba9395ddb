// Reads the figures of the service from its metrics. A scrape resets the event-loop figures, so a reading at the end of
// a run covers the whole run only if there was no scrape in between.

export interface ServiceFigures {
  /** 99th percentile of the event loop's delay since the scrape before, milliseconds. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly residentBytes: number;
  readonly streams: number;
  readonly feedReaders: number;
}

/** Figures are NaN when the service does not answer. */
export async function readServiceFigures(adminUrl: string): Promise<ServiceFigures> {
  const answer = await fetch(`${adminUrl}/metrics`).catch(() => undefined);
  const text = (await answer?.text()) ?? '';
  const figure = (name: string) =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    loopP99Ms: figure('nodejs_eventloop_lag_p99_seconds') * 1_000,
    loopMaxMs: figure('nodejs_eventloop_lag_max_seconds') * 1_000,
    residentBytes: figure('process_resident_memory_bytes'),
    streams: figure('slotline_streams'),
    feedReaders: figure('slotline_feed_readers'),
  };
}
