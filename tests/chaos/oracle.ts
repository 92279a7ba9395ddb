// What must come out of a file of traffic: its lines decided one by one, in file order for each org, by the
// pure rules alone. Any other figure is a lost, doubled or reordered request.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { parseBatchItem, type BatchItem } from '@slotline/contract';
import { decide, isLive, type Appointment, type Instant, type Request } from '@slotline/core';

export interface Expected {
  readonly outcomes: Readonly<Record<string, number>>;
  /** `org/appointment` → its final facts, live ones only, as `listFinal` reads them from the database. */
  readonly live: ReadonlyMap<string, string>;
  /** What was asked of each org, in its order: `operation appointment outcome`. */
  readonly order: ReadonlyMap<string, readonly string[]>;
}

export async function expectedOf(file: string): Promise<Expected> {
  const outcomes: Record<string, number> = {};
  const live = new Map<string, string>();
  const order = new Map<string, readonly string[]>();
  for (const [orgId, requests] of await requestsByOrg(file)) {
    const current = new Map<string, Appointment>();
    const decisions = decide({ appointments: [], decided: new Map() }, requests);
    order.set(
      orgId,
      decisions.map(({ request, outcome }) => stepOf(request.operation, namedBy(request), outcome.kind)),
    );
    for (const { outcome, written } of decisions) {
      outcomes[outcome.kind] = (outcomes[outcome.kind] ?? 0) + 1;
      for (const version of written) current.set(version.id, version);
    }
    for (const appointment of current.values()) {
      if (isLive(appointment)) live.set(`${orgId}/${appointment.id}`, factsOf(appointment));
    }
  }
  return { outcomes, live, order };
}

/** One line of text for the facts that must agree. */
export function factsOf(facts: Pick<Appointment, 'resourceId' | 'start' | 'end' | 'version'>): string {
  return [facts.resourceId, facts.start, facts.end, facts.version].join(' ');
}

/** One decision as a line of text. */
export function stepOf(operation: string, appointmentId: string, outcome: string): string {
  return [operation, appointmentId, outcome].join(' ');
}

/** The appointment as the row of the request says it: a batch names none. */
function namedBy(request: Request): string {
  return request.operation === 'batch' ? '' : request.appointmentId;
}

/** The file's lines as requests, in file order for each org. */
export async function requestsByOrg(file: string): Promise<Map<string, Request[]>> {
  const byOrg = new Map<string, Request[]>();
  const raw = createReadStream(file);
  const lines = createInterface({ input: file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw });
  let number = 0;
  for await (const line of lines) {
    const parsed = parseBatchItem(JSON.parse(line));
    if (parsed.kind === 'invalid') throw new Error(`line ${number + 1} of ${file} is invalid`);
    const { orgId, request } = toRequest(parsed.value, String(number++));
    const requests = byOrg.get(orgId);
    if (requests === undefined) byOrg.set(orgId, [request]);
    else requests.push(request);
  }
  return byOrg;
}

function toRequest(item: BatchItem, requestId: string): { orgId: string; request: Request } {
  switch (item.op) {
    case 'cancel': {
      const { orgId, id, updatedAt = 0 as Instant } = item.cancellation;
      return { orgId, request: { operation: 'cancel', requestId, appointmentId: id, updatedAt } };
    }
    case 'confirm': {
      const { orgId, id } = item.confirmation;
      return { orgId, request: { operation: 'confirm', requestId, appointmentId: id } };
    }
    case 'book': {
      const { orgId, id, metadata = null, callbackUrl: _told, holdSeconds, ...facts } = item.booking;
      // When a hold ends is up to when it was accepted, which the file does not know and no rule looks at.
      const heldUntil = holdSeconds === undefined ? null : (0 as Instant);
      return {
        orgId,
        request: { operation: 'book', requestId, appointmentId: id, metadata, heldUntil, ...facts },
      };
    }
  }
}
