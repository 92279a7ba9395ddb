import { describe, expect, it } from '@jest/globals';
import { createWorkTurns } from './work-turns.ts';

/** Reads that end when the test ends them, in the order in which they began. */
function setup(turnsMax: number) {
  let at = 0;
  const take = createWorkTurns({ turnsMax, what: 'reads', now: () => at });
  const begun: { orgId: string; end: () => void }[] = [];
  const failed: string[] = [];
  const read = (orgId: string) => {
    take(orgId, () => new Promise<void>((resolve) => void begun.push({ orgId, end: resolve }))).catch(() =>
      failed.push(orgId),
    );
  };
  const end = async (which = 0) => {
    at += 10;
    begun.splice(which, 1)[0]?.end();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { read, end, failed, orgs: () => begun.map(({ orgId }) => orgId) };
}

describe('turns at work', () => {
  it('run as many queries at once as there are turns, and the next when one ends', async () => {
    const { read, end, orgs } = setup(2);
    for (const orgId of ['a', 'b', 'c', 'd']) read(orgId);
    expect(orgs()).toEqual(['a', 'b']);
    await end();
    expect(orgs()).toEqual(['b', 'c']);
  });

  it('leave one turn for others than the organisation that reads most', async () => {
    const { read, end, orgs } = setup(3);
    for (let count = 0; count < 100; count++) read('flood');
    expect(orgs()).toEqual(['flood', 'flood']);
    read('small');
    expect(orgs()).toEqual(['flood', 'flood', 'small']);
    await end(2);
    expect(orgs()).toEqual(['flood', 'flood']);
    await end();
    expect(orgs()).toEqual(['flood', 'flood']);
  });

  it('are released when a read fails', async () => {
    const take = createWorkTurns({ turnsMax: 1, what: 'reads' });
    await expect(take('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(take('a', async () => 'read')).resolves.toBe('read');
  });

  it('refuse the newest of the organisation with most under way when the wait would be too long', async () => {
    const { read, end, failed } = setup(2);
    for (let count = 0; count < 400; count++) read('flood');
    // One read ends each 10 ms, so 400 take four seconds.
    for (let count = 0; count < 50; count++) await end();
    expect(failed).toEqual([]);
    read('small');
    await end();
    expect(failed).toEqual(['flood']);
  });
});
