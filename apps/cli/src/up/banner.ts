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

/** With AUTH=keys nobody gets in until somebody makes a key, and that is done where the database is. */
function firstKey({ auth, command }: Pick<BannerFacts, 'auth' | 'command'>): string {
  if (auth === 'jwt') return 'Whoever asks needs a token: put it into SLOTLINE_KEY for the lines below.\n\n';
  if (auth !== 'keys') return '';
  return `Make a key for an org, and put it into SLOTLINE_KEY for the lines below (\`--operator\` makes one for you):
  ${command} keys create --org default --scopes read,write,webhooks

`;
}

/** Terminals are recorded and looked at by others. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

export interface BannerFacts {
  address: string;
  /** Where operators look: metrics, orgs, quarantine, keys. */
  adminAddress: string;
  /** Who may ask: `none` is everybody. */
  auth: string;
  /** What to type for `slotline`. */
  command: string;
  /** Left out when none of the servers is ours. */
  dataDir?: string;
  databaseUrl?: string;
  redisUrl?: string;
  now: Date;
}

/** Ends with a newline. */
export function banner(given: BannerFacts): string {
  const { address, adminAddress, auth, command, dataDir, databaseUrl, redisUrl, now } = given;
  const withKey = auth === 'none' ? '' : ` -H "Authorization: Bearer $SLOTLINE_KEY"`;
  const facts: [string, string | undefined][] = [
    ['Documentation', `${address}/api/docs`],
    ['Operators', `${adminAddress}/metrics`],
    ['Commands', `${command} --help`],
    ['Data', dataDir && `${dataDir} (survives restarts)`],
    ['PostgreSQL', databaseUrl && withoutPassword(databaseUrl)],
    ['Redis', redisUrl && withoutPassword(redisUrl)],
    ['Passwords', dataDir && `${dataDir}/*.password`],
    ['Stop', 'Ctrl-C'],
  ];
  return `
Slotline is ready at ${address}

${firstKey(given)}Book an appointment:
  curl -i ${address}/api/appointments${withKey} -H 'content-type: application/json' -d '${exampleBooking(now)}'

See the outcome (the Location header of the answer has the request; this is the appointment):
  curl -i ${address}/api/appointments/42${withKey}

${facts.flatMap(([name, fact]) => (fact === undefined ? [] : `${name.padEnd(14)} ${fact}\n`)).join('')}
`;
}
