// (c) One BullMQ job a request: this half decides, one job at a time for each org.

import process from 'node:process';

import { runService } from '@slotline/runtime';
import { readReferenceConfig } from './config.ts';
import { placeOf, workOn } from './job-queues.ts';
import { Store } from './store.ts';

await runService(process, {
  app: 'queued-worker',
  readConfig: readReferenceConfig,
  start: async (config) => {
    const store = new Store(config.databaseUrl);
    const stopWorking = workOn(placeOf(config), (booking) => store.book(booking));
    return {
      close: async () => {
        await stopWorking();
        await store.close();
        return true;
      },
    };
  },
});
