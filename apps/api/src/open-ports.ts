// The two ports of an API: the clients' port, and the operators' port with admin routes and metrics. The
// operators' port is opened first and closed last, so that monitoring covers the whole life of the process.

import { ConfigError, type ClosingStep } from '@slotline/runtime';
import type { ApiConfig } from './config.ts';
import type { ApiContext } from './routes/api-context.ts';
import { createAdminApp } from './create-admin-app.ts';
import { createApp } from './create-app.ts';
import type { HttpLimits } from './http-limits.ts';
import { listen, type Listening } from './listen.ts';

export interface Ports {
  readonly address: string;
  readonly port: number;
  readonly adminAddress: string;
  readonly adminPort: number;
  /** Each accepts no new connections and ends when every answer is sent. */
  readonly draining: readonly ClosingStep[];
  /** Closes the remaining connections. */
  cut(): void;
}

/** Throws a `ConfigError` that names the setting when a port is taken; no port stays open then. */
export async function openPorts(
  context: ApiContext,
  config: ApiConfig,
  httpLimits: HttpLimits,
): Promise<Ports> {
  const admin = await listen(createAdminApp(context), config.admin, { httpLimits }).catch(
    namePort('ADMIN_PORT'),
  );
  let own: Listening;
  try {
    own = await listen(createApp(context), config, { admission: context.admission, httpLimits }).catch(
      namePort('PORT'),
    );
  } catch (cause) {
    await shut(admin);
    throw cause;
  }
  return {
    address: own.address,
    port: own.port,
    adminAddress: admin.address,
    adminPort: admin.port,
    draining: [
      { name: 'http', close: () => own.drain() },
      { name: 'admin http', close: () => admin.drain() },
    ],
    cut: () => {
      own.cut();
      admin.cut();
    },
  };
}

// The usual cause is a second API on the same machine, which needs two other ports.
function namePort(setting: 'PORT' | 'ADMIN_PORT') {
  return (cause: NodeJS.ErrnoException & { port?: number }): never => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new ConfigError(
      `${setting}: port ${cause.port} is in use by another program, another API perhaps. ` +
        'Every API on a machine needs its own PORT and ADMIN_PORT; 0 takes any free one.',
      { cause },
    );
  };
}

async function shut(listening: Listening): Promise<void> {
  const drained = listening.drain();
  listening.cut();
  await drained;
}
