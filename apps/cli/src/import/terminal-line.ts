// Prints a message on a stream that may end with a progress line. That line is cleared first, and its owner
// draws it again, so the two do not mix.

export interface DisplayStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export const CLEAR_LINE = '\r\u001b[2K';

export function printLine(stream: DisplayStream, text: string): void {
  stream.write(`${stream.isTTY === true ? CLEAR_LINE : ''}${text}\n`);
}
