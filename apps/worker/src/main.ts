// The worker process.

import process from 'node:process';
import { runService } from '@slotline/runtime';
import { readWorkerConfig } from './config.ts';
import { openWorker } from './open-worker.ts';

await runService(process, { app: 'worker', readConfig: readWorkerConfig, start: openWorker });
