// Requests at the limits of the types; the only guarantee for them is an outcome.

import fc from 'fast-check';
import type { Request, Wish } from '../src/index.ts';
import { batch, book, cancel, confirm, expire, instant } from './requests.ts';

const instants = fc.integer({ min: 0, max: 253_402_300_799_998 });
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', '', '\u{1F600}'),
);

const anyWishes: fc.Arbitrary<Wish & { requestId: string }> = fc
  .record({
    operation: fc.constantFrom<Wish['operation']>('book', 'book', 'book', 'cancel', 'confirm'),
    text: fc.tuple(anyText, anyText, anyText, anyText),
    at: fc.tuple(instants, instants, instants, instants),
    heldUntil: fc.option(instants),
  })
  .map(
    ({
      operation,
      text: [requestId, appointmentId, resourceId, metadata],
      at: [one, other, created, updated],
      heldUntil,
    }) => {
      const shared = { requestId, appointmentId, updatedAt: instant(updated) };
      const facts = {
        resourceId,
        start: instant(Math.min(one, other)),
        end: instant(Math.max(one, other) + 1),
        createdAt: instant(created),
        heldUntil: heldUntil === null ? null : instant(heldUntil),
        metadata,
      };
      if (operation === 'confirm') return confirm({ requestId, appointmentId });
      return operation === 'cancel' ? cancel(shared) : book({ ...shared, ...facts });
    },
  );

/** Whatever the types allow: any ids, any instants, any non-empty interval, batches that contain one id twice. */
export const anyRequests: fc.Arbitrary<Request[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Request>[]>(
    { weight: 5, arbitrary: anyWishes },
    {
      weight: 1,
      arbitrary: fc
        .record({ requestId: anyText, appointmentId: anyText, version: fc.nat(3) })
        .map((facts) => expire(facts)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(anyText, fc.array(anyWishes, { maxLength: 5 }))
        .map(([requestId, list]) => ({ ...batch(...list), requestId })),
    },
  ),
);
