/** Run as a separate process: starts a server, prints it (or its error), then obeys one word from its input. */
import { createInterface } from 'node:readline';
import { startPostgres, startRedis } from '@slotline/embedded';
import { REDIS_BINARY_DIR } from './scratch.ts';

const [, , kind, dir = ''] = process.argv;
const start = () =>
  kind === 'postgres'
    ? startPostgres({ dir, durable: true })
    : startRedis({ dir, durable: true, binaryDir: REDIS_BINARY_DIR });
const server = await start().catch((error: Error) => {
  console.log(JSON.stringify({ error: error.message }));
  process.exit(1);
});
console.log(JSON.stringify({ url: server.url, pid: server.pid, dataDir: server.dataDir }));
for await (const word of createInterface({ input: process.stdin })) {
  if (word === 'die') process.kill(process.pid, 'SIGKILL');
  await server.stop();
  process.exit(0);
}
