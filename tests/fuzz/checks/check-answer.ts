// What has to hold of every answer, whatever was asked: as Schemathesis checks it, and what this service promises
// beyond its document. Pure, so that a test can show it answers with planted defects.

import { PROBLEM_TYPE_PREFIX, PROBLEMS, type ProblemCode } from '@slotline/contract';
import type { Operation } from '../document/api-document.ts';
import type { Validators } from '../document/validators.ts';
import type { Expectation } from '../generate/draft.ts';
import { typeOf, type Answer } from '../http/exchange.ts';

export interface Breach {
  /** The name of the check, always the same. */
  readonly check: string;
  readonly detail: string;
}

export interface Asked {
  /** `undefined` when the address leads nowhere, or maybe to another operation. */
  readonly operation: Operation | undefined;
  readonly method: string;
  readonly expectation: Expectation;
  /** The only status allowed when the client may not use the operation. */
  readonly owedStatus?: 401 | 403 | undefined;
  /** With `If-None-Match` any 200 may be a 304 instead (RFC 9110, 13.1.2). */
  readonly isConditional?: boolean;
}

const PROBLEM_TYPE = 'application/problem+json';
/** Codes that say that the request itself is at fault; no valid request earns one. */
const INPUT_CODES: ReadonlySet<string> = new Set<ProblemCode>([
  'malformed-json',
  'invalid-request',
  'every-item-refused',
  'invalid-cursor',
  'body-too-large',
  'unsupported-media-type',
  'method-not-allowed',
]);
/** The head itself was too large, or asked for what no server does: no matter of any operation. */
const ANYWHERE: ReadonlySet<number> = new Set([414, 417, 431]);
/** What may be said of bytes that are no HTTP. */
const TRANSPORT_STATUSES: ReadonlySet<number> = new Set([400, 408, 413, 414, 417, 431]);
const INTERNALS =
  /node_modules|\bat (?:async )?[\w.<>]+ \(|\.[cm]?[jt]s:\d+:\d+|\b(?:ECONN\w+|EPIPE|ENOENT)\b|rediss?:\/\/|postgres(?:ql)?:\/\/|violates \w+ constraint|syntax error at|WRONGTYPE|ReplyError|ERR Error|ZodError|Cannot read propert/;
/** Pages that show sources on purpose. */
const SHOWS_SOURCES = /^(?:text\/html|text\/javascript|text\/css)$/;

export function checkAnswer(asked: Asked, answer: Answer, validators: Validators): Breach[] {
  const breaches: Breach[] = [];
  const add = (check: string, detail: string) => breaches.push({ check, detail });
  if (answer.status >= 500) add('no 5xx', `status ${answer.status}: ${shown(answer)}`);
  if (answer.status === 0) add('answers are HTTP', shown(answer));
  if (answer.headers['x-powered-by'] !== undefined) add('no x-powered-by', answer.headers['x-powered-by']);
  const text = SHOWS_SOURCES.test(typeOf(answer)) ? '' : answer.body.toString('utf8');
  const internal = INTERNALS.exec(text)?.[0];
  if (internal !== undefined) add('no internals in bodies', `${internal} in ${shown(answer)}`);
  const body = parseBody(answer);
  if (body === NOT_JSON) add('JSON is JSON', shown(answer));
  checkDocumented(asked, answer, { body, validators, add });
  if (typeOf(answer) === PROBLEM_TYPE) checkProblem(answer, body, add);
  else if (mustBeProblem(asked, answer)) add('refusals are problem documents', shown(answer));
  checkHeaders(asked, answer, add);
  checkExpectation(asked, answer, body, add);
  checkOwed(asked, answer, add);
  return breaches;
}

type Add = (check: string, detail: string) => void;

const NOT_JSON = Symbol('not JSON');

const parsed = new WeakMap<Answer, unknown>();

/** The parsed body, `undefined` when it is none or no JSON by its type. An answer is parsed once. */
export function parseBody(answer: Answer): unknown {
  if (!parsed.has(answer)) parsed.set(answer, readBody(answer));
  return parsed.get(answer);
}

function readBody(answer: Answer): unknown {
  const type = typeOf(answer);
  if (answer.body.length === 0 || !/[/+]json$/.test(type)) return undefined;
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch {
    return NOT_JSON;
  }
}

function checkDocumented(
  asked: Asked,
  answer: Answer,
  { body, validators, add }: { body: unknown; validators: Validators; add: Add },
): void {
  const { operation, method, expectation } = asked;
  if (operation === undefined || method !== operation.method || expectation === 'broken') return;
  const types = operation.answers.get(answer.status);
  if (types === undefined) {
    if (!ANYWHERE.has(answer.status) && !(asked.isConditional === true && answer.status === 304)) {
      add('the status is documented', `${operation.id}: ${answer.status} ${shown(answer)}`);
    }
    return;
  }
  const type = typeOf(answer);
  if (types.length === 0) {
    if (answer.body.length > 0) add('no body where none is documented', shown(answer));
    return;
  }
  if (!types.includes(type)) return add('the content type is documented', `${operation.id}: ${type}`);
  if (body === undefined || body === NOT_JSON) return;
  const wrong = validators.answerOf(operation, answer.status, type)?.(body) ?? [];
  for (const detail of wrong)
    add('the body matches its schema', `${operation.id} ${answer.status}: ${detail}`);
}

/** An empty answer of the HTTP parser itself is right for what is no HTTP. */
function mustBeProblem({ expectation }: Asked, answer: Answer): boolean {
  if (answer.status < 400) return false;
  if (ANYWHERE.has(answer.status) && answer.body.length === 0) return false;
  return !(expectation === 'broken' && TRANSPORT_STATUSES.has(answer.status));
}

function checkProblem(answer: Answer, body: unknown, add: Add): void {
  // HEAD is answered without its document.
  if (answer.body.length === 0) return;
  const { type, title, status, instance } = (body ?? {}) as Record<string, unknown>;
  const code = String(type).replace(PROBLEM_TYPE_PREFIX, '');
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as ProblemCode] : undefined;
  if (known === undefined) return add('problem codes are known', shown(answer));
  if (status !== answer.status || known.status !== status) {
    add(
      'a problem has the status of its code',
      `${String(status)} in a ${answer.status}, ${code} is ${known.status}`,
    );
  }
  if (title !== known.title) add('a problem has the title of its code', String(title));
  if (!/^[0-9a-f]{32}$/.test(String(instance))) add('a problem names its trace', String(instance));
}

