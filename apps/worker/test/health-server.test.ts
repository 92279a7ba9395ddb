import { expect, it } from '@jest/globals';
import { createWorkerMetrics } from '../src/metrics.ts';
import { openHealthServer } from '../src/open-health-server.ts';

async function get(port: number, path: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, text: await answer.text() };
}

it('a running worker is healthy, a stopping one is not, and nothing else answers', async () => {
  let isRunning = true;
  const { registry, decided } = createWorkerMetrics();
  const server = await openHealthServer({
    host: '127.0.0.1',
    port: 0,
    registry,
    roles: ['deliver'],
    isRunning: () => isRunning,
  });
  expect(await get(server.port, '/healthz')).toEqual({
    status: 200,
    text: '{"status":"ok","roles":["deliver"]}',
  });
  decided.inc({ outcome: 'created' }, 3);
  expect((await get(server.port, '/metrics')).text).toMatch(
    /slotline_decided_total\{outcome="created",app="worker"\} 3/,
  );
  expect((await get(server.port, '/')).status).toBe(404);
  isRunning = false;
  expect(await get(server.port, '/healthz')).toEqual({
    status: 503,
    text: '{"status":"stopping","roles":["deliver"]}',
  });
  // Keep-alive connections of the monitoring do not delay the close.
  await server.close();
  await expect(get(server.port, '/healthz')).rejects.toThrow('fetch failed');
});

it('a port in use is reported', async () => {
  const { registry } = createWorkerMetrics();
  const options = { host: '127.0.0.1', registry, roles: [], isRunning: () => true };
  const first = await openHealthServer({ ...options, port: 0 });
  await expect(openHealthServer({ ...options, port: first.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await first.close();
});
