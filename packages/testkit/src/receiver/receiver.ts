/**
 * A receiver of webhooks that can fail, a real HTTP server on loopback. It reads a post to its end, records it, and
 * only then answers, with success or a fault: every post answered with 2xx is recorded. Verifying signatures is left to the test,
 * which knows the secrets.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceiverFault } from './receiver-fault.ts';

/** One post as it came in: headers by lower-case name, the body's exact text. */
export interface ReceivedPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What was done to it. */
  readonly fault: ReceiverFault;
}

export interface ReceiverOptions {
  /** What to do to a post, now or later. Default: nothing bad. */
  readonly faultOf?: (post: Omit<ReceivedPost, 'fault'>) => ReceiverFault | Promise<ReceiverFault>;
  /** Called with each post before it is answered. */
  readonly onPost?: (post: ReceivedPost) => void;
  /** Of `delay`. Default 50. */
  readonly delayMs?: number;
  /** Of `throttle`, in seconds. Default 1. */
  readonly retryAfterSeconds?: number;
  /** Default: any that is free. */
  readonly port?: number;
}

export interface Receiver {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Everything that came in, oldest first. */
  readonly posts: readonly ReceivedPost[];
  /** Resolves with the posts once `isEnough` holds for them. Has no time-out; the test's time-out applies. */
  until(isEnough: (posts: readonly ReceivedPost[]) => boolean): Promise<readonly ReceivedPost[]>;
  /** Destroys what is still open. */
  close(): Promise<void>;
}

const DELAY_MS = 50;
const RETRY_AFTER_SECONDS = 1;

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const posts: ReceivedPost[] = [];
  const listeners = new Set<() => void>();
  const note = (post: ReceivedPost) => {
    posts.push(post);
    options.onPost?.(post);
    for (const listener of listeners) listener();
  };
  const server = createServer((req, res) => {
    void receive(req, res, { ...options, onPost: note }).catch(() => req.destroy());
  });
  // A sender keeps its connections; the receiver must not end one in the moment in which it is used again.
  server.keepAliveTimeout = 60_000;
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posts,
    until: (isEnough) =>
      new Promise((resolve) => {
        const look = () => {
          if (!isEnough(posts)) return;
          listeners.delete(look);
          resolve(posts);
        };
        listeners.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

async function receive(req: IncomingMessage, res: ServerResponse, options: ReceiverOptions): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const post = {
    path: req.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(req.headers).map(([name, value]) => [name, String(value ?? '')]),
    ),
    body: Buffer.concat(chunks).toString('utf8'),
  };
  const fault = (await options.faultOf?.(post)) ?? 'none';
  options.onPost?.({ ...post, fault });
  answer(fault, res, options);
}

/** Kept for the test of a `cut`: so much was announced, and one byte came. */
const CUT_LENGTH = 1_000;

function answer(fault: ReceiverFault, res: ServerResponse, options: ReceiverOptions): void {
  switch (fault) {
    case 'none':
      res.writeHead(204).end();
      break;
    case 'delay':
      setTimeout(() => res.writeHead(204).end(), options.delayMs ?? DELAY_MS);
      break;
    case 'drop':
      res.socket?.destroy();
      break;
    case 'cut':
      res.writeHead(200, { 'content-length': CUT_LENGTH });
      res.write('{', () => res.socket?.destroy());
      break;
    case 'error':
      res.writeHead(500, { 'content-type': 'text/plain' }).end('something broke');
      break;
    case 'throttle':
      res.writeHead(429, { 'retry-after': String(options.retryAfterSeconds ?? RETRY_AFTER_SECONDS) }).end();
      break;
    case 'gone':
      res.writeHead(410).end();
      break;
    case 'redirect':
      res.writeHead(302, { location: '/elsewhere' }).end();
      break;
    case 'hang':
      break;
  }
}
