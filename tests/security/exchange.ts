// One HTTP exchange as bytes on the wire: status, headers in their order and case, body. Only what may differ between
// two equal answers is left out: the date, and the length that follows from the body.

import http from 'node:http';

export interface Call {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, as JSON too. */
  readonly text?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  /** Of a stream, what came with the head. */
  readonly body: string;
}

/** The same in every request, so that `instance` is the same in every problem document. */
const TRACEPARENT = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;

/** A header with the value `''` is not sent. */
export async function send(url: string, call: Call, key?: string): Promise<Answer> {
  const body = call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
  const given: Record<string, string> = {
    traceparent: TRACEPARENT,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json', ...lengthOf(body) }),
    ...call.headers,
  };
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  return new Promise((resolve, reject) => {
    const request = http.request(url + call.path, { method: call.method, headers, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const head = { status: response.statusCode ?? 0, headers: shownHeaders(response.rawHeaders) };
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        request.destroy();
        return resolve({ ...head, body: '' });
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ ...head, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end(body);
  });
}

// Node leaves it out of a DELETE, and the body would be taken for the next request.
function lengthOf(body: string): Record<string, string> {
  return { 'content-length': String(Buffer.byteLength(body)) };
}

function shownHeaders(raw: readonly string[]): string[] {
  const lines = raw.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${raw[at + 1] ?? ''}`] : []));
  return lines.filter((line) => !/^(?:date|content-length):/i.test(line));
}

/** Throws unless the answer is a 2xx. */
export async function sendWell(url: string, call: Call, key?: string): Promise<Answer> {
  const answer = await send(url, call, key);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(`${call.method} ${call.path} was answered ${answer.status}: ${answer.body}`);
}

export function headerOf({ headers }: Answer, name: string): string | undefined {
  return headers.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);
}
