// How a message gets onto a stream whose last line may be a progress line: that line is wiped first and
// drawn again by its owner, so neither tears the other.

export interface DisplayStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export const CLEAR_LINE = '\r\u001b[2K';

export function printLine(stream: DisplayStream, text: string): void {
  stream.write(`${stream.isTTY === true ? CLEAR_LINE : ''}${text}\n`);
}
