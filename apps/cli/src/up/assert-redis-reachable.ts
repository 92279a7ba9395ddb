/**
 * Checks that a server listens at REDIS_URL before anything is started. The API checks that it is a usable
 * Redis.
 */
import { connect } from 'node:net';
import { CliError } from '../cli-error.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REDIS_PORT = 6379;

function tryConnect(place: { host: string; port: number }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(place);
    const finish = (reason?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reason);
    };
    const timer = setTimeout(() => finish(`no answer in ${CONNECT_TIMEOUT_MS} ms`), CONNECT_TIMEOUT_MS);
    socket.once('connect', () => finish());
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

/** Throws a `CliError` that says what to do; never shows the URL's credentials. */
export async function assertRedisReachable(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? REDIS_PORT : Number(port) };
  const reason = await tryConnect(place);
  if (reason === undefined) return;
  throw new CliError(
    `Redis at ${place.host}:${place.port} (REDIS_URL) cannot be reached (${reason}). ` +
      'Start it, correct REDIS_URL, or unset it and Slotline starts its own.',
  );
}
