// The service as it ships, with as much to do as it can do and with more: up to its capacity nothing may be refused, and
// beyond it no less may be done.

import type { Benchmark } from '../benchmark.ts';
import { startFloodGenerator } from '../load/start-flood-generator.ts';
import { startSlotline } from '../systems/start-slotline.ts';
import { measureFullMailbox } from './full-mailbox.ts';
import { measureLoops, openLoopCourse } from './saturation-closed.ts';
import { measureOverload } from './saturation-open.ts';

/** 0 never refuses for too much. */
export const UNPROTECTED = { ADMISSION_WAIT_MAX_MS: '0' };

export const saturation: Benchmark = {
  name: 'saturation',
  summary:
    'goodput and refusals of 1 to 1,000 connections, and of half to five times the capacity, as shipped',
  run: async (run) => {
    const flood = await startFloodGenerator(run.stage);
    const shipped = await startSlotline(run.stage, { workers: 1, isBounded: true });
    const unprotected = await startSlotline(run.stage, {
      workers: 1,
      isBounded: true,
      environment: UNPROTECTED,
    });
    const loops = {
      shipped: await openLoopCourse(run, { slotline: shipped, flood, name: 'as shipped' }),
      unprotected: await openLoopCourse(run, { slotline: unprotected, flood, name: 'unprotected' }),
    };
    const figures = [...(await measureLoops(run, loops))];
    // One that has nothing to do still takes its part of the machine.
    for (const { stop } of [unprotected.server, ...unprotected.workers]) await stop();
    figures.push(...(await measureOverload(run, { slotline: shipped, flood })));
    figures.push(...(await measureFullMailbox(run, flood)));
    return figures;
  },
};
