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

/** A client with its credentials. */
export interface Asker {
  readonly headers: readonly Header[];
  /** What the client may do: `none` with an unknown key, `all` with `AUTH=none`. */
  readonly scopes: ReadonlySet<string> | 'all' | 'none';
  /** The only org that the client may name; any when left out. */
  readonly orgId?: string;
}

/** For one request; without an operation, for a whole conversation, which needs a known client. */
export type ChooseAsker = (room: Room, operation: Operation | undefined) => Asker;

export interface World {
  readonly apis: readonly Api[];
  readonly receiverUrl: string;
  readonly chooseAsker: ChooseAsker;
  /** Texts that no process may write anywhere. */
  readonly secrets: readonly string[];
  /** The client that may do everything. */
  readonly operator: Asker;
}

/** With `AUTH=none` the service requires no key. */
export const ANYBODY: Asker = { headers: [], scopes: 'all' };

/** The status that the service must answer when the client may not use the operation. */
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

/** Throws when the document does not have the operation: a chain without it would test nothing. */
export function operationOf(world: World, id: string): Operation {
  const found = world.apis.flatMap(({ operations }) => operations).find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`no document has an operation ${id}`);
  return found;
}
