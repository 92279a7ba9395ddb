/** Asks a Redis on loopback whether it answers yet, in the few bytes of protocol that takes: no client library here. */
import { connect } from 'node:net';
import { LOOPBACK } from './free-port.ts';

const PING_TIMEOUT_MS = 1_000;

/** True after `+PONG`; false when nobody listens, it is still loading, or it does not answer in a second. */
export function pingRedis(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK, timeout: PING_TIMEOUT_MS });
    const finish = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('+PONG')));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => resolve(false));
  });
}
