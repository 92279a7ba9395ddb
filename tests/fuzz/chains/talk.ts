// A conversation of one case with the service: each request rests on the answers before it. Every answer goes through
// the checks all requests go through; what only this conversation knows is said with `must`.

import { parseBody } from '../checks/check-answer.ts';
import { newDraft, toRequest, type Draft, type Expectation } from '../generate/draft.ts';
import type { Room } from '../generate/room.ts';
import type { Answer, Header } from '../http/exchange.ts';
import type { Traffic } from '../traffic.ts';
import { operationOf, type Asker } from '../world.ts';

export interface Ask {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: readonly Header[];
  readonly body?: unknown;
  readonly method?: string;
  readonly expectation?: Expectation;
  /** Marks that are in this request alone. */
  readonly canaries?: readonly string[];
  /** As given by an answer, in the place of path and query. */
  readonly target?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The result when there was no answer, which is already reported as a finding. */
const SILENCE: Told = { status: 0, headers: {}, body: undefined };

export class Talk {
  readonly room: Room;
  readonly traffic: Traffic;
  readonly #asker: Asker;
  #last: Draft | undefined;

  constructor(traffic: Traffic, room: Room, asker: Asker) {
    this.traffic = traffic;
    this.room = room;
    this.#asker = asker;
  }

  async ask(operationId: string, ask: Ask = {}): Promise<Told> {
    const draft = this.#toDraft(operationId, ask);
    this.#last = draft;
    const reply = await this.traffic.send(draft, this.room.number);
    return reply.kind === 'answered' ? toTold(reply.answers[0]) : SILENCE;
  }

  /** Reports what does not hold, with the last request. */
  must(holds: boolean, check: string, detail: unknown): void {
    if (holds || this.traffic.isExcused(this.room.number)) return;
    const { operation, mutations = [] } = this.#last ?? {};
    this.traffic.report({
      check,
      detail: (JSON.stringify(detail, withoutHeaders) ?? '').slice(0, 1_000),
      caseNumber: this.room.number,
      mutations,
      ...(operation === undefined ? {} : { operationId: operation.id }),
      ...(this.#last === undefined ? {} : { request: toRequest(this.#last) }),
    });
  }

  #toDraft(operationId: string, ask: Ask): Draft {
    const operation = operationOf(this.traffic.world, operationId);
    const draft = newDraft(operation);
    for (const [name, value] of Object.entries(ask.path ?? {})) draft.path.set(name, value);
    draft.query = Object.entries(ask.query ?? {});
    draft.headers = [...this.#asker.headers, ...(ask.headers ?? [])];
    draft.method = ask.method ?? draft.method;
    draft.expectation = ask.expectation ?? 'accepted';
    draft.canaries.push(...(ask.canaries ?? []));
    if (ask.target !== undefined) draft.target = ask.target;
    if (ask.body !== undefined) {
      draft.body = ask.body;
      draft.contentType = 'application/json';
    }
    return draft;
  }
}

function withoutHeaders(key: string, value: unknown): unknown {
  return key === 'headers' ? undefined : value;
}

function toTold(answer: Answer): Told {
  return { status: answer.status, headers: answer.headers, body: parseBody(answer) };
}

/** A member of an answer's body, `undefined` when there is none. */
export function memberOf(body: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value !== null && typeof value === 'object'
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    body,
  );
}

/** The address that `Link: <…>; rel="next"` leads to. */
export function nextOf({ headers }: Told): string | undefined {
  return /<([^>]*)>;\s*rel="next"/.exec(headers['link'] ?? '')?.[1];
}
