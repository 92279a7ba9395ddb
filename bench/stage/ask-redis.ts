// Sends one command to Redis over a separate connection, for the few commands between the loads of a benchmark: a client
// library would add to the measured cost. Supports commands that return one text or one number.

import { once } from 'node:events';
import { connect } from 'node:net';

const END = '\r\n';

/** The answer. Throws when Redis refuses the command, or answers with anything but a text or a number. */
export async function askRedis(url: string, ...command: readonly string[]): Promise<string> {
  const { hostname, port, password } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, 'connect');
    if (password !== '') {
      socket.write(toCommand(['AUTH', decodeURIComponent(password)]));
      await once(socket, 'readable');
      // +OK, or the reason why not, which the command is then refused with as well.
      socket.read();
    }
    socket.write(toCommand(command));
    let reply = Buffer.alloc(0);
    for await (const data of socket) {
      reply = Buffer.concat([reply, data as Buffer]);
      const answer = readReply(reply);
      if (answer !== undefined) return answer;
    }
    throw new Error(`Redis hung up on ${command[0]}`);
  } finally {
    socket.destroy();
  }
}

function toCommand(words: readonly string[]): string {
  return `*${words.length}${END}${words.map(toBulk).join('')}`;
}

function toBulk(word: string): string {
  return `$${Buffer.byteLength(word)}${END}${word}${END}`;
}

/** `undefined` while there is more to come. */
function readReply(reply: Buffer): string | undefined {
  const head = reply.indexOf(END);
  if (head === -1) return undefined;
  const [kind, line] = [String.fromCharCode(reply[0] ?? 0), reply.toString('utf8', 1, head)];
  if (kind === ':' || kind === '+') return line;
  if (kind !== '$') throw new Error(`Redis answered ${kind}${line}`);
  const from = head + END.length;
  const to = from + Number(line);
  return reply.length < to + END.length ? undefined : reply.toString('utf8', from, to);
}
