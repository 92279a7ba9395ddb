// OWASP API1:2023, P13: data of other orgs is not visible. For every route and every id parameter, a call of org A with
// an id of org B gets the same bytes as with an unknown id, and changes nothing. As a control, the same calls succeed
// with A's own ids, and when B makes them.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom, startSystem, type System } from '@slotline/testkit';
import { makeWorld, snapshot, type World } from './a-world.ts';
import { openCredentials, type Credentials } from './credentials.ts';
import { headerOf, send, sendWell, type Answer } from './exchange.ts';
import { listOperations, type Operation } from './id-parameters.ts';
import { likeness, withoutIds, withoutMade, withoutTag } from './likeness.ts';
import {
  CLIENT_KEY,
  CURSOR,
  isOrg,
  placesOf,
  PROBES,
  toCall,
  withoutOrgs,
  type Ids,
  type Probe,
} from './probes.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const OPERATIONS = listOperations().filter(({ scope }) => scope !== undefined);

function operationOf({ operationId }: Probe): Operation {
  const operation = OPERATIONS.find((one) => one.operationId === operationId);
  if (operation === undefined) throw new Error(`the document has no guarded ${operationId}`);
  return operation;
}

describe.each(['keys', 'jwt'] as const)(`with AUTH=%s and seed ${SEED}`, (kind) => {
  const random = seededRandom(SEED);
  let credentials: Credentials;
  let system: System;
  beforeAll(async () => {
    credentials = await openCredentials(kind);
    system = await startSystem({
      environment: { ...credentials.environment, WEBHOOK_ALLOW_PRIVATE: 'true' },
    });
  });
  afterAll(async () => {
    await system.close();
    await credentials.close();
  });

  const makeTwo = () => Promise.all([makeWorld(system, credentials), makeWorld(system, credentials)]);

  it('every id of every operation is probed', async () => {
    const [world] = await makeTwo();
    const probed = new Map<string, Set<string>>();
    for (const probe of PROBES) {
      const places = probed.get(probe.operationId) ?? new Set();
      for (const place of placesOf(probe, world)) places.add(place);
      probed.set(probe.operationId, places);
    }
    expect(Object.fromEntries([...probed].map(([name, places]) => [name, [...places].sort()]))).toEqual(
      Object.fromEntries(OPERATIONS.map(({ operationId, ids }) => [operationId, ids])),
    );
  });

  it.each(
    probesOf(kind).map((probe) => ({ probe, name: [probe.operationId, probe.kind ?? ''].join(' ').trim() })),
  )('$name answers an id of another org like an unknown id', async ({ probe }) => {
    const [a, b] = await makeTwo();
    const operation = operationOf(probe);
    const before = await snapshot(system.url, b);
    const ids = { ...probe.ids(b), ...(await findCursor(probe, b)) };
    for (const places of tries(placesOf(probe, b))) {
      const used = places.includes(CLIENT_KEY) ? await useClientKey(probe) : {};
      const theirs = pick({ ...ids, ...used }, places);
      const nobodys = Object.fromEntries(
        Object.entries(theirs).map(([place, id]) => [place, likeness(id, random)]),
      );
      // A creating call changes A's org, so each try gets a new org.
      const asker = probe.isMaking === true ? await makeWorld(system, credentials) : a;
      const [one, other] = [await ask(probe, asker, theirs), await ask(probe, asker, nobodys)];
      expect([places, shown(probe, one, theirs)]).toEqual([places, shown(probe, other, nobodys)]);
      if (places.some(isOrg)) expect([places, one.status]).toEqual([places, refusalOf(probe)]);
      expect(one.status).toBeLessThan(500);
    }
    expect(await snapshot(system.url, b)).toEqual(before);
    // A calls by its own ids and leaves its org out, B names its own.
    await sendWell(system.url, toCall(operation, probe, withoutOrgs(probe.ids(a))), a.key);
    await sendWell(system.url, toCall(operation, probe, probe.ids(b)), b.key);
  });

  /** The call of A with its own ids, but for those given. */
  async function ask(probe: Probe, a: World, given: Ids): Promise<Answer> {
    const own = probe.ids(a);
    const call = toCall(operationOf(probe), probe, { ...own, ...given });
    // Not waited for where A's own appointments are changed, or the second try would find what the first one did.
    const isOwn = CLIENT_KEY in given && Object.keys(given).length === 1;
    return send(system.url, isOwn ? { ...call, headers: { ...call.headers, Prefer: '' } } : call, a.key);
  }

  /** A cursor of B, with the proof that it is good for B. */
  async function findCursor(probe: Probe, b: World): Promise<Ids> {
    if (probe.cursor === undefined) return {};
    const operation = operationOf(probe);
    const cursor = await probe.cursor(system.url, b, operation);
    const ids = { ...withoutOrgs(probe.ids(b)), [CURSOR]: cursor };
    await sendWell(system.url, toCall(operation, probe, ids), b.key);
    return { [CURSOR]: cursor };
  }

  /** An idempotency key that another org has used for the same, with the proof that it was. Each try needs its own. */
  async function useClientKey(probe: Probe): Promise<Ids> {
    const world = await makeWorld(system, credentials);
    const used = { [CLIENT_KEY]: `key-${world.orgId}` };
    const call = toCall(operationOf(probe), probe, { ...probe.ids(world), ...used });
    await sendWell(system.url, call, world.key);
    const replay = await sendWell(system.url, call, world.key);
    expect(headerOf(replay, 'idempotent-replayed')).toBe('true');
    return used;
  }
});

function pick(ids: Ids, places: readonly string[]): Ids {
  return Object.fromEntries(places.map((place) => [place, ids[place] ?? '']));
}

// Tokens and keys differ only in authentication. Creating calls are the slowest, so one of them is enough for tokens.
function probesOf(kind: 'keys' | 'jwt'): readonly Probe[] {
  if (kind === 'keys') return PROBES;
  return PROBES.filter(({ operationId, isMaking }) => isMaking !== true || operationId === 'bookAppointment');
}

/** Each id alone, all of them, and all of them but the org. */
function tries(places: readonly string[]): string[][] {
  const named = places.filter((place) => !isOrg(place));
  return [...places.map((place) => [place]), [...places], ...(named.length > 1 ? [named] : [])];
}

// Items are refused individually; a batch with only refused items is refused as a whole.
function refusalOf({ operationId, kind }: Probe): number {
  return operationId === 'bookBatch' && kind !== 'atomic' ? 400 : 404;
}

function shown(probe: Probe, answer: Answer, asked: Ids): string {
  const text = withoutTag(withoutIds(answer, Object.values(asked)));
  return probe.isMaking === true ? withoutMade(text) : text;
}
