// The examples do what they say. They are scripts for people, so they are run as people run them.

import { execFile, spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startSystem } from '@slotline/testkit';
import request from 'supertest';
import { BOOKING } from './a-booking.ts';

const EXAMPLES = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../examples');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

const examples = hasCurl ? describe : describe.skip; // a bare machine may not have the curl that it is a script around

examples(`examples${hasCurl ? '' : ' (skipped: curl is not on this machine)'}`, () => {
  it('parallel.sh shows one created and nine conflicts', async () => {
    const system = await startSystem();
    try {
      const { stdout } = await promisify(execFile)('sh', [path.join(EXAMPLES, 'parallel.sh')], {
        env: { ...process.env, BASE_URL: system.url },
      });
      expect(stdout.match(/\b201\b.*created/g)).toHaveLength(1);
      expect(stdout.match(/\b409\b.*conflict/g)).toHaveLength(9);
    } finally {
      await system.close();
    }
  });

  it('parallel.sh says what to do when nothing answers', async () => {
    const run = promisify(execFile)('sh', [path.join(EXAMPLES, 'parallel.sh')], {
      env: { ...process.env, BASE_URL: 'http://127.0.0.1:9' },
    });
    await expect(run).rejects.toMatchObject({ stderr: expect.stringContaining('start') });
  });
});

/** What an example prints, and a wait for more of it. */
function listenTo(child: ChildProcessByStdio<null, Readable, Readable>) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  return async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(output);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`ended without ${pattern}:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

it('receive-webhooks.mjs registers itself, takes what is signed, refuses what is forged, and leaves nothing behind', async () => {
  const system = await startSystem({ environment: { WEBHOOK_ALLOW_PRIVATE: 'true' } });
  const child = spawn(process.execPath, [path.join(EXAMPLES, 'receive-webhooks.mjs')], {
    env: { ...process.env, BASE_URL: system.url, ORG_ID: 'acme' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = listenTo(child);
  try {
    const [, url = ''] = await printed(/listening on (\S+) for acme/);
    await printed(/^ping/m);
    await request(system.url)
      .post('/api/appointments')
      .send({ ...BOOKING, orgId: 'acme' });
    await printed(/^appointment\.created 42 version 1, sequence 1$/m);
    const forged = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(Math.floor(Date.now() / 1_000)) };
    const answer = await request(url)
      .post('/')
      .set({ ...forged, 'webhook-signature': 'v1,AAAA' })
      .send('{"type":"forged","data":{}}');
    expect(answer.status).toBe(401);
    await printed(/refused: no signature holds/);
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    const left = await request(system.url).get('/api/webhooks').query({ orgId: 'acme' });
    expect(left.body).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await system.close();
  }
});
