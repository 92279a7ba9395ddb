// Every failure becomes one problem document, and none reveals internals to a client.

import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '@slotline/contract';
import { RetryableError, TerminalError, UnavailableError } from '@slotline/db';
import { QueueUnavailableError } from '@slotline/queue';
import { createLogger } from '@slotline/runtime';
import express from 'express';
import request from 'supertest';
import { createApiMetrics } from '../metrics/metrics.ts';
import { answerErrors } from './answer-error.ts';
import { ProblemError } from './problem-error.ts';
import { readBody } from './read-body.ts';

const CANARY = 'canary-secret';
const secret = () => new Error(`select ${CANARY}`, { cause: new Error(CANARY) });

/** Returns an app with one route, which fails with `error`, and the app's log lines. */
function failing(error: unknown) {
  const lines: { level: number; code: string; traceId: string; msg: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as never) };
  const logger = createLogger({ app: 'api', level: 'info', destination });
  const metrics = createApiMetrics();
  const app = express();
  app.all('/', readBody(100), (_req, _res, next) => next(error));
  app.use(answerErrors({ logger, metrics }));
  return { app, lines, metrics };
}

describe('an error', () => {
  it.each<[string, unknown, string, number]>([
    ['a problem', new ProblemError('mailbox-full', { cause: secret() }), 'mailbox-full', 429],
    ['Redis away', new QueueUnavailableError('redis-unavailable', CANARY, secret()), 'unavailable', 503],
    ['Redis out of memory', new QueueUnavailableError('redis-out-of-memory', CANARY), 'unavailable', 503],
    ['Redis slow', new QueueUnavailableError('timeout', CANARY), 'unavailable', 503],
    [
      'PostgreSQL away',
      new UnavailableError(CANARY, { meaning: 'unavailable', cause: secret() }),
      'unavailable',
      503,
    ],
    ['PostgreSQL busy', new RetryableError(CANARY, { meaning: 'busy' }), 'unavailable', 503],
    ['PostgreSQL refusing', new TerminalError(CANARY, { meaning: 'refused' }), 'internal-error', 500],
    ['a mistake of ours', new TypeError(CANARY), 'internal-error', 500],
    ['a thrown text', CANARY, 'internal-error', 500],
    [
      'a path that cannot be decoded',
      Object.assign(new URIError(CANARY), { status: 400 }),
      'invalid-request',
      400,
    ],
    ['a foreign status', Object.assign(new Error(CANARY), { status: 418 }), 'internal-error', 500],
  ])('that is %s is its problem and says nothing of its cause', async (_what, error, code, status) => {
    const { app } = failing(error);
    const answer = await request(app).get('/');
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(answer.body).toMatchObject({
      type: `urn:slotline:problem:${code}`,
      title: PROBLEMS[code as keyof typeof PROBLEMS].title,
      status,
      instance: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(answer.text).not.toContain(CANARY);
    expect(answer.text).not.toMatch(/\.ts:|stack|cause/);
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });

  it.each<[string, unknown, number[]]>([
    ['that is unexpected is an error in the log', new TypeError('x'), [50]],
    ['of a store is a warning', new QueueUnavailableError('timeout', 'x'), [40]],
    ['of a client is not logged', new ProblemError('invalid-request', { cause: secret() }), []],
    ['that is an outcome is not logged', new ProblemError('quarantined'), []],
  ])('that %s', async (_what, error, levels) => {
    const { app, lines, metrics } = failing(error);
    const answer = await request(app).get('/');
    expect(lines.map(({ level }) => level)).toEqual(levels);
    for (const line of lines) expect(line.traceId).toBe(answer.body.instance);
    expect(await metrics.registry.metrics()).toMatch(/slotline_problems_total\{code="[a-z-]+",app="api"\} 1/);
  });

  it('after the answer began is left to the connection', () => {
    const { metrics } = failing(undefined);
    const logger = createLogger({ app: 'api', level: 'silent' });
    const handed: unknown[] = [];
    const res = Object.assign(new EventEmitter(), { headersSent: true });
    answerErrors({ logger, metrics })('late', {} as never, res as never, (error) => handed.push(error));
    expect(handed).toEqual(['late']);
  });
});

describe('the instance of a problem', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

  it.each([
    `00-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7-00`,
    // A later version may have more fields behind those of version 00.
    `01-${TRACE}-00f067aa0ba902b7-01-more`,
  ])('is the caller’s trace id of %s', async (traceparent) => {
    const { app } = failing(new ProblemError('not-found'));
    expect((await request(app).get('/').set({ traceparent })).body.instance).toBe(TRACE);
  });

  it.each([
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7-01-more`,
    `00-${TRACE}-00f067aa0ba902b7`,
    TRACE,
    'x',
  ])('is a new one when %s is no valid traceparent', async (traceparent) => {
    const { app } = failing(new ProblemError('not-found'));
    const answers = await Promise.all([1, 2].map(() => request(app).get('/').set({ traceparent })));
    const instances = answers.map(({ body }) => body.instance as string);
    expect(instances).toEqual(instances.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)));
    expect(new Set([...instances, TRACE, '0'.repeat(32)]).size).toBe(4);
  });
});
