/** The text that `up` prints when everything is ready: commands to paste, and the URLs and folders in use. */

/** The example books tomorrow morning, which is not in the past and stays the same all day. */
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

/** With AUTH=keys no request is accepted until a key is created, which needs access to the database. */
function firstKey({ auth, command }: Pick<BannerFacts, 'auth' | 'command'>): string {
  if (auth === 'jwt') return 'Requests need a token: put it into SLOTLINE_KEY for the commands below.\n\n';
  if (auth !== 'keys') return '';
  return `Create a key for an org, and put it into SLOTLINE_KEY for the commands below (\`--operator\`: a key for operators):
  ${command} keys create --org default --scopes read,write,webhooks

`;
}

/** The banner omits passwords, because terminals are recorded and shared. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

export interface BannerFacts {
  address: string;
  /** The operators' port: metrics, orgs, quarantine, keys. */
  adminAddress: string;
  /** The AUTH setting; with `none` requests need no credentials. */
  auth: string;
  /** The command line that runs `slotline`. */
  command: string;
  /** Set when at least one of the servers is our own. */
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

See the outcome (this is the appointment; the Location header of the response above leads to the request):
  curl -i ${address}/api/appointments/42${withKey}

${facts.flatMap(([name, fact]) => (fact === undefined ? [] : `${name.padEnd(14)} ${fact}\n`)).join('')}
`;
}
