// Reads bodies as bytes, bounded, and as JSON only when they are valid UTF-8: a lenient decoder would store
// replacement characters in the place of what the client sent.

import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import { ProblemError } from './problem-error.ts';

export const BODY_BYTES_MAX = 64 * 1024;
export const BATCH_BODY_BYTES_MAX = 1024 * 1024;

const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

/** Middleware that puts the body's bytes on the request. Compressed bodies are refused: they hide their size. */
export function readBody(limit: number): RequestHandler {
  return express.raw({ limit, inflate: false, type: () => true });
}

/** The parsed body of a request with a JSON content type. Throws a `ProblemError`. */
export function jsonBody(req: Request): unknown {
  if (!req.is(['application/json', 'application/*+json'])) throw wrongType(req, 'application/json');
  return parseJson(text(req));
}

/** As {@link jsonBody} reads it, or `otherwise` when there is no body at all: that needs no content type. */
export function jsonBodyIfAny(req: Request, otherwise: object): unknown {
  const bytes: unknown = req.body;
  return Buffer.isBuffer(bytes) && bytes.length > 0 ? jsonBody(req) : otherwise;
}

/** The items of a batch: a JSON array, or NDJSON with `undefined` for a line that is not JSON. */
export function batchBody(req: Request): unknown[] {
  if (req.is(NDJSON)) return parseLines(text(req));
  if (!req.is(['application/json', 'application/*+json'])) {
    throw wrongType(req, 'application/json or application/x-ndjson');
  }
  const body = parseJson(text(req));
  if (Array.isArray(body)) return body;
  throw new ProblemError('invalid-request', {
    errors: [{ pointer: '', code: 'wrong-type', detail: 'Must be an array of items.' }],
  });
}

function text(req: Request): string {
  const bytes: unknown = req.body;
  if (!Buffer.isBuffer(bytes)) return '';
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ProblemError('malformed-json', { detail: 'The body is not valid UTF-8.' });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const where = cause instanceof Error ? positionIn(cause.message) : '';
    throw new ProblemError('malformed-json', { detail: `The body cannot be parsed as JSON${where}.` });
  }
}

// Only the position: V8's message quotes the body, and problem documents do not echo input.
function positionIn(message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? '' : ` at position ${position}`;
}

function parseLines(body: string): unknown[] {
  return body
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        return undefined;
      }
    });
}

function wrongType(req: Request, expected: string): ProblemError {
  const given = req.get('content-type') === undefined ? 'none' : 'another one';
  return new ProblemError('unsupported-media-type', {
    detail: `Send Content-Type: ${expected}; the request has ${given}.`,
  });
}
