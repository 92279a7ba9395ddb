// (a) What most people write: Express, pg, one transaction a request, and the exclusion constraint decides.

import process from 'node:process';

import { runService } from '@slotline/runtime';
import { createDecidingApp } from './answer-decided.ts';
import { readReferenceConfig } from './config.ts';
import { listen } from './listen.ts';
import { Store } from './store.ts';

await runService(process, {
  app: 'synchronous',
  readConfig: readReferenceConfig,
  start: ({ databaseUrl }) => {
    const store = new Store(databaseUrl);
    const app = createDecidingApp((booking) => store.book(booking));
    return listen(app, () => store.close());
  },
});
