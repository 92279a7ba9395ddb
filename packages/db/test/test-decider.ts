// A fresh database with deciders and reads, and a raw connection to inspect and change its tables.

import { createTestDatabase } from '@slotline/testkit';
import pg from 'pg';

import { openDatabase, openDecider, type Decider, type DeciderOptions, type Database } from '../src/index.ts';

export interface TestDecider {
  /** URL with the application's role, which the decider and the reads use. */
  readonly url: string;
  readonly db: Database;
  readonly raw: pg.Client;
  /** Opens a further raw connection with the owner's role, like `raw`; closed with the rest. */
  connect(): Promise<pg.Client>;
  /** Opens a decider on the database, or on another URL; closed with the rest. */
  open(options?: Partial<DeciderOptions>): Decider;
  close(): Promise<void>;
  /** Rows of a query on the raw connection. */
  rows<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
}

export async function setUpDecider(): Promise<TestDecider> {
  const { url: ownerUrl, applicationUrl: url, drop } = await createTestDatabase();
  const db = openDatabase({ url });
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: ownerUrl });
    clients.push(client);
    await client.connect();
    return client;
  };
  const raw = await connect();
  const deciders: Decider[] = [];
  return {
    url,
    db,
    raw,
    connect,
    open(options) {
      const decider = openDecider({ url, lanes: 2, ...options });
      deciders.push(decider);
      return decider;
    },
    rows: async <T>(text: string, values: unknown[] = []) => (await raw.query(text, values)).rows as T[],
    async close() {
      await Promise.all([...deciders.map((decider) => decider.close()), db.close()]);
      await Promise.all(clients.map((client) => client.end()));
      await drop();
    },
  };
}
