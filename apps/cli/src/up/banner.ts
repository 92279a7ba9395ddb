/** What `up` prints once everything is ready: lines to paste, and where things are. */

/** The example is booked for tomorrow morning: not in the past, and the same all day. */
const EXAMPLE_DAYS_AHEAD = 1;

function minute(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ');
}

function exampleBooking(now: Date): string {
  const day = new Date(now);
  day.setUTCDate(day.getUTCDate() + EXAMPLE_DAYS_AHEAD);
  const date = day.toISOString().slice(0, 10);
  const [start, end] = [`${date} 10:00`, `${date} 10:30`];
  return JSON.stringify({ id: '42', start, end, createdAt: minute(now), updatedAt: minute(now) });
}

export interface BannerFacts {
  address: string;
  /** Where operators look: metrics, orgs, quarantine, keys. */
  adminAddress: string;
  /** Left out when none of the servers is ours. */
  dataDir?: string;
  databaseUrl?: string;
  redisUrl?: string;
  now: Date;
}

/** Ends with a newline. */
export function banner({ address, adminAddress, dataDir, databaseUrl, redisUrl, now }: BannerFacts): string {
  const facts: [string, string | undefined][] = [
    ['Documentation', `${address}/api/docs`],
    ['Operators', `${adminAddress} (slotline orgs, quarantine; ${adminAddress}/metrics)`],
    ['Data', dataDir && `${dataDir} (survives restarts)`],
    ['PostgreSQL', databaseUrl],
    ['Redis', redisUrl],
    ['Stop', 'Ctrl-C'],
  ];
  return `
Slotline is ready at ${address}

Book an appointment:
  curl -i ${address}/api/appointments -H 'content-type: application/json' -d '${exampleBooking(now)}'

See the outcome (the Location header of the answer has the request; this is the appointment):
  curl -i ${address}/api/appointments/42

${facts.flatMap(([name, fact]) => (fact === undefined ? [] : `${name.padEnd(14)} ${fact}\n`)).join('')}
`;
}
