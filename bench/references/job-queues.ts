// How (c) keeps one org's jobs one at a time with open-source BullMQ, which has no groups: every org belongs to
// one of a few queues, and each queue has one job in work. A refusal is a result, never a failed job.

import { Queue, Worker, type ConnectionOptions } from 'bullmq';

import type { Booking } from './booking.ts';
import type { Answer } from './store.ts';

/** More would cost a blocked connection each; with 1,000 orgs there is enough to do in every one. */
const QUEUES = 16;

/** What became of the latest jobs stays readable for a while, as a service that answers 202 needs it. */
const JOB_OPTIONS = { removeOnComplete: { count: 1_000 }, removeOnFail: { count: 1_000 } };

interface Place {
  readonly queueName: string;
  readonly connection: ConnectionOptions;
}

/** Converts the settings to the options of BullMQ. */
export function placeOf({ redisUrl, queueName }: { redisUrl: string; queueName: string }): Place {
  return { queueName, connection: { url: redisUrl, maxRetriesPerRequest: null } };
}

function namesOf({ queueName }: Place): string[] {
  return Array.from({ length: QUEUES }, (_, number) => `${queueName}-${number}`);
}

export class JobQueues {
  readonly #queues: readonly Queue<Booking, Answer>[];

  constructor(place: Place) {
    this.#queues = namesOf(place).map(
      (name) => new Queue(name, { connection: place.connection, defaultJobOptions: JOB_OPTIONS }),
    );
  }

  /** Resolves with the job's id once Redis has it on disk. */
  async add(booking: Booking): Promise<string> {
    const number = hashOf(booking.orgId) % QUEUES;
    const job = await this.#queues[number]?.add('book', booking);
    return `${number}-${job?.id}`;
  }

  /** Jobs that are not finished. */
  async backlog(): Promise<number> {
    const counts = await Promise.all(this.#queues.map((queue) => queue.getJobCountByTypes('wait', 'active')));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }
}

/** Works until the returned function is called. */
export function workOn(place: Place, book: (booking: Booking) => Promise<Answer>): () => Promise<void> {
  const workers = namesOf(place).map(
    (name) =>
      new Worker<Booking, Answer>(name, ({ data }) => book(data), {
        connection: place.connection,
        concurrency: 1,
      }),
  );
  for (const worker of workers) worker.on('error', (error) => console.error(error));
  return async () => {
    await Promise.all(workers.map((worker) => worker.close()));
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
