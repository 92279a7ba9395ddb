// Sends one request to the operators' port. Every failure becomes a message that says what to do.

import { printable } from '@slotline/runtime';
import { Client } from 'undici';
import { CliError } from '../cli-error.ts';
import type { AdminConfig } from '../config.ts';

export interface AdminQuestion {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The escaped path with its query. */
  readonly path: string;
  readonly body?: object;
}

export interface AdminAnswer<T> {
  readonly body: T;
  /** The `Location` header: the path of the created resource. */
  readonly location: string | undefined;
  /** Whether another page follows. */
  readonly hasMore: boolean;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than any `wait` that these commands request. */
const ANSWER_TIMEOUT_MS = 40_000;

/** Resolves with the response when the request succeeded; throws a `CliError` otherwise. */
export async function askAdmin<T>(config: AdminConfig, question: AdminQuestion): Promise<AdminAnswer<T>> {
  const { status, headers, text } = await send(config, question);
  const body = parse(text);
  if (status >= 400) throw new CliError(explainRefusal(status, body, config));
  if (body === undefined) throw new CliError(notThePort(config));
  const { location, link } = headers;
  return {
    body: body as T,
    location: typeof location === 'string' ? location : undefined,
    hasMore: String(link ?? '').includes('rel="next"'),
  };
}

async function send({ url, key }: AdminConfig, { method, path, body }: AdminQuestion) {
  // The client sends the path unchanged. A URL would normalise it, so an org named `..` would change the
  // path.
  const client = new Client(url.origin, { connect: { timeout: CONNECT_TIMEOUT_MS } });
  try {
    const answer = await client.request({
      method,
      path: `${url.pathname.replace(/\/+$/, '')}${path}`,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new CliError(
      `Nothing answers at ${url.origin} (${printable(code ?? message)}). Start the service, or name its operators' port, ` +
        'which is not the port of its clients, with --admin-url or SLOTLINE_ADMIN_URL.',
    );
  } finally {
    await client.destroy();
  }
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function explainRefusal(status: number, body: unknown, config: AdminConfig): string {
  const { title, detail, errors = [] } = (body ?? {}) as Problem;
  if (status === 401) {
    return config.key === undefined
      ? 'The service requires a key: set SLOTLINE_KEY to an operator’s key. `slotline keys create --help` shows how to create one.'
      : 'The service does not accept the key in SLOTLINE_KEY: it is misspelt, revoked, expired or of another service.';
  }
  if (status === 403)
    return 'The key in SLOTLINE_KEY may not do this: an operator’s key with the scope admin is required.';
  if (title === undefined || detail?.startsWith('Nothing answers here') === true) return notThePort(config);
  const named = errors.map((error) => `\n  ${shown(error.pointer)}: ${shown(error.detail)}`).join('');
  const again = status === 429 || status === 503 ? ' Try again in a moment.' : '';
  return `${shown(title)}. ${shown(detail ?? '')}${again}${named}`.trim();
}

// The response may come from any server, so its fields may have any type.
function shown(text: unknown): string {
  return printable(String(text));
}

function notThePort({ url }: AdminConfig): string {
  return (
    `${url.origin} answers, but not as the operators' port of a Slotline of this version. ` +
    'Name that port with --admin-url or SLOTLINE_ADMIN_URL; clients have another one.'
  );
}
