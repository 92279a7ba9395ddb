// One keep-alive connection that speaks just enough HTTP/1.1 for a flood: one request at a time, answers with a
// Content-Length or in chunks, whose bodies are counted and not kept. What a generator takes of shared cores is missing
// from the system.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * The status of the answer, its bytes, and the seconds of its `Retry-After`, 0 when it has none; status 0 when the
 * connection broke before the answer was complete.
 */
export type OnAnswer = (status: number, bytes: number, retryAfterS: number) => void;

/** A header: longer than anything that is worth a figure takes. */
export const WAIT = 'Prefer: wait=30\r\n';

const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: chunked/i;
const RETRY_AFTER = /\r\nretry-after: (\d+)/i;
const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

export class RawConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #onAnswer: OnAnswer | undefined;
  /** Of the answer under way: its head until that is complete, then only its last characters. */
  #text = '';
  #status = 0;
  #bytes = 0;
  #retryAfterS = 0;
  /** Of the whole answer; `undefined` when it comes in chunks. */
  #length: number | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when it is there. Throws when it cannot be had. */
  async open(): Promise<void> {
    this.#socket ??= this.#connect();
    await once(this.#socket, 'connect');
  }

  /** Sends one booking; `headers` are whole lines. The one before must have been answered. */
  post(body: string, headers: string, onAnswer: OnAnswer): void {
    this.send(
      `POST /api/appointments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
      onAnswer,
    );
  }

  /** Sends one whole request, over a new connection when the last one is gone. The one before must have been answered. */
  send(request: string | Buffer, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#socket ??= this.#connect();
    this.#socket.write(request);
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.on('data', (data: Buffer) => this.#hear(data));
    // `close` follows, and says what became of the request.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#answer(0);
    });
    return socket;
  }

  #hear(data: Buffer): void {
    this.#bytes += data.length;
    if (this.#status === 0) this.#readHead(data);
    else if (this.#length === undefined)
      this.#text += data.toString('latin1', data.length - LAST_CHUNK.length);
    if (this.#status !== 0 && this.#isComplete()) this.#answer(this.#status);
  }

  #readHead(data: Buffer): void {
    this.#text += data.toString('latin1');
    const head = this.#text.indexOf(HEAD_END);
    if (head === -1) return;
    this.#status = Number(this.#text.slice(9, 12));
    if (this.#status >= 400) this.#retryAfterS = Number(RETRY_AFTER.exec(this.#text)?.[1] ?? 0);
    const fields = this.#text.slice(0, head);
    const body = head + HEAD_END.length;
    this.#length = CHUNKED.test(fields) ? undefined : body + Number(CONTENT_LENGTH.exec(fields)?.[1] ?? 0);
  }

  #isComplete(): boolean {
    if (this.#length !== undefined) return this.#bytes >= this.#length;
    this.#text = this.#text.slice(-LAST_CHUNK.length);
    return this.#text === LAST_CHUNK;
  }

  #answer(status: number): void {
    const [onAnswer, bytes, retryAfterS] = [this.#onAnswer, this.#bytes, this.#retryAfterS];
    this.#onAnswer = undefined;
    [this.#text, this.#status, this.#bytes, this.#length, this.#retryAfterS] = ['', 0, 0, undefined, 0];
    onAnswer?.(status, bytes, retryAfterS);
  }
}
