// (b) The same with a lock on the org's row first, so that one request of an org follows the other.

import process from 'node:process';

import { runService } from '@slotline/runtime';
import { createDecidingApp } from './answer-decided.ts';
import { readReferenceConfig } from './config.ts';
import { listen } from './listen.ts';
import { Store } from './store.ts';

await runService(process, {
  app: 'org-row-lock',
  readConfig: readReferenceConfig,
  start: ({ databaseUrl }) => {
    const store = new Store(databaseUrl);
    const app = createDecidingApp((booking) => store.bookUnderOrgLock(booking));
    return listen(app, () => store.close());
  },
});
