// Reads the answers on a raw connection one after the other. It trusts the service to write proper HTTP and cuts
// corners nowhere else: what cannot be read is shown as an answer of the status 0.

import type { Answer } from './exchange.ts';

const CRLF = '\r\n';

export function parseAnswers(bytes: Buffer, tookMs: number): Answer[] {
  const answers: Answer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf(`${CRLF}${CRLF}`, at);
    if (headEnd < 0) break;
    const [statusLine = '', ...lines] = bytes.subarray(at, headEnd).toString('latin1').split(CRLF);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0);
    const headers = parseHeaders(lines);
    const { body, end } = readBody(bytes, headEnd + 4, headers, status);
    // 100 Continue only says that the body may come.
    if (status !== 100) answers.push({ status, headers, body, tookMs });
    at = end;
  }
  return answers;
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

function readBody(
  bytes: Buffer,
  start: number,
  headers: Readonly<Record<string, string>>,
  status: number,
): { body: Buffer; end: number } {
  if (status === 204 || status === 304 || status < 200) return { body: Buffer.alloc(0), end: start };
  if (headers['transfer-encoding'] === 'chunked') return readChunks(bytes, start);
  const length = headers['content-length'];
  const end = length === undefined ? bytes.length : Math.min(start + Number(length), bytes.length);
  return { body: bytes.subarray(start, end), end };
}

function readChunks(bytes: Buffer, start: number): { body: Buffer; end: number } {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf(CRLF, at);
    const size =
      lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    if (!(size > 0)) return { body: Buffer.concat(chunks), end: lineEnd < 0 ? bytes.length : lineEnd + 4 };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
