/**
 * The single connection of a post, checked while it is established: the name is resolved once, every address is
 * checked, the remote address of the open socket is checked again, and only then TLS starts, for the host of the URL.
 * Dials addresses and never names, so no look-up happens after the check (promises (f) 2 and 3).
 */
import { connect as connectTcp, isIP, isIPv4, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { isPublicAddress } from './address.ts';
import { ADDRESSES_DIALLED_MAX, NEXT_ADDRESS_AFTER_MS } from './limits.ts';
import { codeOf, PostError } from './post-error.ts';
import { hostOf, type AddressPolicy } from './refuse-url.ts';
import { resolveHost, type HostResolver } from './resolve-host.ts';

/** The phase of a post, reported if its deadline passes. */
export type Stage =
  | 'looking up the name'
  | 'connecting'
  | 'in the TLS handshake'
  | 'waiting for the answer'
  | 'reading the answer';

export interface Dialling {
  readonly policy: AddressPolicy;
  readonly resolver: HostResolver;
  /** Destroys the connection whenever it is aborted, in use or not. */
  readonly signal: AbortSignal;
  readonly onStage: (stage: Stage) => void;
  /** Default: Node's own. For tests that must not reach the public address they name. */
  readonly connectTo?: (target: { host: string; port: number }) => Socket;
}

/** Throws a `PostError`, or what the socket threw. The socket ends with the signal at the latest. */
export async function dial(
  url: URL,
  { policy, resolver, signal, onStage, connectTo = connectAt }: Dialling,
): Promise<Socket> {
  const host = hostOf(url);
  onStage('looking up the name');
  const addresses =
    isIP(host) === 0 ? await resolveHost(host, { resolver, policy, signal }) : [allowed(host, policy)];
  onStage('connecting');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const socket = await dialFirst(alternateFamilies(addresses), { port, signal, connectTo });
  try {
    // The last check before a byte is sent: the address that the socket is really connected to.
    allowed(socket.remoteAddress ?? '', policy);
    if (url.protocol === 'https:') onStage('in the TLS handshake');
    const speaking = url.protocol === 'https:' ? await secure(socket, host) : socket;
    onStage('waiting for the answer');
    return speaking;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function connectAt({ host, port }: { host: string; port: number }): Socket {
  return connectTcp({ host, port, noDelay: true });
}

function allowed(address: string, { allowPrivate }: AddressPolicy): string {
  if (allowPrivate || isPublicAddress(address)) return address;
  throw new PostError('refused-address', 'the address is not public');
}

/** Alternates between the families: a host with unreachable IPv6 is reached at the second try. */
function alternateFamilies(addresses: readonly string[]): readonly string[] {
  const four = addresses.filter(isIPv4);
  const six = addresses.filter((address) => !isIPv4(address));
  return Array.from({ length: Math.max(four.length, six.length) }, (_, at) => [four[at], six[at]])
    .flat()
    .filter((address) => address !== undefined)
    .slice(0, ADDRESSES_DIALLED_MAX);
}

type Knocking = Required<Pick<Dialling, 'signal' | 'connectTo'>> & { readonly port: number };

async function dialFirst(addresses: readonly string[], knocking: Knocking): Promise<Socket> {
  let failure: unknown;
  for (const [at, address] of addresses.entries()) {
    knocking.signal.throwIfAborted();
    const isLast = at === addresses.length - 1;
    try {
      return await dialOne(address, isLast ? knocking : { ...knocking, waitMs: NEXT_ADDRESS_AFTER_MS });
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function dialOne(
  host: string,
  { port, signal, connectTo, waitMs }: Knocking & { readonly waitMs?: number },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTo({ host, port });
    const end = (): void => void socket.destroy();
    const timer = waitMs === undefined ? undefined : setTimeout(end, waitMs);
    signal.addEventListener('abort', end);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      reject(new PostError('connection', 'the address does not answer'));
    });
  });
}

/** TLS over a checked connection, without session reuse. The certificate has to be for the host of the URL, always. */
function secure(socket: Socket, host: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      host,
      // An address is no server name (RFC 6066); the certificate is then compared with `host`.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
    });
    const fail = (error?: unknown): void => {
      const code = codeOf(error);
      const detail = code === '' ? 'the TLS handshake failed' : `the TLS handshake failed (${code})`;
      reject(new PostError('tls', detail, error));
    };
    secured.once('secureConnect', () => resolve(secured));
    secured.on('error', fail);
    secured.once('close', () => fail());
  });
}
