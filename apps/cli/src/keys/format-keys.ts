// Formats API keys for the terminal: a new key with instructions, and the list of keys.

import type { KeyResource } from '@slotline/contract';
import { printable } from '@slotline/runtime';
import { formatTable } from '../admin/format-table.ts';

/** Shows the new key once, with instructions for its use. */
export function describeNewKey(key: KeyResource, text: string): string {
  const whose = key.orgId === undefined ? 'an operator' : `the org ${printable(key.orgId)}`;
  const until = key.expiresAt === undefined ? 'until it is revoked' : `until ${key.expiresAt}`;
  return `${text}

That is the key of ${whose}, good for ${key.scopes.join(', ')} ${until}.
Store it now: only a hash of it is kept, so it is never shown again.

Use it:
${usage(key)}
See when it was last used, or revoke it:
  slotline keys list
  slotline keys revoke ${key.keyId}`;
}

function usage({ orgId }: KeyResource): string {
  if (orgId !== undefined) {
    return `  export SLOTLINE_KEY=slk_…
  curl -H "Authorization: Bearer $SLOTLINE_KEY" http://127.0.0.1:3000/api/appointments
`;
  }
  return `  export SLOTLINE_KEY=slk_…
  slotline orgs list
`;
}

export function formatKeys(keys: readonly KeyResource[], now: number): string {
  if (keys.length === 0) {
    return 'There is no key. Make one: slotline keys create --org ORG --scopes read,write';
  }
  return formatTable(
    ['KEY', 'ORG', 'SCOPES', 'STATE', 'CREATED', 'EXPIRES', 'LAST USED', 'NAME'],
    keys.map((key) => [
      key.keyId,
      key.orgId ?? '(operator)',
      key.scopes.join(','),
      stateOf(key, now),
      day(key.createdAt),
      day(key.expiresAt),
      minute(key.lastUsedAt),
      key.name,
    ]),
  );
}

function stateOf({ revokedAt, expiresAt }: KeyResource, now: number): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : 'in force';
}

function day(at: string | undefined): string {
  return at === undefined ? '-' : at.slice(0, 10);
}

function minute(at: string | undefined): string {
  return at === undefined ? '-' : at.slice(0, 16).replace('T', ' ');
}
