// What a run asked for and was promised, to be held against the stores in the end: ids that were accepted, and the
// marks of what was refused, which must be nowhere.

import type { Answer, Reply } from '../http/exchange.ts';
import { parseBody } from './check-answer.ts';

interface Told {
  readonly status: number;
  readonly caseNumber: number;
}

export class Ledger {
  /** Ids of accepted requests, whatever was decided, with the first case that got the id. */
  readonly accepted = new Map<string, number>();
  readonly #refused = new Set<string>();
  readonly #taken = new Set<string>();

  /** `canaries` were in this request alone, unless it was sent again. */
  note(canaries: readonly string[], reply: Reply, caseNumber: number): void {
    if (reply.kind !== 'answered') {
      // Without an answer it is unknown whether the request was taken.
      for (const canary of canaries) this.#taken.add(canary);
      return;
    }
    for (const answer of reply.answers) this.#noteAnswer(canaries, answer, caseNumber);
  }

  #noteAnswer(canaries: readonly string[], answer: Answer, caseNumber: number): void {
    const body = parseBody(answer);
    const items = Array.isArray(body) && answer.status < 300 ? (body as unknown[]) : undefined;
    // A batch that was not taken as one says of each item what became of it.
    if (items !== undefined && items.length === canaries.length) {
      items.forEach((item, at) =>
        this.#noteItem([canaries[at] ?? ''], item, { status: answer.status, caseNumber }),
      );
    } else
      for (const item of items ?? [body])
        this.#noteItem(canaries, item, { status: answer.status, caseNumber });
  }

  #noteItem(canaries: readonly string[], item: unknown, { status, caseNumber }: Told): void {
    const id = findRequestId(item);
    if (id !== undefined && !this.accepted.has(id)) this.accepted.set(id, caseNumber);
    const isRefused = status >= 500 ? false : id === undefined && (status >= 400 || isProblem(item));
    for (const canary of canaries) (isRefused ? this.#refused : this.#taken).add(canary);
  }

  /** Marks that may be in no store. */
  get refused(): ReadonlySet<string> {
    return new Set([...this.#refused].filter((canary) => !this.#taken.has(canary)));
  }

  isRefused(canary: string): boolean {
    return this.#refused.has(canary) && !this.#taken.has(canary);
  }
}

/** Of a request resource, or of the problem that a request came to after it was accepted. */
export function findRequestId(item: unknown): string | undefined {
  if (item === null || typeof item !== 'object') return undefined;
  const { requestId, operation, request } = item as Record<string, unknown>;
  // A release is asked for by the service itself, when a hold is due.
  if (operation === 'expire') return undefined;
  if (typeof requestId === 'string' && typeof operation === 'string') return requestId;
  return request === undefined ? undefined : findRequestId(request);
}

function isProblem(item: unknown): boolean {
  const type = item !== null && typeof item === 'object' ? (item as { type?: unknown }).type : undefined;
  return typeof type === 'string' && type.startsWith('urn:slotline:problem:');
}
