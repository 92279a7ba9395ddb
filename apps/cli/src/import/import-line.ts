// What becomes of one line of the file. Only lines that cannot be sent at all are bad here: whether a
// booking makes sense is the service's decision, and its refusals come back with the same line numbers.

export interface GoodLine {
  readonly kind: 'good';
  /** Counted from 1 in the unpacked file, the CSV header included. */
  readonly number: number;
  readonly orgId: string;
  /** One JSON object without line breaks, sent exactly as it stands. */
  readonly json: string;
}

export interface BadLine {
  readonly kind: 'bad';
  readonly number: number;
  readonly reason: string;
}

export type ImportLine = GoodLine | BadLine;

/** The org of lines that name none, as in the API. */
export const DEFAULT_ORG_ID = 'default';

export function badLine(number: number, reason: string): BadLine {
  return { kind: 'bad', number, reason };
}
