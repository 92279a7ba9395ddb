// Ends a wait when the credential of its request ends.

import type { Request } from 'express';
import type { Access } from './access.ts';
import { principalOf } from './principal.ts';

/** Runs `wait`. Its signal is aborted when the process begins to stop and when the credential ends. */
export async function whileValid<T>(
  { access, stopping }: { readonly access: Pick<Access, 'watch'>; readonly stopping: AbortSignal },
  req: Request<unknown>,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const principal = principalOf(req);
  if (principal.kind === 'anyone') return wait(stopping);
  const over = new AbortController();
  const end = () => over.abort();
  if (stopping.aborted) end();
  stopping.addEventListener('abort', end);
  const unwatch = access.watch(principal, end);
  try {
    return await wait(over.signal);
  } finally {
    unwatch();
    stopping.removeEventListener('abort', end);
  }
}
