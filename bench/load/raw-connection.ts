// One keep-alive connection that speaks just enough HTTP/1.1 for a flood: one POST at a time, answers with a
// Content-Length. What a generator takes of shared cores is missing from the system.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The status of the answer; 0 when the connection broke before it was complete. */
export type OnAnswer = (status: number) => void;

const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

export class RawConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #onAnswer: OnAnswer | undefined;
  #text = '';

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves when it is there. Throws when it cannot be had. */
  async open(): Promise<void> {
    this.#socket ??= this.#connect();
    await once(this.#socket, 'connect');
  }

  /**
   * Sends one request, over a new connection when the last one is gone; `headers` are whole lines. The one before must
   * have been answered.
   */
  post(body: string, headers: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#socket ??= this.#connect();
    this.#socket.write(
      `POST /api/appointments HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    // `close` follows, and says what became of the request.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#answer(0);
    });
    return socket;
  }

  #hear(text: string): void {
    this.#text += text;
    const head = this.#text.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(CONTENT_LENGTH.exec(this.#text)?.[1] ?? 0);
    if (this.#text.length >= head + 4 + length) this.#answer(Number(this.#text.slice(9, 12)));
  }

  #answer(status: number): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    this.#text = '';
    onAnswer?.(status);
  }
}
