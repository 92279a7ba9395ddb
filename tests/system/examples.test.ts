// The examples do what they say. They are shell scripts for people, so they are run as people run them.

import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startSystem } from '@slotline/testkit';

const EXAMPLES = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../examples');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

// The example is a script around curl, which a bare machine may not have.
(hasCurl ? describe : describe.skip)(
  `examples${hasCurl ? '' : ' (skipped: curl is not on this machine)'}`,
  () => {
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
  },
);
