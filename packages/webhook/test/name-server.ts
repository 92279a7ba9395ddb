// A name server on loopback that says what a test wants, over the real protocol (RFC 1035), so that the resolver of
// production is asked and not a stand-in.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

type RecordKind = 'A' | 'AAAA';

/** The addresses of a name; `undefined`: no answer at all, not even that there is none. */
export type Zone = (question: {
  name: string;
  kind: RecordKind;
  asked: number;
}) => readonly string[] | undefined;

export interface NameServer {
  /** `127.0.0.1:port`, as resolvers take it. */
  readonly address: string;
  /** The questions so far, such as `A hooks.example.com`. */
  readonly questions: readonly string[];
  readonly close: () => Promise<void>;
}

export async function openNameServer(zone: Zone): Promise<NameServer> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, kind, end } = readQuestion(query);
    const question = `${kind} ${name}`;
    questions.push(question);
    const asked = questions.filter((earlier) => earlier === question).length;
    const addresses = zone({ name, kind, asked });
    if (addresses !== undefined) socket.send(answer(query, { end, addresses }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer): { name: string; kind: RecordKind; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const kind = query.readUInt16BE(at + 1) === 28 ? 'AAAA' : 'A';
  return { name: labels.join('.').toLowerCase(), kind, end: at + 5 };
}

function answer(query: Buffer, { end, addresses }: { end: number; addresses: readonly string[] }): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // An authoritative answer with recursion available; code 3 says that the name does not exist.
  head.writeUInt16BE(0x8580 | (addresses.length === 0 ? 3 : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([head, query.subarray(12, end), ...addresses.map(toRecord)]);
}

function toRecord(address: string): Buffer {
  const bytes = toBytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(bytes.length === 16 ? 28 : 1, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function toBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const [first, last] = [groups(before), groups(after)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
