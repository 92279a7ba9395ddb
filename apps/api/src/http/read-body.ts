// Reads bodies as bytes with a size limit, and as JSON only if they are valid UTF-8: a lenient decoder would
// silently store replacement characters.

import type { IncomingMessage } from 'node:http';
import { isUtf8 } from 'node:buffer';
import type { NextFunction, Request, RequestHandler } from 'express';
import { ProblemError } from './problem-error.ts';
import { splitArray, splitLines } from './split-items.ts';
import secureJson from 'secure-json-parse';

export const BODY_BYTES_MAX = 64 * 1024;
export const BATCH_BODY_BYTES_MAX = 1024 * 1024;

/**
 * The length of a body by its head, at most the limit of the largest route. A body without a length counts as
 * that limit; a length over the limit of its route is refused by the route.
 */
export function announcedBytesOf({ headers }: Pick<IncomingMessage, 'headers'>): number {
  if (headers['transfer-encoding'] !== undefined) return BATCH_BODY_BYTES_MAX;
  return Math.min(Number(headers['content-length'] ?? 0), BATCH_BODY_BYTES_MAX);
}
/** An item may be as large as the body of a single request. */
const ITEM_BYTES_MAX = BODY_BYTES_MAX;

const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

/**
 * Middleware that sets `req.body` to the body's bytes, if there is a body. Compressed bodies are refused
 * because their real size is unknown. Express's own parser does more than needed and takes 3 µs more a
 * request.
 */
export function readBody(limit: number): RequestHandler {
  return (req, _res, next) => {
    const { 'content-length': length, 'content-encoding': encoding = 'identity' } = req.headers;
    if (length === undefined && req.headers['transfer-encoding'] === undefined) return next();
    if (Number(length ?? 0) > limit) throw bodyTooLarge(limit);
    if (encoding !== '' && encoding.toLowerCase() !== 'identity') throw encoded();
    if (req.destroyed) throw cutOff();
    gather(req, limit, next);
  };
}

// A body without a length that is too large is read to its end and discarded before it is refused, so that
// the connection stays usable.
function gather(req: Request, limit: number, next: NextFunction): void {
  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  });
  req.on('end', () => {
    if (size > limit) return next(bodyTooLarge(limit));
    const [first] = chunks;
    if (first !== undefined && chunks.length === 1) {
      req.body = first;
    } else {
      req.body = Buffer.concat(chunks);
      chunks.forEach(giveBack);
    }
    next();
  });
  req.on('error', () => next(cutOff()));
}

/**
 * Frees the memory of a buffer that is no longer used, and leaves it empty. Memory outside V8's heap is
 * collected late: hundreds of bodies of a megabyte would accumulate.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  // A pooled buffer shares its memory with others.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** The parsed body of a request with a JSON content type. Throws a `ProblemError`. */
export function jsonBody(req: Request): unknown {
  if (!isJson(req)) throw wrongType(req, 'application/json');
  return parseJson(text(req));
}

// The most common value needs no parsing of media types, which takes 1 µs. Without a body it does not count.
function isJson(req: Request): boolean {
  if (req.headers['content-type'] === 'application/json') return req.body !== undefined;
  return typeof req.is(['application/json', 'application/*+json']) === 'string';
}

/** As {@link jsonBody}, or `otherwise` when there is no body, which needs no content type. */
export function jsonBodyIfAny(req: Request, otherwise: object): unknown {
  const bytes: unknown = req.body;
  return Buffer.isBuffer(bytes) && bytes.length > 0 ? jsonBody(req) : otherwise;
}

/** The items of a batch, counted and not parsed yet. */
export interface BatchBody {
  readonly texts: readonly Buffer[];
  /**
   * Parses an item. An NDJSON line that is not JSON and an item that is too large are problems of that item.
   * Malformed JSON in an array, and forbidden members, throw and refuse the batch.
   */
  readonly parse: (text: Buffer, at: number) => unknown;
}

/** The items of a JSON array or of NDJSON. Throws a `ProblemError` unless there are 1 to `itemsMax`. */
export function batchBody(req: Request, itemsMax: number): BatchBody {
  if (req.is(NDJSON)) return { texts: splitLines(utf8(req), itemsMax), parse: within(parseLine) };
  if (!isJson(req)) throw wrongType(req, 'application/json or application/x-ndjson');
  return { texts: splitArray(utf8(req), itemsMax), parse: within(parseItem) };
}

function utf8(req: Request): Buffer {
  const bytes: unknown = req.body;
  if (!Buffer.isBuffer(bytes)) return Buffer.alloc(0);
  if (isUtf8(bytes)) return bytes;
  throw new ProblemError('malformed-json', { detail: 'The body is not valid UTF-8.' });
}

