import { describe, expect, it } from '@jest/globals';
import { createShedder, LATE_PART, type RequestHead, type ShedderOptions } from './shedder.ts';

const WRITE: RequestHead = { method: 'POST', path: '/api/appointments', hasKey: false };
const READ: RequestHead = { method: 'GET', path: '/api/appointments', hasKey: false };
const HEALTH: RequestHead[] = ['/healthz', '/readyz'].map((path) => ({ method: 'GET', path, hasKey: false }));

/** A shedder whose world is set by hand. */
function setup(settings: Partial<ShedderOptions> = {}) {
  const world = { accepts: 0, delayMs: 0, isFull: false, isAway: false, now: 0, chance: 0 };
  const shedder = createShedder({
    loopDelayMaxMs: 50,
    acceptsInFlightMax: 80,
    acceptsInFlight: () => world.accepts,
    delayMs: () => world.delayMs,
    isNearlyFull: () => world.isFull,
    isAway: () => world.isAway,
    now: () => world.now,
    random: () => world.chance,
    ...settings,
  });
  return { world, shedder };
}

const reasonOf = (shedder: ReturnType<typeof setup>['shedder'], head: RequestHead) =>
  shedder.judge(head)?.reason;

describe('a process that can do what it is asked', () => {
  it('refuses nothing', () => {
    const { shedder } = setup();
    for (const head of [WRITE, READ, ...HEALTH]) expect(shedder.judge(head)).toBeUndefined();
    expect(shedder.reasons()).toEqual([]);
  });
});

describe.each([
  ['in-flight', { accepts: 80 }],
  ['memory', { isFull: true }],
  ['redis-away', { isAway: true }],
] as const)('%s', (reason, state) => {
  it('refuses writes, and neither reads nor health', () => {
    const { world, shedder } = setup();
    Object.assign(world, state);
    expect(reasonOf(shedder, WRITE)).toBe(reason);
    expect(reasonOf(shedder, { ...WRITE, method: 'DELETE', path: '/api/appointments/1' })).toBe(reason);
    for (const head of [READ, ...HEALTH]) expect(reasonOf(shedder, head)).toBeUndefined();
    expect(shedder.reasons()).toEqual([reason]);
  });

  it('is over at once when its cause is', () => {
    const { world, shedder } = setup();
    const before = { ...world };
    Object.assign(world, state);
    shedder.judge(WRITE);
    Object.assign(world, before);
    expect(shedder.judge(WRITE)).toBeUndefined();
    expect(shedder.reasons()).toEqual([]);
  });
});

describe('in flight', () => {
  it('takes the last one that there is room for', () => {
    const { world, shedder } = setup();
    world.accepts = 79;
    expect(shedder.judge(WRITE)).toBeUndefined();
  });

  it('takes a rush only while the loop has not been late for long', () => {
    const { world, shedder } = setup();
    world.accepts = 80 * LATE_PART;
    expect(shedder.judge(WRITE)).toBeUndefined();
    for (let sample = 0; sample < 3; sample++) shedder.observe(500);
    expect(reasonOf(shedder, WRITE)).toBe('event-loop');
    for (let sample = 0; sample < 100; sample++) shedder.observe(0);
    expect(reasonOf(shedder, WRITE)).toBe('event-loop');
    for (let sample = 0; sample < 400; sample++) shedder.observe(0);
    expect(shedder.judge(WRITE)).toBeUndefined();
  });

  it('takes no rush in the tick after a late one', () => {
    const { world, shedder } = setup();
    world.accepts = 80 * LATE_PART;
    world.delayMs = 51;
    expect(reasonOf(shedder, WRITE)).toBe('event-loop');
    expect(shedder.isAtRest()).toBe(true);
    world.accepts -= 1;
    expect(shedder.judge(WRITE)).toBeUndefined();
    Object.assign(world, { accepts: 79, delayMs: 50 });
    expect(shedder.judge(WRITE)).toBeUndefined();
  });

  it('takes any number when the setting is 0', () => {
    const { world, shedder } = setup({ acceptsInFlightMax: 0 });
    world.accepts = 1_000_000;
    expect(shedder.judge(WRITE)).toBeUndefined();
  });
});

