// Every limit of an import. The four limits that cut the file into batches are part of the idempotency keys:
// after a change of one of them, an unfinished import resumes with new keys.

export interface ImportLimits {
  /**
   * Lines in one batch. A higher value means longer waits, and the service allows only 1,000 items and 1 MB.
   */
  readonly batchLinesMax: number;
  /** Bytes of one body; the service refuses more than 1 MB with 413. */
  readonly batchBytesMax: number;
  /** Lines in open batches of all orgs; at this number every open batch is cut. */
  readonly openLinesMax: number;
  /** The same in bytes. Must be less than `bufferedBytesMax`, otherwise the reader could deadlock. */
  readonly openBytesMax: number;
  /** Lines held in memory: open, waiting or in flight. Above it the reader pauses. */
  readonly bufferedLinesMax: number;
  readonly bufferedBytesMax: number;
  /** Bytes of one line. A longer line is reported and skipped without being kept in memory. */
  readonly lineBytesMax: number;
  /** The wait for outcomes that one POST requests, in seconds; the service caps it at 30. */
  readonly waitSeconds: number;
  /** Time beyond `waitSeconds` after which a POST without a response counts as lost. */
  readonly answerGraceMs: number;
  readonly connectTimeoutMs: number;
  /** Pause after the first lost POST of a batch; it doubles with each further one. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /**
   * Cap of `Retry-After`, so that a wrong header cannot delay an org for hours. Above the service's own
   * maximum of ten minutes, because a request that comes back too early is refused again.
   */
  readonly retryAfterMaxMs: number;
  /** Grace time for the batches in flight after Ctrl-C. */
  readonly stopGraceMs: number;
  /** Bad lines shown on stderr; the file of `--bad-lines` has all of them. */
  readonly badLinesShownMax: number;
}

export const IMPORT_LIMITS: ImportLimits = {
  batchLinesMax: 500,
  batchBytesMax: 900_000,
  openLinesMax: 20_000,
  openBytesMax: 12_000_000,
  bufferedLinesMax: 24_000,
  bufferedBytesMax: 16_000_000,
  lineBytesMax: 65_536,
  waitSeconds: 30,
  answerGraceMs: 15_000,
  connectTimeoutMs: 10_000,
  retryBaseMs: 250,
  retryCapMs: 10_000,
  retryAfterMaxMs: 900_000,
  stopGraceMs: 10_000,
  badLinesShownMax: 100,
};
