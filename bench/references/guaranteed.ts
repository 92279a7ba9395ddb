// (d) The synchronous service with the guarantees of Slotline: the same validation, idempotency, lock per organisation,
// history, outcomes and gapless sequences, in the same tables, and one transaction a request.

import process from 'node:process';

import { booking, parseIdempotencyKey, parseWith } from '@slotline/contract';
import { runService } from '@slotline/runtime';
import express from 'express';
import { readReferenceConfig } from './config.ts';
import { GuaranteedStore, type Decided } from './guaranteed-store.ts';
import { listen } from './listen.ts';

const STATUS: Readonly<Record<Decided['outcome'], number>> = {
  created: 201,
  updated: 200,
  'ignored-stale': 200,
  conflict: 409,
};

function createApp(store: GuaranteedStore): express.Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(express.json());
  // Express 5 hands on what an async handler throws.
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers
  app.post('/api/appointments', async (req, res) => {
    const parsed = parseWith(booking, req.body);
    if (parsed.kind === 'invalid') return void res.status(400).json({ errors: parsed.errors });
    const { orgId, id, holdSeconds, callbackUrl } = parsed.value;
    // Both need a second process, which (d) does without.
    if (holdSeconds !== undefined || callbackUrl !== undefined) return void res.status(501).end();
    const key = parseIdempotencyKey(req.get('idempotency-key') ?? '');
    const { request, outcome, version, detail, decided, is_mismatch } = await store.book(parsed.value, key);
    if (is_mismatch) return void res.status(422).json({ error: 'the key was used with another body' });
    res
      .status(STATUS[outcome])
      .json({ requestId: request, orgId, appointmentId: id, outcome, version, detail, decidedAt: decided });
  });
  return app;
}

await runService(process, {
  app: 'guaranteed',
  readConfig: readReferenceConfig,
  start: ({ databaseUrl }) => {
    const store = new GuaranteedStore(databaseUrl);
    return listen(createApp(store), () => store.close());
  },
});
