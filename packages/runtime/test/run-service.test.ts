// The life cycle of a service in a separate process: what its parent, its operator and its log see.

import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

interface Running {
  readonly child: ChildProcess;
  readonly messages: unknown[];
  /** Resolves with everything written once the process and all that share its output are gone. */
  readonly ended: Promise<{ code: number | null; signal: string | null; out: string; err: string }>;
  message(): Promise<unknown>;
  /** Resolves when the text was written to standard error. */
  says(text: string): Promise<void>;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

function run(fixture: string, env: Record<string, string> = {}, options: ForkOptions = {}): Running {
  const child = fork(path.join(FIXTURES, fixture), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
    execArgv: [],
    ...options,
  });
  running.push(child);
  const written = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => (written.out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (written.err += chunk.toString()));
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  return {
    child,
    messages,
    ended: endOf(child).then(([code, signal]) => ({ code, signal, ...written })),
    message: async () => {
      if (messages.length === 0) await new Promise((resolve) => child.once('message', resolve));
      return messages[0];
    },
    says: (text) =>
      new Promise((resolve) => {
        const look = () => void (written.err.includes(text) && resolve());
        child.stderr?.on('data', look);
        look();
      }),
  };
}

// Not `close`: a child never emits it after its parent disconnected the channel.
async function endOf(child: ChildProcess): Promise<[number | null, string | null]> {
  const outputs = [child.stdout, child.stderr].map(
    (output) => new Promise<void>((resolve) => void output?.once('end', resolve)),
  );
  const exit = new Promise<[number | null, string | null]>((resolve) => {
    child.once('exit', (code, signal) => resolve([code, signal]));
  });
  await Promise.all(outputs);
  return exit;
}

function linesOf(out: string): { level: number; msg: string; reason?: string }[] {
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string });
}

describe('a service process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says where it is ready and ends with 0 on %s', async (signal) => {
    const service = run('service.ts');
    expect(await service.message()).toEqual({ kind: 'ready', address: 'fixture:1' });
    service.child.kill(signal);
    const { code, out, err } = await service.ended;
    expect([code, err]).toEqual([0, 'closing\nclosed\n']);
    expect(linesOf(out).map(({ msg }) => msg)).toEqual(['ready', 'stopping', 'stopped']);
    expect(linesOf(out)[1]?.reason).toBe(signal);
  });

  it('ends with 1 after an unclean close', async () => {
    const service = run('service.ts', { CLOSE: 'unclean' });
    await service.message();
    service.child.kill('SIGTERM');
    expect((await service.ended).code).toBe(1);
  });

  it('that cannot start ends with 1, one readable line and no ready message', async () => {
    const service = run('service.ts', { START: 'badly' });
    const { code, out, err } = await service.ended;
    expect([code, err, service.messages]).toEqual([1, '', []]);
    expect(linesOf(out)).toEqual([
      expect.objectContaining({
        level: 60,
        msg: 'could not start',
        err: expect.objectContaining({ message: 'the port is taken' }),
      }),
    ]);
  });

  it.each(['crashing', 'rejecting'])(
    'that ends by %s says why in one line, without what hangs on the error',
    async (START) => {
      const { code, out, err } = await run('service.ts', { START }).ended;
      const crash = linesOf(out).find(({ msg }) => msg === 'crashed');
      expect([code, err]).toEqual([1, '']);
      expect(crash).toMatchObject({
        level: 60,
        err: { message: 'it broke', cause: { type: 'TypeError', message: 'inside' } },
      });
      expect(out + err).not.toContain('canary');
    },
  );

  it('that is killed has said all it logged, in order', async () => {
    const { signal, out } = await run('service.ts', { START: 'dying' }).ended;
    const lines = linesOf(out) as { count?: number }[];
    expect(signal).toBe('SIGKILL');
    expect(lines.map(({ count }) => count)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  });

  it('with settings that cannot be used ends with 1 and one line that names them without their values', async () => {
    const service = run('service.ts', { START: 'canary-1', CLOSE: 'canary-2' });
    const { code, out, err } = await service.ended;
    expect([code, err]).toEqual([1, '']);
    const [line, ...more] = linesOf(out);
    expect(more).toEqual([]);
    expect(line?.msg).toMatch(/START: .*\n.*CLOSE: /);
    expect(out).not.toContain('canary');
  });

  it('that logs nothing still says it is ready and still ends', async () => {
    const service = run('service.ts', { LOG_LEVEL: 'silent' });
    await service.message();
    service.child.kill('SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0, out: '' });
  });

  it('ends at once with 1 on a second signal, however long its close takes', async () => {
    const service = run('service.ts', { CLOSE: 'never' });
    await service.message();
    service.child.kill('SIGTERM');
    await new Promise<void>((resolve) => {
      service.child.stdout?.on('data', (chunk: Buffer) => chunk.includes('stopping') && resolve());
    });
    service.child.kill('SIGTERM');
    const { code, signal } = await service.ended;
    expect([code, signal]).toEqual([1, null]);
  });
});

describe('a service that loses the channel to its parent', () => {
  it('closes and exits without a signal', async () => {
    const service = run('service.ts');
    await service.message();
    service.child.disconnect();
    const { code, out, err } = await service.ended;
    expect([code, err]).toEqual([0, 'closing\nclosed\n']);
    expect(linesOf(out)[1]?.reason).toBe('parent gone');
  });

  it('while it is closing closes to the end', async () => {
    const service = run('service.ts', { CLOSE: 'when-disconnected' });
    await service.message();
    service.child.kill('SIGTERM');
    await service.says('closing');
    service.child.disconnect();
    const { code, err } = await service.ended;
    expect([code, err]).toEqual([0, 'closing\nclosed\n']);
  });

  it.each(['inherited', 'read'])(
    'because its parent was killed leaves no orphan, its log %s',
    async (LOGS) => {
      const parent = run('parent.ts', { LOGS });
      await parent.message();
      parent.child.kill('SIGKILL');
      // The service shares the parent's output: it ends when the last of the two has ended.
      const { signal, err } = await parent.ended;
      expect([signal, err]).toEqual(['SIGKILL', 'closing\nclosed\n']);
    },
  );
});
