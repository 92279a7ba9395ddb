// Runs several prepared statements in one round trip: they are sent one after the other with a single Sync at the
// end. The server sends all answers together, and after a failure it skips the remaining statements, COMMIT
// included.
//
// The driver instead sends a Sync, requests a description and creates a promise per statement: about 90 µs in this
// process and as much in the server, ten times the cost of the look-up itself. Here the result of a statement is
// described once per connection.

import pg from 'pg';

import type { Row, Statement } from './statement.ts';

export interface Answer {
  readonly rows: readonly Row[];
  /** The command tag of the server, for example `COMMIT`. */
  readonly command: string;
}

interface Field {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** Small statements are sent together; the server starts on a large one while the next is written. */
const SENT_AT_ONCE_BYTES_MAX = 16_384;

// The statements that a connection has prepared, with the fields of their rows.
const prepared = new WeakMap<pg.Connection, Map<string, readonly Field[]>>();

/**
 * Sends all statements without waiting for answers in between, then waits for all answers. The iterable may build
 * later statements while earlier ones are being sent. Throws the first failure; no statement after it has run.
 */
export function sendTogether(
  client: pg.ClientBase,
  statements: Iterable<Statement>,
): Promise<readonly Answer[]> {
  return client.query(new RoundTrip(client, statements)).done;
}

/**
 * For one use. Resolves with one answer per statement; rejects with the first failure after the server has
 * finished.
 */
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

  /** Called by the driver when it is this query's turn. */
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
        // After an earlier failure the statement may be prepared in the server without being known here.
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

  // After an error the server skips to the Sync and only then reports the status of the transaction.
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
