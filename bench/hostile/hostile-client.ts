// The attacker's HTTP client: raw sockets and requests that are built once, because the attacker runs on the service's
// own CPUs here. It ignores `Retry-After` while it attacks.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { RawConnection } from '../load/raw-connection.ts';
import type { HostileTally, Target } from './attacker-messages.ts';

export type RawRequest = string | Buffer;

/** Before a connection that broke is opened again. */
const REOPEN_MS = 250;
/** Connections are opened within this time, as a burst. */
const BURST_MS = 300;
/** While an attack is prepared, a refused request is repeated after this pause, up to {@link PREPARE_TRIES_MAX} times. */
const REFUSED_PAUSE_MS = 500;
const PREPARE_TRIES_MAX = 40;
const COME_BACK_LATER = new Set([0, 429, 503]);

export class HostileClient {
  readonly target: Target;
  readonly #answers = new Map<number, number>();
  #answerBytesMax = 0;

  constructor(target: Target) {
    this.target = target;
  }

  /** What an attack stores at full size, at the size of this run; at least one. */
  scaled(count: number): number {
    return Math.max(1, Math.ceil(count * this.target.scale));
  }

  get(path: string, headers = this.#authorization()): RawRequest {
    return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.target.port}\r\n${headers}\r\n`);
  }

  /** `headers` are whole lines. */
  post(path: string, body: string, headers = 'Content-Type: application/json\r\n'): RawRequest {
    const bytes = Buffer.from(body);
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.target.port}\r\n${this.#authorization()}${headers}`;
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
  }

  /** The answer's status, once the service does not say to come back later. For preparing. */
  async ask(request: RawRequest): Promise<number> {
    const connection = new RawConnection(this.target.port);
    let status = 0;
    for (let tries = 0; tries < PREPARE_TRIES_MAX; tries++) {
      status = await this.#exchange(connection, request);
      if (!COME_BACK_LATER.has(status)) break;
      await sleep(REFUSED_PAUSE_MS);
    }
    connection.close();
    return status;
  }

  /** Sends on `connections` connections, on each again as soon as the last request was answered, until the signal. */
  async repeat({ connections, request, pauseMs = 0 }: RepeatPlan, signal: AbortSignal): Promise<void> {
    const all = Array.from({ length: connections }, () => new RawConnection(this.target.port));
    signal.addEventListener('abort', () => all.forEach((connection) => connection.close()));
    let number = 0;
    const sendOn = async (connection: RawConnection, at: number) => {
      await sleep((at * BURST_MS) / connections);
      while (!signal.aborted) {
        const status = await this.#exchange(connection, request(number++), signal);
        const waitMs = status === 0 ? Math.max(pauseMs, REOPEN_MS) : pauseMs;
        if (waitMs > 0) await sleep(waitMs);
      }
      connection.close();
    };
    await Promise.all(all.map(sendOn));
  }

  /** Keeps `sockets` sockets open that sent the request, and reopens closed ones, until the signal. */
  async hold({ sockets, request, isRead }: HoldPlan, signal: AbortSignal): Promise<void> {
    const keep = async (at: number) => {
      await sleep((at * BURST_MS) / sockets);
      while (!signal.aborted) {
        await this.#holdOne({ request, isRead }, signal);
        if (!signal.aborted) await sleep(REOPEN_MS * 2);
      }
    };
    await Promise.all(Array.from({ length: sockets }, (_, at) => keep(at)));
  }

  tally(): HostileTally {
    return { answers: Object.fromEntries(this.#answers), answerBytesMax: this.#answerBytesMax };
  }

  async #holdOne({ request, isRead }: Omit<HoldPlan, 'sockets'>, signal: AbortSignal): Promise<void> {
    const socket = connect({ port: this.target.port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined);
    const cut = () => socket.destroy();
    signal.addEventListener('abort', cut);
    let isAnswered = false;
    if (isRead) {
      socket.on('data', (data: Buffer) => {
        if (!isAnswered) this.#count(Number(data.toString('latin1', 9, 12)), 0);
        isAnswered = true;
      });
    }
    socket.write(request);
    await once(socket, 'close').catch(() => undefined);
    signal.removeEventListener('abort', cut);
    if (!isAnswered && !signal.aborted) this.#count(0, 0);
  }

  #exchange(connection: RawConnection, request: RawRequest, signal?: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      connection.send(request, (status, bytes) => {
        if (signal?.aborted !== true) this.#count(status, bytes);
        resolve(status);
      });
    });
  }

  #count(status: number, bytes: number): void {
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
    this.#answerBytesMax = Math.max(this.#answerBytesMax, bytes);
  }

  #authorization(): string {
    return `Authorization: Bearer ${this.target.key}\r\n`;
  }
}

interface RepeatPlan {
  readonly connections: number;
  /** The n-th request of all connections together. */
  readonly request: (number: number) => RawRequest;
  /** Between an answer and the next request on its connection; left out: none. */
  readonly pauseMs?: number;
}

interface HoldPlan {
  readonly sockets: number;
  readonly request: RawRequest;
  /** Whether what comes is read; a socket that is not read fills the buffers of the service. */
  readonly isRead: boolean;
}
