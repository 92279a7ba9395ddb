// A booking of a traffic as the decider gets it: past HTTP and Redis.

import type { Instant } from '@slotline/core';
import type { AcceptedRequest } from '@slotline/db';
import { requestIdOf, slotOf, type Traffic } from './traffic.ts';

const NOTED = Date.UTC(2029, 8, 28) as Instant;

export function acceptedOf(traffic: Traffic, number: number): AcceptedRequest {
  const { id, resourceId, startMs, endMs } = slotOf(traffic, number);
  return {
    operation: 'book',
    requestId: requestIdOf(number),
    appointmentId: id,
    resourceId,
    start: startMs as Instant,
    end: endMs as Instant,
    createdAt: NOTED,
    updatedAt: NOTED,
    heldUntil: null,
    metadata: null,
    acceptedAt: NOTED,
  };
}
