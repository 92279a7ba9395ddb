/**
 * How durable an acceptance is. Between acceptance and completion Redis holds the only copy of an item, so its
 * persistence settings, and the replicas that confirmed a write, are the durability of an acceptance. The
 * caller decides what is acceptable.
 */
import { Cluster } from 'ioredis';
import type { RedisClient } from '../redis/connect.ts';
import { QueueUnavailableError } from '../redis/queue-unavailable-error.ts';

/** Settings that Redis does not return are absent. On a cluster: the settings of the weakest master. */
export interface Durability {
  readonly appendonly?: string;
  readonly appendfsync?: string;
  readonly noAppendfsyncOnRewrite?: string;
  readonly maxmemoryPolicy?: string;
  readonly maxmemory?: string;
  /** True when an acknowledged item survives power loss; `unknown` when CONFIG is refused. */
  readonly isDurable: boolean | 'unknown';
}

const SETTINGS = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy', 'maxmemory'];

export async function readDurability(client: RedisClient): Promise<Durability> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const found = await Promise.all(nodes.map(readNode));
  const rank = ({ isDurable }: Durability): number => [false, 'unknown', true].indexOf(isDurable);
  return found.sort((a, b) => rank(a) - rank(b))[0] ?? { isDurable: 'unknown' };
}

async function readNode(node: Exclude<RedisClient, Cluster>): Promise<Durability> {
  let flat: string[];
  try {
    flat = await node.config('GET', ...SETTINGS);
  } catch (error) {
    if (isRefusal(error)) return { isDurable: 'unknown' };
    throw error;
  }
  const settings = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) settings.set(String(flat[at]), String(flat[at + 1]));
  return judge(settings);
}

function judge(settings: ReadonlyMap<string, string>): Durability {
  const setting = (name: string, as: string): Record<string, string> => {
    const value = settings.get(name);
    return value === undefined ? {} : { [as]: value };
  };
  const isKnown = ['appendonly', 'appendfsync', 'maxmemory-policy'].every((name) => settings.has(name));
  const isDurable =
    settings.get('appendonly') === 'yes' &&
    settings.get('appendfsync') === 'always' &&
    settings.get('no-appendfsync-on-rewrite') !== 'yes' &&
    settings.get('maxmemory-policy') === 'noeviction';
  return {
    ...setting('appendonly', 'appendonly'),
    ...setting('appendfsync', 'appendfsync'),
    ...setting('no-appendfsync-on-rewrite', 'noAppendfsyncOnRewrite'),
    ...setting('maxmemory-policy', 'maxmemoryPolicy'),
    ...setting('maxmemory', 'maxmemory'),
    isDurable: isKnown ? isDurable : 'unknown',
  };
}

/** Hosted Redis refuses or renames CONFIG. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(NOPERM|ERR unknown)/i.test(error.message);
}

/** Throws `replicas-missing` when fewer than `minReplicas` confirmed within `timeoutMs`. */
export async function confirmReplicas(
  client: RedisClient,
  { minReplicas, timeoutMs }: { minReplicas: number; timeoutMs: number },
): Promise<void> {
  if (minReplicas === 0 || client instanceof Cluster) return;
  // On the connection that wrote: WAIT counts the replicas that have this connection's last write.
  const replicas = await client.wait(minReplicas, Math.ceil(timeoutMs));
  if (replicas < minReplicas) {
    throw new QueueUnavailableError('replicas-missing', `${replicas} of ${minReplicas} replicas confirmed`);
  }
}
