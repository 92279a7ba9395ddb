import { expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { Request } from 'express';
import { ANYONE, setPrincipal, type Principal } from './principal.ts';
import { whileValid } from './while-valid.ts';

const ACME: Principal = { kind: 'org', keyId: 'k1', orgId: 'acme', scopes: new Set(['read']) };

function from(principal: Principal): Request {
  const req = {} as Request;
  setPrincipal(req, principal);
  return req;
}

function watched() {
  const ends = new Set<() => void>();
  return {
    ends,
    access: {
      watch: (_principal: Principal, onEnd: () => void) => {
        ends.add(onEnd);
        return () => void ends.delete(onEnd);
      },
    },
  };
}

const aborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'));
  });

it('a wait ends with the credential and removes its listeners', async () => {
  const { access, ends } = watched();
  const stopping = new AbortController().signal;
  const wait = whileValid({ access, stopping }, from(ACME), aborted);
  for (const end of ends) end();
  expect(await wait).toBe('aborted');
  expect([ends.size, getEventListeners(stopping, 'abort').length]).toEqual([0, 0]);
});

it('a wait ends when the process stops, even if it stopped before the wait', async () => {
  const { access } = watched();
  const stop = new AbortController();
  const wait = whileValid({ access, stopping: stop.signal }, from(ACME), aborted);
  stop.abort();
  expect(await wait).toBe('aborted');
  expect(await whileValid({ access, stopping: stop.signal }, from(ACME), aborted)).toBe('aborted');
});

it('a wait that fails removes its listeners too', async () => {
  const { access, ends } = watched();
  const stopping = new AbortController().signal;
  const wait = whileValid({ access, stopping }, from(ACME), () => Promise.reject(new Error('broken')));
  await expect(wait).rejects.toThrow('broken');
  expect([ends.size, getEventListeners(stopping, 'abort').length]).toEqual([0, 0]);
});

it('nothing is watched when no credential is needed', async () => {
  const stopping = new AbortController().signal;
  const access = {
    watch: () => {
      throw new Error('watched');
    },
  };
  const wait = whileValid({ access, stopping }, from(ANYONE), async (signal) => signal === stopping);
  expect(await wait).toBe(true);
});
