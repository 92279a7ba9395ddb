// POST and GET /api/admin/keys, GET and DELETE /api/admin/keys/{keyId}. The text of a key appears only in the
// answer that creates it: not in the log, the database or any other answer.

import {
  adminKeyPath,
  isKeyId,
  keysQuery,
  newApiKey,
  newKey,
  noQuery,
  presentKey,
  type NewKey,
} from '@slotline/contract';
import { createKey as insertKey, findKeys, listKeys as findPage, revokeKey as revoke } from '@slotline/db';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { ApiContext } from '../api-context.ts';
import { ANY_ORG } from '../../admission/org-of.ts';
import { reserveAnswer } from '../../admission/reserve-answer.ts';
import { answerList } from '../../http/answer-list.ts';
import { readCursor, writeCursor, type CursorScope } from '../../http/cursor.ts';
import { linkNext } from '../../http/link-next.ts';
import { parseOrRefuse } from '../../http/parse-or-refuse.ts';
import { ProblemError } from '../../http/problem-error.ts';
import { jsonBody } from '../../http/read-body.ts';
import { now } from '../now.ts';
import { noteAction } from './note-action.ts';

type KeyHandler = RequestHandler<{ keyId: string }>;

const place = z.tuple([z.string()]);

export function createKey(context: ApiContext): RequestHandler {
  return async (req, res) => {
    parseOrRefuse(noQuery, req.query);
    const wanted = parseOrRefuse(newKey, jsonBody(req));
    refusePast(wanted);
    const { orgId = null, name, scopes, expiresAt = null } = wanted;
    const { keyId, secretHash, text } = newApiKey();
    noteAction(context, req, { action: 'create-key', orgId, facts: { keyId, scopes } });
    const made = await insertKey(context.db, { keyId, secretHash, orgId, name, scopes, expiresAt });
    res
      .status(201)
      .location(adminKeyPath(keyId))
      // The key is for the requesting operator; no cache may store it.
      .set('Cache-Control', 'no-store')
      .json({ ...presentKey(made), key: text });
  };
}

function refusePast({ expiresAt }: NewKey): void {
  if (expiresAt === undefined || expiresAt > now()) return;
  throw new ProblemError('invalid-request', {
    errors: [{ pointer: '/expiresAt', code: 'in-the-past', detail: 'Must be later than now.' }],
  });
}

export function listKeys(context: ApiContext): RequestHandler {
  return async (req, res) => {
    const { orgId, limit, cursor } = parseOrRefuse(keysQuery, req.query);
    const scope: CursorScope = { list: 'keys', query: { orgId } };
    const [after] = cursor === undefined ? [] : readCursor(scope, cursor, place);
    const reservation = await reserveAnswer(context, { res, orgId: ANY_ORG });
    const { keys, next } = await findPage(context.db, { orgId, after, limit }).catch(refusePlace);
    if (next !== undefined)
      linkNext(req, res, { path: '/api/admin/keys', change: { cursor: writeCursor(scope, [next]) } });
    await answerList(res, { rows: keys, present: presentKey, reservation });
  };
}

// A cursor is not secret, so a client may have constructed one for a position that never existed.
function refusePlace(cause: unknown): never {
  if (!(cause instanceof RangeError)) throw cause;
  throw new ProblemError('invalid-cursor', { cause });
}

export function getKey({ db }: ApiContext): KeyHandler {
  return async (req, res) => {
    const [found] = await findKeys(db, [keyIdOf(req)]);
    if (found === undefined) throw noSuchKey();
    res.json(presentKey(found));
  };
}

export function revokeKey(context: ApiContext): KeyHandler {
  return async (req, res) => {
    const keyId = keyIdOf(req);
    const [found] = await findKeys(context.db, [keyId]);
    if (found === undefined) throw noSuchKey();
    noteAction(context, req, { action: 'revoke-key', orgId: found.orgId, facts: { keyId } });
    const revoked = await revoke(context.db, keyId);
    if (revoked === undefined) throw noSuchKey();
    res.json(presentKey(revoked));
  };
}

// Any other text is not logged: it may be a whole key, sent in the wrong place.
function keyIdOf(req: Request<{ keyId: string }>): string {
  parseOrRefuse(noQuery, req.query);
  if (!isKeyId(req.params.keyId)) throw noSuchKey();
  return req.params.keyId;
}

function noSuchKey(): ProblemError {
  return new ProblemError('not-found', { detail: 'There is no key with this id.' });
}
