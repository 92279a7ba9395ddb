import { describe, expect, it } from '@jest/globals';
import { createAdmission, ROOM_MIN, SLICE_MS } from './admission.ts';

/** An admission with a test clock; every piece of work takes a millisecond. */
function setup({ waitMaxMs = 250 } = {}) {
  let at = 0;
  let turns: (() => void)[] = [];
  const started: string[] = [];
  const refused: string[] = [];
  const admission = createAdmission({
    waitMaxMs,
    now: () => at,
    random: () => 0,
    nextTurn: (turn) => void turns.push(turn),
  });
  const enter = (orgId: string, count = 1, units = 1) => {
    for (let one = 0; one < count; one++)
      admission.enter({
        orgId,
        units,
        start: () => {
          at += units;
          started.push(orgId);
        },
        refuse: () => void refused.push(orgId),
      });
  };
  const turn = () => {
    const due = turns;
    turns = [];
    for (const one of due) one();
  };
  /** Establishes a rate of one unit a millisecond. */
  const warmUp = () => {
    enter('warm', 1_000);
    while (turns.length > 0) turn();
    started.length = 0;
  };
  return {
    admission,
    enter,
    turn,
    warmUp,
    started,
    refused,
    pause: (ms: number) => void (at += ms),
    isIdle: () => turns.length === 0,
  };
}

describe('a request', () => {
  it('begins at once when nothing waits', () => {
    const { enter, started } = setup();
    enter('acme');
    expect(started).toEqual(['acme']);
  });

  it('waits for the next turn of the event loop after a full slice, and none is lost', () => {
    const { enter, turn, started, isIdle } = setup();
    enter('acme', 3 * SLICE_MS);
    expect(started).toHaveLength(SLICE_MS);
    turn();
    expect(started).toHaveLength(2 * SLICE_MS);
    turn();
    turn();
    expect(started).toHaveLength(3 * SLICE_MS);
    turn();
    expect(isIdle()).toBe(true);
  });

  it('of a small organisation waits for one round, not for the backlog of a flood', () => {
    const { enter, turn, started } = setup();
    enter('flood', 900);
    enter('small');
    for (let turns = 0; turns < 10; turns++) turn();
    expect(started).toContain('small');
    expect(started.length).toBeLessThan(40);
  });
});

describe('when new requests would wait too long', () => {
  it('the newest of the organisation with most under way is refused', () => {
    const { enter, warmUp, admission, refused, started, turn } = setup();
    warmUp();
    enter('small', 2);
    enter('flood', 2 * ROOM_MIN);
    expect(new Set(refused)).toEqual(new Set(['flood']));
    expect(refused.length).toBeGreaterThan(ROOM_MIN - 50);
    expect([admission.wouldRefuse('flood'), admission.wouldRefuse('small')]).toEqual([true, false]);
    enter('small');
    for (let turns = 0; turns < 10; turns++) turn();
    expect(started.filter((orgId) => orgId === 'small')).toHaveLength(3);
  });

  it('a pause of the machine refuses nothing', () => {
    const { enter, warmUp, refused, pause, turn } = setup();
    warmUp();
    enter('acme', 200);
    pause(1_000);
    turn();
    enter('acme', 200);
    expect(refused).toEqual([]);
  });

  it('a burst of clients that connect at once is admitted completely', () => {
    const { enter, refused } = setup();
    enter('acme', ROOM_MIN);
    expect(refused).toEqual([]);
  });

  it('nothing is refused when the wait has no limit', () => {
    const { enter, warmUp, refused } = setup({ waitMaxMs: 0 });
    warmUp();
    enter('acme', 10 * ROOM_MIN);
    expect(refused).toEqual([]);
  });

  it('writes that Redis has not accepted yet count as well', async () => {
    const { admission, pause } = setup();
    const pending: (() => void)[] = [];
    const accept = () =>
      void admission.during(
        { orgId: 'acme', units: 1 },
        () => new Promise<void>((done) => pending.push(done)),
      );
    for (let one = 0; one < 2 * ROOM_MIN; one++) accept();
    expect(admission.wouldRefuse('acme')).toBe(false);
    // One leaves each millisecond, so the backlog would take a second and a half.
    for (let one = 0; one < 500; one++) {
      pause(1);
      pending.shift()?.();
      await Promise.resolve();
    }
    expect(admission.wouldRefuse('acme')).toBe(true);
    for (const done of pending) done();
    await new Promise((resolve) => setImmediate(resolve));
    expect([admission.wouldRefuse('acme'), admission.underWay()]).toEqual([
      false,
      { waiting: 0, accepting: 0 },
    ]);
  });
});