function text(req: Request): string {
  return utf8(req).toString('utf8');
}

function within(parse: (text: string, at: number) => unknown): BatchBody['parse'] {
  return (bytes, at) =>
    bytes.length > ITEM_BYTES_MAX ? itemTooLarge(at) : parse(bytes.toString('utf8'), at);
}

function parseItem(item: string, at: number): unknown {
  return parseJson(item, { what: `item ${at} of the body`, at: `/${at}` });
}

function parseLine(line: string, at: number): unknown {
  try {
    return parseJson(line, { what: 'line', at: `/${at}` });
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'malformed-json') return error;
    throw error;
  }
}

function itemTooLarge(at: number): ProblemError {
  const detail = `Must be at most ${ITEM_BYTES_MAX / 1024} kB of JSON.`;
  return new ProblemError('invalid-request', { errors: [{ pointer: `/${at}`, code: 'too-large', detail }] });
}

function bodyTooLarge(limit: number): ProblemError {
  const detail = `The request body exceeds the limit of ${limit / 1024} kB for this endpoint.`;
  return new ProblemError('body-too-large', { detail });
}

function encoded(): ProblemError {
  return new ProblemError('unsupported-media-type', { detail: 'Send the body without Content-Encoding.' });
}

function cutOff(): ProblemError {
  return new ProblemError('malformed-json', { detail: 'The body is not as long as Content-Length says.' });
}

function wrongType(req: Request, expected: string): ProblemError {
  const given = req.get('content-type') === undefined ? 'none' : 'another one';
  return new ProblemError('unsupported-media-type', {
    detail: `Send Content-Type: ${expected}; the request has ${given}.`,
  });
}

/** Maximum number of members to list; otherwise the answer could be as large as the body. */
const NAMED_MAX = 10;
/** Longer pointers are not listed: depth and names are limited only by the body. */
const POINTER_LENGTH_MAX = 256;

/**
 * Parses JSON into a value that is safe to copy, merge and look up in: members that could act as an object's
 * prototype are refused at any depth, which costs 0.1 µs a booking. Throws a `ProblemError`: `malformed-json`, or `invalid-request` that lists the pointer
 * of each forbidden member below `at`. Of duplicate members the last one counts; a byte order mark is skipped
 * (RFC 8259, 4 and 8.1).
 */
function parseJson(text: string, { what = 'body', at = '' } = {}): unknown {
  try {
    return secureJson.parse(text);
  } catch (cause) {
    const value = parseLeniently(text);
    if (value !== undefined) throw forbidden(listForbidden(value), at);
    const where = cause instanceof Error ? positionIn(cause.message) : '';
    throw new ProblemError('malformed-json', { detail: `The ${what} cannot be parsed as JSON${where}.` });
  }
}

function forbidden(places: readonly string[], at: string): ProblemError {
  const errors = places.map((place) => ({
    pointer: `${at}${place}`,
    code: 'forbidden-field',
    detail: 'This member name is not allowed: it could change the prototype of an object. Remove it.',
  }));
  return new ProblemError('invalid-request', { errors });
}

// Only the position: V8's message quotes the body, and problem documents do not echo input.
function positionIn(message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? '' : ` at position ${position}`;
}

/**
 * Pointers (RFC 6901) to forbidden members, outermost first; to the whole value when all pointers are too
 * long.
 */
function listForbidden(whole: unknown): string[] {
  const found: string[] = [];
  let level = [{ pointer: '', value: whole }];
  while (level.length > 0 && found.length < NAMED_MAX) {
    const next: typeof level = [];
    for (const { pointer, value } of level) {
      if (value === null || typeof value !== 'object') continue;
      for (const [name, member] of Object.entries(value)) {
        const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        if (place.length > POINTER_LENGTH_MAX) continue;
        if (isForbidden(name, member)) found.push(place);
        else next.push({ pointer: place, value: member as unknown });
      }
    }
    level = next;
  }
  return found.length === 0 ? [''] : found.slice(0, NAMED_MAX);
}

function isForbidden(name: string, member: unknown): boolean {
  if (name === '__proto__') return true;
  return (
    name === 'constructor' &&
    member !== null &&
    typeof member === 'object' &&
    Object.hasOwn(member, 'prototype')
  );
}

function parseLeniently(text: string): unknown {
  try {
    return secureJson.parse(text, { protoAction: 'ignore', constructorAction: 'ignore' });
  } catch {
    return undefined;
  }
}
