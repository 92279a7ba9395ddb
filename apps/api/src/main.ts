// The API process.

import process from 'node:process';
import { runService } from '@slotline/runtime';
import { readApiConfig } from './config.ts';
import { openApi } from './open-api.ts';

await runService(process, { app: 'api', readConfig: readApiConfig, start: openApi });
