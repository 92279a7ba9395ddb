// The responses of `/readyz`: the status on the public port, and also the state of each dependency on the admin port.

import { z } from 'zod';

const status = z.enum(['ready', 'degraded', 'unavailable']);

export const readinessStatus = z.object({ status }).meta({ id: 'ReadinessStatus' });

const state = z.enum(['up', 'down']);

export const readiness = z
  .object({
    status,
    isStopping: z.boolean(),
    shedding: z.array(z.string()).meta({ description: 'Why the public port refuses requests now.' }),
    redis: state,
    postgres: state,
    migrations: z.enum(['current', 'behind', 'ahead', 'empty', 'unknown']),
    durability: z.union([z.record(z.string(), z.unknown()), z.literal('unknown')]).meta({
      description: 'How Redis persists accepted requests.',
    }),
    oldestEntryAgeMs: z.union([z.number(), z.literal('unknown')]),
  })
  .meta({ id: 'Readiness' });
