// Formats a request as a shell command, so that the reader of a finding can send it again by hand.

import type { HttpRequest } from './exchange.ts';

const PRINTABLE = /^[\t\n\x20-\x7e]*$/;
/** A longer body is better replayed than pasted. */
const BODY_SHOWN_MAX = 4_000;

/** `curl`, or `printf | nc` for what curl would not send. */
export function toCurl(request: HttpRequest): string {
  const { origin, method, target, headers, body, bytes } = request;
  if (bytes !== undefined) return toNetcat(origin, bytes);
  const parts = ['curl -i --path-as-is', `-X ${quote(method)}`];
  for (const [name, value] of headers)
    parts.push(`-H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`--data-binary ${quoteBytes(body)}`);
  parts.push(quote(origin + target));
  return parts.join(' ');
}

function toNetcat(origin: string, bytes: Buffer): string {
  const { hostname, port } = new URL(origin);
  return `printf ${quote(escapeBytes(bytes))} | nc -q 1 ${hostname} ${port}`;
}

function quoteBytes(bytes: Buffer): string {
  if (bytes.length > BODY_SHOWN_MAX) {
    return `@body-of-${bytes.length}-bytes   # replay the case: it is too long to be shown\n `;
  }
  const text = bytes.toString('latin1');
  return PRINTABLE.test(text) ? quote(text) : `"$(printf ${quote(escapeBytes(bytes))})"`;
}

function escapeBytes(bytes: Buffer): string {
  const shown = bytes.subarray(0, BODY_SHOWN_MAX);
  const text = [...shown].map(escapeByte).join('');
  return shown.length < bytes.length ? `${text}...and ${bytes.length - shown.length} bytes more` : text;
}

function escapeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === '%') return '%%';
  if (char === '\\') return '\\\\';
  return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
