/** Checks that a port of the API is free before anything is started. */
import { createServer } from 'node:net';
import { CliError } from '../cli-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program. Stop that program',
  EACCES: 'needs more rights than you have. Use a port above 1023',
  EADDRNOTAVAIL: 'cannot be listened on: this machine has no such address. Correct its host',
  ENOTFOUND: 'cannot be listened on: there is no such host. Correct its host',
};

export interface WantedPort {
  host: string;
  port: number;
  /** The variable that names the port. */
  setting: 'PORT' | 'ADMIN_PORT';
}

/** Throws a `CliError` that says what to do when the API cannot listen on the port. */
export async function assertPortFree({ host, port, setting }: WantedPort): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (code === undefined) return;
  const reason = REASONS[code] ?? `cannot be listened on (${code}). Stop what uses it`;
  throw new CliError(`Port ${port} on ${host} ${reason}, or choose another one with ${setting}=….`);
}
