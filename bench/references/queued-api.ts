// (c) One BullMQ job a request: this half accepts. Answers 202 once the job is in Redis.

import process from 'node:process';

import { runService } from '@slotline/runtime';
import express from 'express';
import { parseBooking } from './booking.ts';
import { readReferenceConfig } from './config.ts';
import { JobQueues, placeOf } from './job-queues.ts';
import { listen } from './listen.ts';

function createApp(queues: JobQueues): express.Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(express.json());
  // Express 5 hands on what an async handler throws.
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers
  app.post('/api/appointments', async (req, res) => {
    const booking = parseBooking(req.body);
    if (booking === undefined) return void res.status(400).json({ error: 'not a booking' });
    res.status(202).json({ jobId: await queues.add(booking) });
  });
  app.get('/backlog', async (_, res) => void res.json({ backlog: await queues.backlog() }));
  return app;
}

await runService(process, {
  app: 'queued-api',
  readConfig: readReferenceConfig,
  start: (config) => {
    const queues = new JobQueues(placeOf(config));
    return listen(createApp(queues), () => queues.close());
  },
});
