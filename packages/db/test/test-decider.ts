// A fresh database with deciders and reads on it, and a raw connection for looking behind them.

import { createTestDatabase } from '@slotline/testkit';
import pg from 'pg';

import { openDatabase, openDecider, type Decider, type DeciderOptions, type Database } from '../src/index.ts';

export interface TestDecider {
  /** Of the application, which is what the decider and the reads connect as. */
  readonly url: string;
  readonly db: Database;
  readonly raw: pg.Client;
  /** A further raw connection, of the owner like `raw`, closed with the rest. */
  connect(): Promise<pg.Client>;
  /** Opens a decider on the database, or on another address of it; closed with the rest. */
  open(options?: Partial<DeciderOptions>): Decider;
  close(): Promise<void>;
  /** Rows of a query past this package, as it left them. */
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
