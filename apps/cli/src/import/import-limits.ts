// Every limit of an import in one place. The four that decide where batches are cut are part of the
// idempotency keys: changing one of them makes a half-done import start with new keys.

export interface ImportLimits {
  /** Lines in one batch. Above: longer waits and bodies nearer to the service's 1,000 items and 1 MB. */
  readonly batchLinesMax: number;
  /** Bytes of one body; the service refuses more than 1 MB with 413. */
  readonly batchBytesMax: number;
  /** Lines that may lie in batches not yet full, over all orgs; at this point every open batch is cut. */
  readonly openLinesMax: number;
  /** The same in bytes. Must stay under `bufferedBytesMax`, or the reader could wait for itself. */
  readonly openBytesMax: number;
  /** Lines held in memory, open, waiting or on their way; the reader pauses above it. */
  readonly bufferedLinesMax: number;
  readonly bufferedBytesMax: number;
  /** Bytes of one line. A longer one is reported and skipped without being held. */
  readonly lineBytesMax: number;
  /** How long one POST asks the service to wait for its outcomes, in seconds; the service caps it at 30. */
  readonly waitSeconds: number;
  /** How much longer than `waitSeconds` an answer may take before the POST counts as lost. */
  readonly answerGraceMs: number;
  readonly connectTimeoutMs: number;
  /** Pause after the first lost POST; doubles with every further one of the same batch. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /**
   * A longer `Retry-After` than this is cut, so that a wrong header cannot park an org for hours. Longer than the
   * service's longest, ten minutes: whoever comes back sooner is refused again, and has made the line no shorter.
   */
  readonly retryAfterMaxMs: number;
  /** After Ctrl-C: how long the batches under way may still take. */
  readonly stopGraceMs: number;
  /** Bad lines shown on stderr; `--bad-lines` has them all. */
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
