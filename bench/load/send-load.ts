// The load itself. undici with one request at a time on each connection: measured here against autocannon 8,
// every body another one, 25 against 37 µs of CPU a request (30,000/s against 12,000/s at 64 connections), and
// on a machine that they share the generator's time is missing from the system.

import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { ClosedLoad, Load, LoadResult, OpenLoad } from './load.ts';
import { bodyOf } from './traffic.ts';

/** Over this without an answer a system counts as broken. */
const ANSWER_MS_MAX = 30_000;

/** Sends a load and resolves when all of it was answered. Throws on an answer that was not expected. */
export async function sendLoad(load: Load): Promise<LoadResult> {
  const pool = new Pool(load.address, {
    connections: load.connections,
    pipelining: 1,
    headersTimeout: ANSWER_MS_MAX,
    bodyTimeout: ANSWER_MS_MAX,
  });
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  try {
    const latenciesMs = load.kind === 'closed' ? [] : await sendOpen(pool, load);
    const sent = load.kind === 'closed' ? await sendClosed(pool, load) : load.requests;
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    return { sent, elapsedMs, generatorBusy: (user + system) / 1_000 / elapsedMs, latenciesMs };
  } finally {
    await pool.destroy();
  }
}

async function sendClosed(pool: Pool, load: ClosedLoad): Promise<number> {
  const endsAt = performance.now() + (load.seconds ?? Infinity) * 1_000;
  let sent = 0;
  const client = async () => {
    while (sent < load.requestsMax && performance.now() < endsAt) await send(pool, load, sent++);
  };
  await Promise.all(Array.from({ length: load.connections }, client));
  return sent;
}

/** A request that cannot be sent at its time, because all connections wait, is late from its time on. */
async function sendOpen(pool: Pool, load: OpenLoad): Promise<number[]> {
  const firstAt = performance.now();
  const answers: Promise<number>[] = [];
  for (let number = 0; number < load.requests; number++) {
    const intendedAt = firstAt + (number * 1_000) / load.perSecond;
    const early = intendedAt - performance.now();
    if (early > 0) await sleep(early);
    const answer = send(pool, load, number).then(() => performance.now() - intendedAt);
    answer.catch(() => {}); // a failure is thrown at the end, when all answers are awaited
    answers.push(answer);
  }
  return Promise.all(answers);
}

function send(pool: Pool, load: Load, number: number): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    ...(load.waitSeconds === undefined ? {} : { prefer: `wait=${load.waitSeconds}` }),
  };
  const body = bodyOf(load.traffic, load.from + number);
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    pool.dispatch(
      { path: '/api/appointments', method: 'POST', headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: (_, statusCode) => void (status = statusCode),
        onResponseData: (_, chunk) => {
          if (!load.expected.includes(status)) text += chunk.toString();
        },
        onResponseEnd: () => {
          if (load.expected.includes(status)) resolve();
          else reject(new Error(`answered ${status}: ${text.slice(0, 500)}`));
        },
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}
