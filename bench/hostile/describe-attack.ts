// What was seen of one attack, in lines for the progress of a run.

import { isReached } from '../figures/figure.ts';
import { toFigures } from './bars.ts';
import type { AttackReport } from './measure-attack.ts';
import { ACTIVITIES } from './victim-messages.ts';

export function describeAttack(report: AttackReport): readonly string[] {
  const { alone, during, prepared, attacked, service } = report;
  const { redisCommand, loopDelay, ended } = service;
  const times = ACTIVITIES.map((activity) => {
    const [before, now] = [alone.experiences[activity], during.experiences[activity]];
    const missing = now.missing > 0 ? `, ${now.missing} never came` : '';
    return `victim's ${activity}: p50 ${inMs(now.p50)} and p99 ${inMs(now.p99)} ms; alone ${inMs(before.p50)} and ${inMs(before.p99)}${missing}`;
  });
  const { booking, list, stream } = during.answers;
  return [
    ...times,
    `victim was answered: bookings ${describeAnswers(booking)}; lists ${describeAnswers(list)}; streams ${describeAnswers(stream)}`,
    `attacker was answered: ${describeAnswers(attacked.answers)}, at most ${attacked.answerBytesMax} bytes; before, ${describeAnswers(prepared.answers)}`,
    `API ${inMb(service.apiMb)}, worker ${inMb(service.workerMb)}, Redis ${inMb(service.redisMb)} at most`,
    `longest Redis command ${inMs(redisCommand.ms)} ms ${redisCommand.words}`.trimEnd(),
    `loop delay p99 ${inMs(loopDelay.p99Ms)} ms, none over ${inMs(loopDelay.maxMs)} ms`,
    ...ended,
    describeVerdict(report),
  ];
}

function describeVerdict(report: AttackReport): string {
  const judged = toFigures([report]).filter(({ goal }) => goal !== undefined);
  const missed = judged.filter((figure) => isReached(figure) !== true);
  if (missed.length === 0) return `all ${judged.length} bars hold`;
  const names = missed.map(({ name, reference }) => `${name.slice(name.indexOf(':') + 2)} (${reference})`);
  return `MISSED ${missed.length} of ${judged.length} bars: ${names.join('; ')}`;
}

function describeAnswers(answers: Readonly<Record<number, number>>): string {
  const counts = Object.entries(answers).map(
    ([status, count]) => `${count} × ${status === '0' ? 'none' : status}`,
  );
  return counts.length === 0 ? 'nothing' : counts.join(', ');
}

function inMs(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toFixed(1);
}

function inMb(mb: number): string {
  return `${mb.toFixed(0)} MB`;
}
