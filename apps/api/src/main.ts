// The API process.

import process from 'node:process';
import { createLogger, runService } from '@slotline/runtime';
import { readApiConfig } from './config.ts';
import { openApi } from './open-api.ts';

const logger = createLogger({ app: 'api', level: process.env['LOG_LEVEL'] ?? 'info' });
await runService(process, { logger, start: () => openApi(readApiConfig(process.env), { logger }) });
