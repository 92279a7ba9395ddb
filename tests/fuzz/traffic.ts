// Sends requests, applies the checks to every answer, and records what was counted, what was found, and what the
// stores must hold at the end.

import { checkAnswer, type Breach } from './checks/check-answer.ts';
import { checkEvents } from './checks/check-events.ts';
import { Ledger } from './checks/ledger.ts';
import { toRequest, type Draft } from './generate/draft.ts';
import { typeOf, type Answer, type HttpRequest, type Reply } from './http/exchange.ts';
import type { Sender } from './http/send.ts';
import { Tally } from './tally.ts';
import type { StallWatch } from './watch-for-stalls.ts';
import { apiOf, type World } from './world.ts';

export interface Finding extends Breach {
  /** The case it was found in; with the seed it is found again. */
  readonly caseNumber: number;
  readonly operationId?: string;
  readonly mutations: readonly string[];
  /** The request that was answered so; none for what was found in the stores. */
  readonly request?: HttpRequest;
}

/** How many findings are kept for each check and operation; further ones are only counted. */
const KEPT_MAX = 3;
const UNAVAILABLE = 503;

export class Traffic {
  readonly world: World;
  readonly ledger = new Ledger();
  readonly tally = new Tally();
  readonly #sender: Sender;
  readonly #stalls: Pick<StallWatch, 'sawStallSince'>;
  readonly #excused = new Set<number>();
  readonly #findings: Finding[] = [];
  #found = 0;
  #isClosed = false;

  constructor(world: World, sender: Sender, stalls: Pick<StallWatch, 'sawStallSince'>) {
    this.world = world;
    this.#sender = sender;
    this.#stalls = stalls;
  }

  /** Whether a request of the case was refused because the machine held the service up. */
  isExcused(caseNumber: number): boolean {
    return this.#excused.has(caseNumber);
  }

  /** Everything that was found, the first few of each kind. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  get foundCount(): number {
    return this.#found;
  }

  async send(draft: Draft, caseNumber: number): Promise<Reply> {
    const request = toRequest(draft);
    const startedAt = performance.now();
    const reply = await this.#sender.send(request);
    this.tally.count(draft, reply);
    this.ledger.note(draft.canaries, reply, caseNumber);
    if (isUnavailable(reply) && this.#stalls.sawStallSince(startedAt)) {
      this.#excused.add(caseNumber);
      this.tally.excused++;
      return reply;
    }
    const { operation, mutations } = draft;
    for (const breach of judge(this.world, draft, reply)) {
      this.report({ ...breach, caseNumber, operationId: operation.id, mutations, request });
    }
    return reply;
  }

  /** A request of the run itself: not counted and not judged. */
  exchange(request: HttpRequest): Promise<Reply> {
    return this.#sender.send(request);
  }

  /** Ignores everything that is reported from now on. */
  close(): void {
    this.#isClosed = true;
  }

  report(finding: Finding): void {
    if (this.#isClosed) return;
    this.#found++;
    const alike = this.#findings.filter(
      ({ check, operationId }) => check === finding.check && operationId === finding.operationId,
    );
    if (alike.length < KEPT_MAX) this.#findings.push(finding);
  }
}

function judge(world: World, draft: Draft, reply: Reply): readonly Breach[] {
  const { expectation, operation, method, isAddressed } = draft;
  if (reply.kind === 'timed-out')
    return [{ check: 'every request is answered', detail: 'no answer in time' }];
  if (reply.kind === 'closed') {
    if (draft.bytes !== undefined) return [];
    return [{ check: 'every request is answered', detail: 'the connection was cut' }];
  }
  const { validators } = apiOf(world, operation);
  const sends = (header: string) => draft.headers.some(([name]) => name === header);
  const asked = {
    operation: isAddressed ? operation : undefined,
    method,
    expectation,
    // The operators' port refuses requests from web pages first, before it checks the key.
    owedStatus: sends('origin') ? undefined : draft.owedStatus,
    isConditional: sends('if-none-match'),
  };
  return reply.answers.flatMap((answer) => [
    ...checkAnswer(asked, answer, validators),
    ...(isStream(answer) ? checkEvents(answer.body.toString('utf8')) : []),
  ]);
}

function isUnavailable(reply: Reply): boolean {
  return reply.kind === 'answered' && reply.answers.some(({ status }) => status === UNAVAILABLE);
}

function isStream(answer: Answer): boolean {
  return typeOf(answer) === 'text/event-stream';
}
