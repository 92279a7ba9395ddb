/**
 * The configuration our Redis runs on. Durable is what an accepted booking needs (promise P1): between the answer
 * and the commit the only copy is here, so every write is on disk before it is answered and nothing is evicted.
 */
import { LOOPBACK } from './free-port.ts';

/** First line of every configuration we write; distinguishes our folders from foreign ones. */
export const CONFIG_MARK = '# Written by Slotline at every start: changes here are lost.';

/** Full memory means refused writes, never lost ones; a machine with more to give raises it through `settings`. */
const MEMORY_MAX = '1gb';

/**
 * Redis allocates a stream in pieces of this size and the last piece whole, so at its default of 4,096 a mailbox with one
 * booking costs 4 kB.
 */
const STREAM_NODE_BYTES = '1536';

const DURABLE_SETTINGS = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'aof-load-truncated': 'yes',
};

export interface RedisConfig {
  dir: string;
  port: number;
  isDurable: boolean;
  pidFile: string;
  /** In the file, which its owner alone may read, and never an argument. */
  password: string;
  settings: Record<string, string>;
}

/** `save ""` must keep its quotes and paths may contain spaces, so every value is quoted. */
function line([name, value]: [string, string]): string {
  return `${name} "${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The text of the configuration file; later settings replace ours of the same name. */
export function redisConfig({ dir, port, isDurable, pidFile, password, settings }: RedisConfig): string {
  const all = {
    bind: LOOPBACK,
    port: String(port),
    'protected-mode': 'yes',
    requirepass: password,
    daemonize: 'no',
    dir,
    pidfile: pidFile,
    logfile: '',
    save: '',
    maxmemory: MEMORY_MAX,
    'maxmemory-policy': 'noeviction',
    'stream-node-max-bytes': STREAM_NODE_BYTES,
    ...(isDurable ? DURABLE_SETTINGS : { appendonly: 'no' }),
    ...settings,
  };
  return [CONFIG_MARK, ...Object.entries(all).map(line), ''].join('\n');
}
