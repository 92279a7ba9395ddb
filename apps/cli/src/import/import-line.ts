// The parsed form of one line of the file. A line is bad only if it cannot be sent at all. The service
// validates the bookings, and its refusals are reported with the same line numbers.

export interface GoodLine {
  readonly kind: 'good';
  /** Counted from 1 in the unpacked file, the CSV header included. */
  readonly number: number;
  readonly orgId: string;
  /** One JSON object without line breaks, sent unchanged. */
  readonly json: string;
}

export interface BadLine {
  readonly kind: 'bad';
  readonly number: number;
  readonly reason: string;
}

export type ImportLine = GoodLine | BadLine;

/** The org of lines without `orgId`, as in the API. */
export const DEFAULT_ORG_ID = 'default';

export function badLine(number: number, reason: string): BadLine {
  return { kind: 'bad', number, reason };
}
