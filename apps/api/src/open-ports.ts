// The two ports of an API: the clients' one, and the operators' one with the admin routes and the metrics, which is
// opened first and closed last, so that whoever watches the process sees all of its life.

import { ConfigError, type ClosingStep } from '@slotline/runtime';
import type { ApiConfig } from './config.ts';
import type { ApiContext } from './api-context.ts';
import { createAdminApp } from './create-admin-app.ts';
import { createApp } from './create-app.ts';
import type { HttpLimits } from './http-limits.ts';
import { listen, type Listening } from './listen.ts';

export interface Ports {
  readonly address: string;
  readonly port: number;
  readonly adminAddress: string;
  readonly adminPort: number;
  /** Each takes no new connection and ends when every answer is out. */
  readonly draining: readonly ClosingStep[];
  /** Cuts off what is left. */
  cut(): void;
}

/** Throws a `ConfigError` that names the setting when a port is taken, and leaves none open then. */
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

// The usual cause is a second API on one machine, which needs two ports of its own.
function namePort(setting: 'PORT' | 'ADMIN_PORT') {
  return (cause: NodeJS.ErrnoException & { port?: number }): never => {
    if (cause.code !== 'EADDRINUSE') throw cause;
    throw new ConfigError(
      `${setting}: port ${cause.port} is in use by another program, another API perhaps. ` +
        'Every API on a machine needs a PORT and an ADMIN_PORT of its own; 0 takes any free one.',
      { cause },
    );
  };
}

async function shut(listening: Listening): Promise<void> {
  const drained = listening.drain();
  listening.cut();
  await drained;
}