function checkHeaders({ operation }: Asked, { status, headers }: Answer, add: Add): void {
  const needs = (name: string) => {
    if ((headers[name] ?? '') === '')
      add('the header that the status needs is there', `${status} without ${name}`);
  };
  if (status === 405) {
    needs('allow');
    const allowed = (headers['allow'] ?? '').split(/\s*,\s*/).sort();
    if (operation !== undefined && allowed.join() !== operation.allowed.join()) {
      add('Allow names the methods of the document', `${allowed.join()} for ${operation.allowed.join()}`);
    }
  }
  if (status === 401) needs('www-authenticate');
  if (status === 429 || status === 503) needs('retry-after');
  if (status === 201) needs('location');
}

function checkExpectation({ expectation, method }: Asked, answer: Answer, body: unknown, add: Add): void {
  if (expectation === 'accepted' && method !== 'HEAD') {
    const code = String((body as { type?: unknown } | null | undefined)?.type).replace(
      PROBLEM_TYPE_PREFIX,
      '',
    );
    if (INPUT_CODES.has(code)) add('valid input is accepted', shown(answer));
  }
  if (expectation === 'refused' && answer.status < 400) {
    add('invalid input is refused', `status ${answer.status}: ${shown(answer)}`);
  }
}

// The service checks the key before anything else of the request, except that an unknown method and malformed HTTP are
// refused first.
function checkOwed({ operation, method, expectation, owedStatus }: Asked, answer: Answer, add: Add): void {
  if (owedStatus === undefined || operation === undefined || method !== operation.method) return;
  if (expectation === 'broken' || answer.status === 431 || answer.status === owedStatus) return;
  add(
    'a client without permission is refused',
    `${operation.id}: ${answer.status} where ${owedStatus} is owed`,
  );
}

const SHOWN_MAX = 600;

function shown({ status, headers, body }: Answer): string {
  const text = body.toString('utf8');
  const cut = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return `${status} ${headers['content-type'] ?? 'without a type'} ${cut}`;
}
