// Quarantines a mailbox entry that cannot be decided: it gets one immutable outcome like any request, so it can be
// found, is reported, and is not decided again. Its contents are made storable first.

import { INSTANT_MIN, toInstant, type Instant, type Operation } from '@slotline/core';

import type { Poison, RequestRecord } from '../records/records.ts';
import { deriveRequestId, isRequestId } from '../records/request-ids.ts';
import type { DeciderContext } from './context.ts';
import type { AskedRequest } from './entry.ts';
import { judgeAs } from './judge-group.ts';
import { transact } from './transact.ts';

/** How many characters of a quarantined entry are kept: more than any body that the API accepts can produce. */
export const RAW_LENGTH_MAX = 4_194_304;
/** How many characters of the detail for clients, and of the cause, are kept. */
const DETAIL_LENGTH_MAX = 2_000;

const ORG_ID_LENGTH_MAX = 128;
const APPOINTMENT_ID_LENGTH_MAX = 200;
const FINGERPRINT_LENGTH_MAX = 200;
const URL_LENGTH_MAX = 2_048;

/** Records `quarantined`. If the request was already decided, returns that outcome instead. */
export async function quarantineRequest(context: DeciderContext, poison: Poison): Promise<RequestRecord> {
  const detail = storable(poison.detail, DETAIL_LENGTH_MAX);
  const { records } = await transact(context, [toStorable(poison)], judgeAs({ kind: 'quarantined', detail }));
  const [record] = records;
  if (record === undefined) throw new TypeError('no outcome was recorded for a quarantined entry');
  return record;
}

function toStorable(poison: Poison): AskedRequest {
  const { requestId, orgId, operation, fingerprint, callbackUrl = '' } = poison;
  const isTellable = callbackUrl !== '' && callbackUrl.length <= URL_LENGTH_MAX;
  return {
    orgId: storable(orgId, ORG_ID_LENGTH_MAX),
    requestId: isRequestId(requestId) ? requestId : deriveRequestId(orgId, requestId, poison.raw),
    appointmentId: storable(poison.appointmentId, APPOINTMENT_ID_LENGTH_MAX),
    operation: isOperation(operation) ? operation : 'unknown',
    acceptedAt: storableInstant(poison.acceptedAt),
    fingerprint: fingerprint === undefined ? null : storable(fingerprint, FINGERPRINT_LENGTH_MAX),
    callbackUrl: isTellable ? storable(callbackUrl, URL_LENGTH_MAX) : null,
    raw: storable(poison.raw, RAW_LENGTH_MAX),
    ...(poison.cause === undefined ? {} : { cause: storable(poison.cause, DETAIL_LENGTH_MAX) }),
  };
}

const OPERATIONS: ReadonlySet<string> = new Set<Operation>(['book', 'cancel', 'confirm', 'expire', 'batch']);

function isOperation(text: string): text is Operation {
  return OPERATIONS.has(text);
}

// PostgreSQL text cannot store U+0000, which becomes U+2400, nor lone surrogates.
function storable(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replaceAll('\0', '\u2400').toWellFormed();
}

function storableInstant(instant: Instant): Instant {
  return toInstant(instant) ?? INSTANT_MIN;
}