describe('Redis away', () => {
  it('lets a write with an idempotency key in: PostgreSQL may know it', () => {
    const { world, shedder } = setup();
    world.isAway = true;
    expect(shedder.judge({ ...WRITE, hasKey: true })).toBeUndefined();
  });
});

describe('a lagging event loop', () => {
  const lag = (shedder: ReturnType<typeof setup>['shedder'], delayMs: number, samples = 100) => {
    for (let sample = 0; sample < samples; sample++) shedder.observe(delayMs);
  };

  it('leaves less room for writes, and takes a few at the worst', () => {
    const { world, shedder } = setup();
    lag(shedder, 100, 5);
    world.accepts = 9;
    expect(reasonOf(shedder, WRITE)).toBe('event-loop');
    expect(shedder.reasons()).toEqual(['event-loop']);
    lag(shedder, 500);
    world.accepts = 2;
    expect(reasonOf(shedder, WRITE)).toBe('event-loop');
    world.accepts = 1;
    expect(shedder.judge(WRITE)).toBeUndefined();
    world.accepts = 80;
    expect(reasonOf(shedder, WRITE)).toBe('in-flight');
  });

  it('refuses writes by the share of the others where they have no limit', () => {
    const { world, shedder } = setup({ acceptsInFlightMax: 0 });
    world.accepts = 1_000;
    lag(shedder, 500);
    const refused = Array.from({ length: 100 }, () => shedder.judge(WRITE));
    expect(refused.filter((one) => one !== undefined).length).toBeGreaterThan(75);
  });

  it('refuses nearly all of the others, and never health', () => {
    const { shedder } = setup();
    lag(shedder, 500);
    const refused = Array.from({ length: 200 }, () => shedder.judge(READ));
    expect(refused.filter((one) => one?.reason === 'event-loop').length).toBeGreaterThan(150);
    expect(refused.filter((one) => one === undefined).length).toBeGreaterThan(0);
    for (const head of HEALTH) expect(shedder.judge(head)).toBeUndefined();
    expect(shedder.reasons()).toEqual(['event-loop']);
  });

  it('refuses a share evenly: never many in a row, nor few', () => {
    const { shedder } = setup();
    // About a third, and held there.
    while (shedder.judge(READ) === undefined) shedder.observe(480);
    lag(shedder, 320, 1_000);
    const refused = Array.from({ length: 300 }, () => shedder.judge(READ) !== undefined);
    const share = refused.filter(Boolean).length / refused.length;
    for (let at = 0; at + 30 <= refused.length; at += 30) {
      const part = refused.slice(at, at + 30).filter(Boolean).length / 30;
      expect(Math.abs(part - share)).toBeLessThanOrEqual(1 / 30);
    }
  });

  it('is not looked at when the setting is 0', () => {
    const { shedder } = setup({ loopDelayMaxMs: 0 });
    lag(shedder, 10_000);
    expect(shedder.judge(READ)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  it('spreads those who return over the time that the overload has lasted, and begins anew after a pause', () => {
    const { world, shedder } = setup();
    Object.assign(world, { isFull: true, chance: 0.99 });
    expect(shedder.judge(WRITE)?.retryAfterS).toBe(1);
    for (; world.now < 10_000; world.now += 500) shedder.judge(WRITE);
    expect(shedder.judge(WRITE)?.retryAfterS).toBe(10);
    world.chance = 0;
    expect(shedder.judge(WRITE)?.retryAfterS).toBe(1);
    Object.assign(world, { now: world.now + 60_000, chance: 0.99 });
    expect(shedder.judge(WRITE)?.retryAfterS).toBe(1);
  });
});
