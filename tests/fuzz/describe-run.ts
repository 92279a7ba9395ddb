// A run in words: the line of progress, the figures at the end, and each finding with all it takes to see it again.

import type { Auth } from './askers.ts';
import { toCurl } from './http/to-curl.ts';
import type { FuzzResult, Progress } from './run-fuzz.ts';
import type { Finding } from './traffic.ts';

const BAR_CELLS = 24;
const MB = 1024 * 1024;

export function describeProgress({ phase, share, requests, findings }: Progress): string {
  const filled = Math.floor(Math.min(share, 1) * BAR_CELLS);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_CELLS - filled)}]`;
  const found = findings === 0 ? '' : `  ${findings} findings`;
  return `${bar} ${Math.floor(Math.min(share, 1) * 100)}%  ${phase}  ${count(requests)} requests${found}`;
}

export function describeResult({ traffic, ...result }: FuzzResult, seed: number): string {
  const { tally, ledger } = traffic;
  const least = [...tally.byOperation].sort(([, one], [, other]) => one - other)[0];
  const lines = [
    `${count(tally.requests)} requests in ${count(result.cases)} cases, ${result.seconds.toFixed(1)} s, ${count(tally.requests / result.seconds)}/s, seed ${seed}`,
    `statuses    ${describeCounts(classesOf(tally.byStatus))}; ${describeCounts(sorted(tally.byStatus))}; cut off ${tally.closed}, excused ${tally.excused}`,
    `valid       ${count(tally.valid)} requests, ${share(tally.validTaken, tally.valid)} taken; spoilt ${count(tally.mutated)}, ${share(tally.mutatedRefused, tally.mutated)} refused`,
    `operations  ${tally.byOperation.size} asked for, the least often ${least?.[0]} (${count(least?.[1] ?? 0)} times); ${tally.byMutation.size} ways of spoiling`,
    `outcomes    ${describeCounts(Object.entries(result.outcomes))}; ${count(ledger.accepted.size)} accepted`,
    `traces      ${count(ledger.refused.size)} marks of refused requests looked for among ${count(result.marksFound)} that were found`,
    `answers     p50 ${tally.latency(0.5).toFixed(1)} ms, p99 ${tally.latency(0.99).toFixed(1)} ms, slowest ${tally.latency(1).toFixed(0)} ms`,
    `event loop  of the API: delay p99 ${result.figures.loopP99Ms.toFixed(1)} ms, longest ${result.figures.loopMaxMs.toFixed(1)} ms`,
    `memory      API ${(result.peakMemory.api / MB).toFixed(0)} MB at its highest, worker ${result.peakMemory.workers.map((bytes) => (bytes / MB).toFixed(0)).join(', ')} MB`,
    `processor   a request: ${['fuzzer', 'API', 'worker'].map((name, at) => `${name} ${(((result.cpuSeconds[at] ?? 0) / tally.requests) * 1_000).toFixed(2)} ms`).join(', ')}`,
    ...(result.isInterrupted ? ['interrupted: the stores were not looked at'] : []),
    traffic.foundCount === 0
      ? 'nothing found'
      : `${traffic.foundCount} findings, ${traffic.findings.length} of them shown`,
  ];
  return lines.join('\n');
}

/** `seed` and `auth` are those of the run. */
export function describeFinding(finding: Finding, { seed, auth }: { seed: number; auth: Auth }): string {
  const how = auth === 'none' ? '' : ` --auth ${auth}`;
  const { check, detail, caseNumber, operationId, mutations, request } = finding;
  const what = [operationId, ...mutations].filter((part) => part !== undefined).join(', ');
  return [
    `✗ ${check}${what === '' ? '' : ` (${what})`}`,
    `  ${detail}`,
    ...(request === undefined ? [] : [`  $ ${toCurl(request)}`]),
    ...(caseNumber >= 0 ? [`  $ pnpm fuzz --seed ${seed} --only ${caseNumber}${how}`] : []),
  ].join('\n');
}

function sorted(counts: ReadonlyMap<number, number>): [string, number][] {
  return [...counts].sort(([one], [other]) => one - other).map(([status, times]) => [String(status), times]);
}

function classesOf(counts: ReadonlyMap<number, number>): [string, number][] {
  const classes = new Map<string, number>();
  for (const [status, times] of counts) {
    const name = `${Math.floor(status / 100)}xx`;
    classes.set(name, (classes.get(name) ?? 0) + times);
  }
  return [...classes].sort(([one], [other]) => one.localeCompare(other));
}

function describeCounts(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([name, times]) => `${name} ${count(times)}`).join(', ');
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function share(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.round((part / whole) * 100)} %`;
}
