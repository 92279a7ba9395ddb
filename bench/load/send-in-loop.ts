// A closed loop: every connection is a client that sends its next booking when it was answered, and a refused one again
// at once.

import { REFUSALS, type Loop } from './flood.ts';
import { Latencies, type Sending } from './latencies.ts';
import { WAIT, type RawConnection } from './raw-connection.ts';
import { bodyOf } from './traffic.ts';

/** Resolves when the time is over and every connection has its last answer. */
export async function sendInLoop(
  { traffic, from, seconds, isWaiting }: Loop,
  connections: readonly RawConnection[],
): Promise<Sending> {
  const plain = new Latencies();
  const endsAt = performance.now() + seconds * 1_000;
  const headers = isWaiting ? WAIT : '';
  let sent = 0;
  const runClient = (connection: RawConnection) =>
    new Promise<void>((resolve) => {
      const send = (number: number, firstAt: number, sentAt: number) => {
        connection.post(bodyOf(traffic, from + number), headers, (status) => {
          const now = performance.now();
          const isRefused = REFUSALS.includes(status);
          plain.note(status, now - (isRefused ? sentAt : firstAt));
          if (now >= endsAt) resolve();
          else if (isRefused) send(number, firstAt, now);
          else send(sent++, now, now);
        });
      };
      const now = performance.now();
      send(sent++, now, now);
    });
  await Promise.all(connections.map(runClient));
  return { sent, plain, waited: new Latencies(), late: [] };
}
