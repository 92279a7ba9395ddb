// One case of a run: a single request, valid or spoilt, or a conversation. Everything in it follows from the seed and
// the number of the case, so it can be run again alone.

import { CHAINS } from './chains/chains.ts';
import { Talk } from './chains/talk.ts';
import { findRequestId } from './checks/ledger.ts';
import { parseBody } from './checks/check-answer.ts';
import type { Operation } from './document/api-document.ts';
import type { Draft } from './generate/draft.ts';
import { validRequest } from './generate/valid-request.ts';
import { Room } from './generate/room.ts';
import type { Reply } from './http/exchange.ts';
import { nameKnownThings } from './name-known-things.ts';
import { spoil } from './mutate/spoil.ts';
import type { Traffic } from './traffic.ts';
import { apiOf, owedTo } from './world.ts';

/** One of this number of cases is a conversation. */
const CHAIN_EVERY = 20;
const SPOILT_SHARE = 0.5;
const FOLLOWED_SHARE = 0.05;

/** A scrape of the metrics resets the event-loop figures, and a run is judged by its figures over its whole length. */
export function isScrape({ path }: Operation): boolean {
  return path === '/metrics';
}

/** Cases needed until every operation was asked for so often. */
export function casesFor(operations: number, requestsEach: number): number {
  return Math.ceil((operations * requestsEach * CHAIN_EVERY) / (CHAIN_EVERY - 1));
}

export interface CaseOf {
  readonly seed: number;
  readonly number: number;
  readonly enough?: Enough | undefined;
}

/** What a run has enough of, and so leaves out. */
export interface Enough {
  /** Single requests to it. */
  ofOperation(operationId: string): boolean;
  /** All kinds of them, for the so-many-th time. */
  ofConversations(round: number): boolean;
}

export async function runCase(traffic: Traffic, { seed, number, enough }: CaseOf): Promise<void> {
  const { receiverUrl, apis, chooseAsker } = traffic.world;
  const room = new Room({ seed, number, receiverUrl });
  const operations = apis.flatMap((api) => api.operations).filter((operation) => !isScrape(operation));
  if (number % CHAIN_EVERY === CHAIN_EVERY - 1) {
    const names = Object.keys(CHAINS);
    const conversation = Math.floor(number / CHAIN_EVERY);
    if (enough?.ofConversations(Math.floor(conversation / names.length)) === true) return;
    const name = names[conversation % names.length] ?? '';
    const talk = new Talk(traffic, room, chooseAsker(room, undefined));
    await CHAINS[name]?.(talk);
    return;
  }
  const single = number - Math.floor(number / CHAIN_EVERY);
  const operation = operations[single % operations.length];
  if (operation === undefined || enough?.ofOperation(operation.id) === true) return;
  await askOnce(traffic, room, operation);
}

/** One request to the operation, and now and then a look at what it made. */
export async function askOnce(traffic: Traffic, room: Room, operation: Operation): Promise<void> {
  const { world } = traffic;
  const { document, validators } = apiOf(world, operation);
  const asker = world.chooseAsker(room, operation);
  room.orgId = asker.orgId;
  const draft = validRequest(document, operation, room);
  // A client without permission cannot create what the request names.
  if (owedTo(asker, operation) === undefined)
    await nameKnownThings(new Talk(traffic, room, world.operator), draft);
  draft.headers.push(...asker.headers);
  if (room.dice.chance(SPOILT_SHARE)) spoil(draft, room, validators);
  draft.owedStatus = owedTo(asker, operation);
  if (draft.owedStatus !== undefined && draft.expectation === 'accepted') draft.expectation = 'refused';
  const reply = await traffic.send(draft, room.number);
  if (room.dice.chance(FOLLOWED_SHARE)) await follow(new Talk(traffic, room, world.operator), draft, reply);
}

/** What was accepted is known at once, whatever it was. */
async function follow(talk: Talk, { operation }: Draft, reply: Reply): Promise<void> {
  if (operation.method === 'GET' || reply.kind !== 'answered') return;
  const body = parseBody(reply.answers[0]);
  const requestId = (Array.isArray(body) ? (body as unknown[]) : [body])
    .map(findRequestId)
    .find((id) => id !== undefined);
  if (requestId === undefined) return;
  const told = await talk.ask('getRequest', { path: { requestId } });
  talk.must(told.status === 200, 'what was accepted is never unknown', told);
}
