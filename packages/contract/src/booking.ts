// The requests of clients: book (or move) an appointment, hold its slot, confirm a hold, or cancel. Every request that
// is valid here can be decided and stored; a property test against PostgreSQL verifies this.

import { z } from 'zod';
import { refuse } from './field-error.ts';
import { appointmentId, DEFAULT_NAME, orgIdOrOwn, resourceId } from './identifiers.ts';
import { metadata } from './metadata.ts';
import { timestamp } from './timestamp.ts';

export const CALLBACK_URL_LENGTH_MAX = 2_000;

export const callbackUrl = z
  .string()
  .max(CALLBACK_URL_LENGTH_MAX)
  .refine(
    isCallbackUrl,
    refuse('invalid-url', 'Must be an http or https URL without credentials or fragment.'),
  )
  .meta({ description: 'Notified once, when this request is decided.', override: { format: 'uri' } });

function isCallbackUrl(text: string): boolean {
  // The length has its own error.
  if (text.length > CALLBACK_URL_LENGTH_MAX) return true;
  const url = URL.parse(text);
  if (url === null || !text.isWellFormed() || text.includes('\u0000')) return false;
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.username === '' && url.password === '' && url.hash === '';
}

export const HOLD_SECONDS_MIN = 5;
export const HOLD_SECONDS_MAX = 3_600;

const holdSeconds = z.int().min(HOLD_SECONDS_MIN).max(HOLD_SECONDS_MAX).meta({
  description:
    'Hold the slot instead of booking it: the status is `held`, and the slot is taken for other requests. Confirm the hold within this many seconds after it was accepted; otherwise the service releases it as `expired`.',
});

const bookingFields = {
  id: appointmentId,
  start: timestamp,
  end: timestamp,
  createdAt: timestamp,
  updatedAt: timestamp,
  orgId: orgIdOrOwn,
  resourceId: resourceId.default(DEFAULT_NAME),
  callbackUrl: callbackUrl.optional(),
  metadata: metadata.optional(),
  holdSeconds: holdSeconds.optional(),
};

// Checked even if other fields are invalid, so that a response reports every invalid field at once.
const inverted = {
  ...refuse('end-not-after-start', 'Must be after start.'),
  path: ['end'],
  when: ({ value }: { value: unknown }) => hasBothEnds(value),
};

function hasBothEnds(value: unknown): value is { start: number; end: number } {
  if (value === null || typeof value !== 'object') return false;
  const { start, end } = value as { start?: unknown; end?: unknown };
  return typeof start === 'number' && typeof end === 'number';
}

function endsAfterStart({ start, end }: { start: number; end: number }): boolean {
  return end > start;
}

const EXAMPLE = {
  id: '42',
  orgId: 'acme',
  resourceId: 'room-1',
  start: '2030-10-10 20:20',
  end: '2030-10-10 20:30',
  createdAt: '2030-09-02 14:23:12',
  updatedAt: '2030-09-28 14:23:12',
  metadata: { notes: 'by the window' },
};

/** The body of `POST /api/appointments`. */
export const booking = z
  .strictObject(bookingFields)
  .refine(endsAfterStart, inverted)
  .meta({ id: 'Booking', override: { examples: [EXAMPLE] } });

/** The query of `DELETE /api/appointments/{id}`; `updatedAt` defaults to the time of acceptance. */
export const cancellationQuery = z.strictObject({
  orgId: orgIdOrOwn,
  updatedAt: timestamp.optional(),
});

/** The query of `POST /api/appointments/{id}/confirm`. */
export const confirmQuery = z.strictObject({ orgId: orgIdOrOwn });

/** The optional body of `POST /api/appointments/{id}/confirm`. */
export const confirmBody = z
  .strictObject({ callbackUrl: callbackUrl.optional() })
  .meta({ id: 'Confirmation' });

/** A batch item that books. */
export const bookItem = z
  .strictObject({ op: z.literal('book').default('book'), ...bookingFields })
  .refine(endsAfterStart, inverted)
  .meta({ id: 'BookItem', override: { examples: [{ op: 'book', ...EXAMPLE }] } });

const ignored = z.unknown().optional().meta({ description: 'Ignored when cancelling.' });

/** A batch item that cancels; the other fields of a booking are allowed and ignored. */
export const cancelItem = z
  .strictObject({
    op: z.literal('cancel'),
    id: appointmentId,
    orgId: orgIdOrOwn,
    updatedAt: timestamp.optional(),
    callbackUrl: callbackUrl.optional(),
    resourceId: ignored,
    start: ignored,
    end: ignored,
    createdAt: ignored,
    metadata: ignored,
    holdSeconds: ignored,
  })
  .meta({ id: 'CancelItem' });

/** A batch item that confirms a hold. */
export const confirmItem = z
  .strictObject({
    op: z.literal('confirm'),
    id: appointmentId,
    orgId: orgIdOrOwn,
    callbackUrl: callbackUrl.optional(),
  })
  .meta({ id: 'ConfirmItem' });

export const BATCH_ITEMS_MAX = 1_000;

export type Booking = z.output<typeof booking>;

/** A whole cancellation, whether it came as a `DELETE` or in a batch. */
export type Cancellation = Pick<z.output<typeof cancelItem>, 'id' | 'orgId' | 'updatedAt' | 'callbackUrl'>;

/** A whole confirmation, whether it came alone or in a batch. */
export type Confirmation = Pick<z.output<typeof confirmItem>, 'id' | 'orgId' | 'callbackUrl'>;
