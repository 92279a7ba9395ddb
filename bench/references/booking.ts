// A booking as the reference services read it. No schema library: they are given the benefit of every doubt.

export interface Booking {
  readonly id: string;
  readonly orgId: string;
  readonly resourceId: string;
  readonly start: string;
  readonly end: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const FIELDS = ['id', 'orgId', 'resourceId', 'start', 'end', 'createdAt', 'updatedAt'] as const;

/** `undefined` unless every field is a text and every time exists. */
export function parseBooking(body: unknown): Booking | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const booking = body as Booking;
  if (FIELDS.some((field) => typeof booking[field] !== 'string')) return undefined;
  return Date.parse(booking.start) < Date.parse(booking.end) ? booking : undefined;
}
