// The worker process.

import process from 'node:process';
import { createLogger, runService } from '@slotline/runtime';
import { readWorkerConfig } from './config.ts';
import { openWorker } from './open-worker.ts';

const logger = createLogger({ app: 'worker', level: process.env['LOG_LEVEL'] ?? 'info' });
await runService(process, { logger, start: () => openWorker(readWorkerConfig(process.env), { logger }) });
