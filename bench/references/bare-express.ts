// The least an Express service can do: read a JSON body and give it back. Nothing that keeps its word can be
// faster, so it is what accepting is measured against.

import process from 'node:process';

import { runService } from '@slotline/runtime';
import express from 'express';
import { listen } from './listen.ts';
import { readReferenceConfig } from './config.ts';

function createApp(): express.Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(express.json());
  app.post('/api/appointments', (req, res) => void res.status(202).json(req.body));
  return app;
}

await runService(process, {
  app: 'bare-express',
  readConfig: readReferenceConfig,
  start: () => listen(createApp()),
});
