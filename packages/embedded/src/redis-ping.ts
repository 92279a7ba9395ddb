/** Checks whether a Redis on loopback answers, with a few bytes of its protocol and without a client library. */
import { connect } from 'node:net';
import { LOOPBACK } from './free-port.ts';

const PING_TIMEOUT_MS = 1_000;

/**
 * True after `+PONG`; false when nothing listens, the server is still loading or has another password, or it does not
 * answer in a second.
 */
export function pingRedis(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK, timeout: PING_TIMEOUT_MS });
    const finish = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    let answers = '';
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (data) => {
      answers += data.toString('latin1');
      // One line for each command.
      if (answers.split('\r\n').length > 2) finish(answers === '+OK\r\n+PONG\r\n');
    });
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => resolve(false));
  });
}
