// The clients of a run. With `AUTH=none` there is one without a key; with `AUTH=keys` mostly an operator, sometimes the
// key of an org, a key with one scope, or a key that must be refused.

import { makeKey } from '@slotline/testkit';
import type { Cluster } from '../chaos/cluster.ts';
import type { Header } from './http/exchange.ts';
import { ANYBODY, type Asker, type ChooseAsker, type World } from './world.ts';

export type Auth = 'none' | 'keys';

type Askers = Pick<World, 'chooseAsker' | 'operator' | 'secrets'>;

const ORGS = 24;
const ORG_SHARE = 0.3;
const LIMITED_SHARE = 0.06;
const STRANGER_SHARE = 0.1;
/** Far beyond what is promised, for a machine with other things to do. */
const REVOKED_WITHIN_MS = 20_000;
const SCOPES = ['read', 'write', 'webhooks'] as const;

export async function makeAskers(cluster: Cluster, auth: Auth): Promise<Askers> {
  if (auth === 'none') return { chooseAsker: () => ANYBODY, operator: ANYBODY, secrets: [] };
  const key = (options: Parameters<typeof makeKey>[1]) => makeKey(cluster, options);
  const operatorKey = await key({ scopes: ['admin'] });
  const operator: Asker = { headers: [bearer(operatorKey)], scopes: 'all' };
  const orgKeys: string[] = [];
  const orgs: Asker[] = [];
  const limited: Asker[] = [];
  for (let number = 0; number < ORGS; number++) {
    const orgId = `org-of-key-${number}`;
    const scope = SCOPES[number % SCOPES.length] ?? 'read';
    const [whole, part] = [await key({ orgId, scopes: SCOPES }), await key({ orgId, scopes: [scope] })];
    orgKeys.push(whole, part);
    orgs.push({ orgId, headers: [bearer(whole)], scopes: new Set(SCOPES) });
    limited.push({ orgId, headers: [bearer(part)], scopes: new Set([scope]) });
  }
  const strangers = await makeStrangers(cluster, operatorKey, orgKeys[0] ?? '');
  const chooseAsker: ChooseAsker = ({ dice }, operation) => {
    // A conversation names many orgs.
    if (operation === undefined) return operator;
    if (dice.chance(STRANGER_SHARE)) return dice.pick(strangers);
    if (dice.chance(LIMITED_SHARE)) return dice.pick(limited);
    return dice.chance(ORG_SHARE) ? dice.pick(orgs) : operator;
  };
  return { chooseAsker, operator, secrets: [operatorKey, ...orgKeys].map(secretOf) };
}

async function makeStrangers(cluster: Cluster, operatorKey: string, known: string): Promise<Asker[]> {
  const revoked = await makeKey(cluster, { orgId: 'revoked', scopes: SCOPES });
  const [, keyId] = revoked.split('_');
  const answer = await fetch(`${cluster.adminUrl}/api/admin/keys/${keyId}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${operatorKey}` },
  });
  if (!answer.ok) throw new Error(`a key could not be revoked: ${answer.status}`);
  await untilRefused(cluster, revoked);
  const expired = await makeKey(cluster, {
    orgId: 'old',
    scopes: SCOPES,
    expiresAt: new Date(Date.now() - 1_000),
  });
  const unknown = `slk_${'0'.repeat(16)}_${'a'.repeat(43)}`;
  const texts = [
    '',
    'Bearer',
    'Bearer ',
    'Bearer x',
    `Basic ${Buffer.from(known).toString('base64')}`,
    known,
    `Bearer ${known}x`,
    `Bearer ${known.slice(0, -1)}`,
    `Bearer ${known.slice(0, -1)}${known.endsWith('a') ? 'b' : 'a'}`,
    `Bearer ${known} ${known}`,
    `Bearer ${known},${known}`,
    `Bearer ${known.toUpperCase()}`,
    `Bearer ${unknown}`,
    `Bearer ${revoked}`,
    `Bearer ${expired}`,
    `Bearer ${'x'.repeat(9_000)}`,
    'Bearer eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImFkbWluIn0.',
    'Bearer slk_\u00e9',
  ];
  const nobody: Asker = { headers: [], scopes: 'none' };
  return [nobody, ...texts.map((text): Asker => ({ headers: [['authorization', text]], scopes: 'none' }))];
}

/** A process learns of a revocation within two seconds, and may accept the key until then. */
async function untilRefused(cluster: Cluster, key: string): Promise<void> {
  const deadline = performance.now() + REVOKED_WITHIN_MS;
  for (;;) {
    const headers = { authorization: `Bearer ${key}` };
    const { status } = await fetch(`${cluster.url}/api/appointments`, { headers });
    if (status === 401) return;
    if (performance.now() > deadline) throw new Error(`a revoked key was answered ${status} for too long`);
  }
}

function bearer(key: string): Header {
  return ['authorization', `Bearer ${key}`];
}

/** The secret half of a key, which must not be stored or logged. */
function secretOf(key: string): string {
  return key.split('_')[2] ?? key;
}
