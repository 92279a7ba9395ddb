// Hosts that accept connections and never respond, each at its own loopback address.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface SilentHosts {
  /** One URL per host. */
  readonly urls: readonly string[];
  /** Open connections of each host. */
  openConnections(): readonly number[];
  close(): Promise<void>;
}

/** Each start on one host uses a new address, so that late posts of an earlier test do not arrive here. */
let sameHosts = 0;

/** `sameHost`: one address with many ports, instead of many addresses. */
export async function startSilentHosts(
  count: number,
  { sameHost = false }: { sameHost?: boolean } = {},
): Promise<SilentHosts> {
  const oneHost = sameHost ? `127.2.0.${++sameHosts}` : undefined;
  const addresses = Array.from({ length: count }, (_, at) => oneHost ?? addressOf(at));
  const hosts = await Promise.all(addresses.map(startSilentHost));
  return {
    urls: hosts.map(({ url }) => url),
    openConnections: () => hosts.map(({ sockets }) => sockets.size),
    close: async () => void (await Promise.all(hosts.map(closeSilentHost))),
  };
}

interface SilentHost {
  readonly url: string;
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

function addressOf(at: number): string {
  return `127.1.${Math.floor(at / 250)}.${1 + (at % 250)}`;
}

async function startSilentHost(host: string): Promise<SilentHost> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}/`, server, sockets };
}

async function closeSilentHost({ server, sockets }: SilentHost): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
}
