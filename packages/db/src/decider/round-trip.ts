// Several prepared statements in one round trip: sent one behind the other with a single Sync at the end, so that
// the server answers all of them at once, and after a failure skips whatever is left, COMMIT included.
//
// The driver sends a Sync and asks for a description with every statement, and makes a promise of each: about 90 µs
// of a process and as much of the server a statement, where the look-up itself takes a tenth of it. What a statement
// returns is described once a connection.

import pg from 'pg';

import type { Row, Statement } from './statement.ts';

export interface Answer {
  readonly rows: readonly Row[];
  /** What the server says it did, `COMMIT` for one. */
  readonly command: string;
}

interface Field {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** Small statements leave together, and the server starts on a large one while the next is written. */
const SENT_AT_ONCE_BYTES_MAX = 16_384;

// What a connection has prepared, and the fields of the rows that it returns.
const prepared = new WeakMap<pg.Connection, Map<string, readonly Field[]>>();

/**
 * Sends the statements without waiting for each other's answers, and waits for all of them. They may be made while
 * those before are on their way. Throws the first failure; then nothing after it was done.
 */
export function sendTogether(
  client: pg.ClientBase,
  statements: Iterable<Statement>,
): Promise<readonly Answer[]> {
  return client.query(new RoundTrip(client, statements)).done;
}

/** One use. Resolves with an answer for each statement; rejects with the first failure, once the server is done. */
class RoundTrip implements pg.Submittable {
  readonly done: Promise<readonly Answer[]>;
  readonly #statements: Iterable<Statement>;
  readonly #client: pg.ClientBase;
  readonly #settle = Promise.withResolvers<readonly Answer[]>();
  readonly #answers: Answer[] = [];
  readonly #sent: string[] = [];
  #known = new Map<string, readonly Field[]>();
  #fields: readonly Field[] | undefined;
  #rows: Row[] = [];
  #failure: unknown;
  #hasFailed = false;

  constructor(client: pg.ClientBase, statements: Iterable<Statement>) {
    this.#client = client;
    this.#statements = statements;
    this.done = this.#settle.promise;
  }

  /** Called by the driver once it is this one's turn. */
  submit(connection: pg.Connection): void {
    this.#known = prepared.get(connection) ?? new Map<string, readonly Field[]>();
    prepared.set(connection, this.#known);
    connection.stream.cork();
    try {
      this.#send(connection);
    } catch (error) {
      this.#fail(error);
    } finally {
      connection.sync();
      connection.stream.uncork();
    }
  }

  #send(connection: pg.Connection): void {
    for (const statement of this.#statements) {
      const { name, text } = statement;
      const values = statement.values.map((value) => (typeof value === 'number' ? String(value) : value));
      const isNew = !this.#known.has(name) && !this.#sent.includes(name);
      if (isNew) {
        // A failure may have left it prepared without our having been told.
        connection.close({ type: 'S', name }, true);
        connection.parse({ name, text, types: [] }, true);
      }
      connection.bind({ statement: name, values }, true);
      if (isNew) connection.describe({ type: 'P' }, true);
      connection.execute(null, true);
      this.#sent.push(name);
      if (connection.stream.writableLength < SENT_AT_ONCE_BYTES_MAX) continue;
      connection.stream.uncork();
      connection.stream.cork();
    }
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({
      name,
      read: this.#client.getTypeParser(dataTypeID, 'text') as Field['read'],
    }));
  }

  handleDataRow({ fields: values }: { fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const fields = this.#fields ?? this.#knownFields();
    for (let at = 0; at < fields.length; at++) {
      const [field, value] = [fields[at], values[at]];
      if (field !== undefined)
        row[field.name] = value === null || value === undefined ? null : field.read(value);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const name = this.#sent[this.#answers.length] ?? '';
    if (!this.#known.has(name)) this.#known.set(name, this.#fields ?? []);
    this.#answers.push({ rows: this.#rows, command: text });
    this.#rows = [];
    this.#fields = undefined;
  }

  handleReadyForQuery(): void {
    if (this.#hasFailed) this.#settle.reject(this.#failure);
    else this.#settle.resolve(this.#answers);
  }

  // After its error the server goes on to the Sync, and only then is it said in what state the transaction is.
  handleError(error: Error, connection: pg.Connection): void {
    this.#fail(error);
    if (!(error instanceof pg.DatabaseError)) {
      this.handleReadyForQuery();
      return;
    }
    const settle = () => {
      connection.off('readyForQuery', settle).off('end', settle);
      this.handleReadyForQuery();
    };
    connection.on('readyForQuery', settle).on('end', settle);
  }

  #knownFields(): readonly Field[] {
    return this.#known.get(this.#sent[this.#answers.length] ?? '') ?? [];
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
  }
}
