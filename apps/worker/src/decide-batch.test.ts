// How a mailbox batch becomes submissions: in order, none heavier than a transaction allows.

import { describe, expect, it } from '@jest/globals';
import type { Job } from '@slotline/contract';
import type { Instant } from '@slotline/core';
import type { OrgRequests, Poison, RequestRecord } from '@slotline/db';
import { decideBatch, quarantine } from './decide-batch.ts';

const AT = 0 as Instant;

function item(id: string, wishes = 0) {
  const confirm = (at: number) => ({ operation: 'confirm' as const, appointmentId: `${id}-${at}` });
  const payload: Job =
    wishes === 0
      ? { ...confirm(0), acceptedAt: AT }
      : {
          operation: 'batch',
          wishes: Array.from({ length: wishes }, (_, at) => confirm(at)),
          acceptedAt: AT,
        };
  return { id, payload, fingerprint: undefined };
}

/** The ids of each submission, and the returned records. */
async function decide(items: ReturnType<typeof item>[], groupMax: number) {
  const submitted: string[][] = [];
  const submit = async ({ requests }: OrgRequests) => {
    submitted.push(requests.map(({ requestId }) => requestId));
    return requests.map(({ requestId }) => ({ requestId }) as RequestRecord);
  };
  const batch = { orgId: 'acme', items } as unknown as Parameters<typeof decideBatch>[1];
  const records = await decideBatch({ submit }, batch, groupMax);
  return { submitted, records: records.map(({ requestId }) => requestId) };
}

describe('a mailbox batch', () => {
  it('of light requests is one submission', async () => {
    const { submitted, records } = await decide([item('a'), item('b'), item('c')], 3);
    expect(submitted).toEqual([['a', 'b', 'c']]);
    expect(records).toEqual(['a', 'b', 'c']);
  });

  it('is split where its operations exceed the weight limit, and its records are in order', async () => {
    const items = [item('a'), item('B', 3), item('c'), item('D', 4), item('e'), item('f')];
    const { submitted, records } = await decide(items, 5);
    expect(submitted).toEqual([['a', 'B', 'c'], ['D', 'e'], ['f']]);
    expect(records).toEqual(['a', 'B', 'c', 'D', 'e', 'f']);
  });

  it('decides a request above the weight limit alone', async () => {
    const { submitted } = await decide([item('a'), item('B', 200), item('c')], 5);
    expect(submitted).toEqual([['a'], ['B'], ['c']]);
  });

  it('without entries submits nothing', async () => {
    expect(await decide([], 5)).toEqual({ submitted: [], records: [] });
  });

  it('stops at the submission that fails, so that no later request is decided before it', async () => {
    const submitted: number[] = [];
    const submit = async ({ requests }: OrgRequests) => {
      submitted.push(requests.length);
      if (submitted.length === 2) throw new Error('no');
      return [];
    };
    const batch = { orgId: 'acme', items: [item('A', 2), item('B', 2), item('C', 2)] };
    await expect(decideBatch({ submit }, batch as never, 2)).rejects.toThrow('no');
    expect(submitted).toEqual([1, 1]);
  });
});

describe('a quarantined entry', () => {
  async function poisonOf(raw: string, cause = new Error('no')): Promise<Poison> {
    const poisons: Poison[] = [];
    const decider = {
      quarantine: async (poison: Poison) => {
        poisons.push(poison);
        return {} as RequestRecord;
      },
    };
    await quarantine(decider, { id: 'x', orgId: 'acme', raw, acceptedAtMs: 7, cause });
    const [poison] = poisons;
    if (poison === undefined) throw new Error('nothing was quarantined');
    return poison;
  }

  it('keeps its own fields, including the callback of an atomic batch', async () => {
    const wish = { op: 'confirm', appt: 'a' };
    const callback = 'https://example.com/hook';
    const batch = { v: 2, op: 'batch', items: [wish], at: 5, callback };
    expect(await poisonOf(JSON.stringify(batch))).toMatchObject({
      operation: 'batch',
      appointmentId: '',
      acceptedAt: 5,
      callbackUrl: callback,
    });
    expect(await poisonOf(JSON.stringify({ v: 2, ...wish, at: 5 }))).toMatchObject({
      operation: 'confirm',
      appointmentId: 'a',
    });
  });

  it('gives the cause to operators and not to clients', async () => {
    const wrapped = new TypeError('refused', { cause: new Error('check a_check') });
    const { cause, detail } = await poisonOf('{}', wrapped);
    expect(cause).toBe('TypeError: refused (check a_check)');
    expect(detail).not.toContain('refused');
    expect((await poisonOf('{}', new Error('same', { cause: new Error('same') }))).cause).toBe('Error: same');
  });

  it('that is unreadable gets its acceptance time from its mailbox entry', async () => {
    expect(await poisonOf('{"v":3}')).toMatchObject({ operation: '', appointmentId: '', acceptedAt: 7 });
  });
});
