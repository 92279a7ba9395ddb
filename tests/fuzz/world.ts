// What a run is aimed at: the service's documents with everything made of them once, and where webhooks may go.

import { operationsOf, type OpenApi, type Operation } from './document/api-document.ts';
import { compileValidators, type Validators } from './document/validators.ts';
import type { Header } from './http/exchange.ts';
import type { Room } from './generate/room.ts';

export interface Api {
  readonly document: OpenApi;
  readonly operations: readonly Operation[];
  readonly validators: Validators;
}

/** Who asks. */
export interface Asker {
  readonly headers: readonly Header[];
  /** What he may do; nothing when he is nobody who is known. With `AUTH=none` everything. */
  readonly scopes: ReadonlySet<string> | 'all' | 'none';
  /** The only org he may name; any when left out. */
  readonly orgId?: string;
}

/** For one request; without an operation, for a whole conversation, which only somebody known can have. */
export type ChooseAsker = (room: Room, operation: Operation | undefined) => Asker;

export interface World {
  readonly apis: readonly Api[];
  readonly receiverUrl: string;
  readonly chooseAsker: ChooseAsker;
  /** Texts that no process may write anywhere. */
  readonly secrets: readonly string[];
  /** Who may do everything. */
  readonly operator: Asker;
}

/** With `AUTH=none` nobody is asked who he is. */
export const ANYBODY: Asker = { headers: [], scopes: 'all' };

/** What he is to be answered, when he may not ask this. */
export function owedTo({ scopes }: Asker, { scope }: Operation): 401 | 403 | undefined {
  if (scope === undefined || scopes === 'all') return undefined;
  if (scopes === 'none') return 401;
  return scopes.has(scope) ? undefined : 403;
}

export async function readApi(origin: string): Promise<Api> {
  const answer = await fetch(`${origin}/api/openapi.json`);
  if (!answer.ok) throw new Error(`${origin}/api/openapi.json answered ${answer.status}`);
  const document = (await answer.json()) as OpenApi;
  return { document, operations: operationsOf(document, origin), validators: compileValidators(document) };
}

export function apiOf(world: World, operation: Operation): Api {
  const found = world.apis.find(({ operations }) => operations.includes(operation));
  if (found === undefined) throw new Error(`${operation.id} is of another world`);
  return found;
}

/** Throws when the document has no such operation any more: a chain that leaves it out would test nothing. */
export function operationOf(world: World, id: string): Operation {
  const found = world.apis.flatMap(({ operations }) => operations).find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`no document has an operation ${id}`);
  return found;
}
