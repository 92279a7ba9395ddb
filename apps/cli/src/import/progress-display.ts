// Shows the progress line on stderr: rewritten in place on a terminal, a new line at intervals elsewhere (a
// log, CI). progress-line.ts makes its text.

import { formatProgress, type ProgressSnapshot } from './progress-line.ts';
import { CLEAR_LINE, type DisplayStream } from './terminal-line.ts';

const TERMINAL_EVERY_MS = 200;
const LOG_EVERY_MS = 5_000;
const COLUMNS_DEFAULT = 80;

export class ProgressDisplay {
  readonly #stream: DisplayStream;
  readonly #snapshot: () => ProgressSnapshot;
  readonly #timer: NodeJS.Timeout;

  constructor(stream: DisplayStream, snapshot: () => ProgressSnapshot) {
    this.#stream = stream;
    this.#snapshot = snapshot;
    this.#timer = setInterval(() => this.#draw(), stream.isTTY === true ? TERMINAL_EVERY_MS : LOG_EVERY_MS);
  }

  /** Stops the updates; the last state stays visible. */
  close(): void {
    clearInterval(this.#timer);
    this.#draw();
    if (this.#stream.isTTY === true) this.#stream.write('\n');
  }

  #draw(): void {
    const line = formatProgress(this.#snapshot());
    if (this.#stream.isTTY !== true) this.#stream.write(`${line}\n`);
    // One column stays free: a full last column makes some terminals wrap.
    else this.#stream.write(CLEAR_LINE + line.slice(0, (this.#stream.columns ?? COLUMNS_DEFAULT) - 1));
  }
}
