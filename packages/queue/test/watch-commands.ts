// Every command that a Redis server runs, by MONITOR on a plain socket. ioredis has a race there: a command
// that the server reports together with its OK is taken for the reply to another command, and the connection
// fails.

import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { atEnd } from './setup.ts';

/** Calls back with the arguments of each command from now on, name first, as MONITOR escapes them. */
export async function watchCommands(
  redisUrl: string,
  onCommand: (args: readonly string[]) => void,
): Promise<void> {
  const { hostname, port, username, password } = new URL(redisUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  atEnd(async () => void socket.destroy());
  await once(socket, 'connect');
  const credentials =
    password === '' ? '' : `AUTH ${username || 'default'} ${decodeURIComponent(password)}\r\n`;
  socket.write(`${credentials}MONITOR\r\n`);
  const lines = createInterface({ input: socket });
  const isWatching = new Promise<void>((resolve, reject) => {
    let answersLeft = password === '' ? 1 : 2;
    lines.on('line', (line) => {
      if (answersLeft === 0) onCommand(argumentsOf(line));
      else if (line !== '+OK') reject(new Error(`MONITOR answered ${line}`));
      else if (--answersLeft === 0) resolve();
    });
  });
  await isWatching;
}

/** `+1700000000.123456 [0 127.0.0.1:50000] "GET" "key"` */
function argumentsOf(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text ?? '');
}
