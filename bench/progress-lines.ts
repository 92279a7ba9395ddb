// What a long run is doing: a line for everything that happens and, while nothing does, how long that has been so:
// on a terminal in a last line that changes, elsewhere (a log, CI) in a line now and then.

export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 15_000;
const CLEAR_LINE = '\r\u001b[2K';

export class ProgressLines {
  readonly #stream: ProgressStream;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #lastAt = this.#startedAt;

  constructor(stream: ProgressStream, everyMs = stream.isTTY === true ? TERMINAL_EVERY_MS : LOG_EVERY_MS) {
    this.#stream = stream;
    this.#timer = setInterval(() => this.#tell(everyMs), everyMs);
    this.#timer.unref();
  }

  add(line: string): void {
    this.#stream.write(`${this.#wipe()}${line}\n`);
    this.#lastAt = performance.now();
  }

  /** Leaves nothing behind that changes. What is added from now on is still written. */
  close(): void {
    clearInterval(this.#timer);
    this.#stream.write(this.#wipe());
  }

  #tell(everyMs: number): void {
    const now = performance.now();
    const quietMs = now - this.#lastAt;
    if (quietMs < everyMs / 2) return;
    const text = `… ${toSeconds(quietMs)} so far, ${toSeconds(now - this.#startedAt)} in all`;
    this.#stream.write(this.#stream.isTTY === true ? CLEAR_LINE + text : `${text}\n`);
  }

  #wipe(): string {
    return this.#stream.isTTY === true ? CLEAR_LINE : '';
  }
}

function toSeconds(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
