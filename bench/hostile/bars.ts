// The bars of an attack: what the victim may feel and the service may take while it lasts. Pure.

import type { Figure } from '../figures/figure.ts';
import type { AttackReport } from './measure-attack.ts';
import { ACTIVITIES } from './victim-messages.ts';

const P99_RATIO_MAX = 3;
const P99_MS_MAX = 250;
const REDIS_COMMAND_MS_MAX = 50;
const LOOP_DELAY_P99_MS_MAX = 50;
const API_MB_MAX = 400;
const WORKER_MB_MAX = 300;

/** How often the victim was answered with a status of 500 or more, or not at all. */
function countFailures({ during }: AttackReport): number {
  return Object.values(during.answers)
    .flatMap((answers) => Object.entries(answers))
    .filter(([status]) => status === '0' || Number(status) >= 500)
    .reduce((sum, [, count]) => sum + count, 0);
}

/** The figures of one attack over its rounds, each against its bar; and the victim's other times against those alone. */
export function toFigures(reports: readonly AttackReport[]): readonly Figure[] {
  const name = (what: string) => `${reports[0]?.attack ?? ''}: ${what}`;
  const each = (read: (report: AttackReport) => number) => reports.map(read);
  const bar = (what: string, unit: Figure['unit'], max: number, read: (report: AttackReport) => number) => ({
    ...{ name: name(what), unit, reference: 'bar', goal: 1 },
    ours: each(read),
    theirs: each(() => max),
  });
  const none = (what: string, read: (report: AttackReport) => number) => ({
    ...bar(what, 'times', 1, read),
    reference: 'a single one',
    goal: 0,
  });
  const againstAlone = ACTIVITIES.map((activity) => ({
    name: name(`${activity}, p99`),
    unit: 'ms' as const,
    reference: 'alone',
    ours: each(({ during }) => during.experiences[activity].p99),
    theirs: each(({ alone }) => alone.experiences[activity].p99),
    ...(activity === 'booking' ? { goal: P99_RATIO_MAX } : {}),
  }));
  return [
    none('5xx or no answer', countFailures),
    ...againstAlone,
    bar('booking, p99', 'ms', P99_MS_MAX, ({ during }) => during.experiences.booking.p99),
    bar('longest Redis command', 'ms', REDIS_COMMAND_MS_MAX, ({ service }) => service.redisCommand.ms),
    bar('loop delay, p99', 'ms', LOOP_DELAY_P99_MS_MAX, ({ service }) => service.loopDelay.p99Ms),
    bar('API at most', 'MB', API_MB_MAX, ({ service }) => service.apiMb),
    bar('worker at most', 'MB', WORKER_MB_MAX, ({ service }) => service.workerMb),
    none('processes that ended', ({ service }) => service.ended.length),
  ];
}
