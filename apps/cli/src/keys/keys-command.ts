// `slotline keys`: creates, lists and revokes the API keys of a service with AUTH=keys.

import { isKeyId, newApiKey, parseApiKey, presentKey } from '@slotline/contract';
import { createKey, listKeys, revokeKey, type KeyRecord } from '@slotline/db';
import { Command } from 'commander';
import { show, type AdminTerminal } from '../admin/admin-command.ts';
import { CliError } from '../cli-error.ts';
import { describeNewKey, formatKeys } from './format-keys.ts';
import { readNewKey, type CreateOptions } from './key-options.ts';
import { withKeysDatabase } from './with-keys-database.ts';

const HELP = `
Scopes of an org's key: read, write, webhooks; none includes another. An operator's key has all permissions for every
org. Keys are used when the service runs with AUTH=keys. A new key works at once; a revoked key stops within 2 s.

Environment:
  DATABASE_URL   the database of the service; unset: that of the \`slotline up\` on this machine
  DATA_DIR       the data folder of that \`slotline up\` (.slotline)

Examples:
  slotline keys create --org acme --scopes read,write --name "front desk" --expires 90d
  slotline keys create --operator --name "on call"
  slotline keys list --org acme
  slotline keys revoke 0a1b2c3d4e5f6g7h
`;

/** Keys read per page of the list. */
const PAGE_LIMIT = 500;

export function keysCommand(terminal: AdminTerminal): Command {
  return new Command('keys')
    .summary('create, list and revoke API keys')
    .description('Creates, lists and revokes API keys, directly in the database.')
    .addHelpText('after', HELP)
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(revokeCommand(terminal));
}

function createCommand(terminal: AdminTerminal): Command {
  return new Command('create')
    .description('Creates a key and shows it once.')
    .option('--org <org>', 'the org that the key belongs to')
    .option('--operator', 'create an operator’s key instead of an org’s')
    .option('--scopes <scopes>', 'what an org’s key may do: read, write, webhooks')
    .option('--name <name>', 'a name that says where the key is used')
    .option('--expires <when>', 'days, as in 90d, or a date; default: never')
    .option('--json', 'print the key as one JSON object')
    .addHelpText('after', HELP)
    .action(async (options: CreateOptions) => {
      const { orgId = null, name, scopes, expiresAt = null } = readNewKey(options, Date.now());
      const { keyId, secretHash, text } = newApiKey();
      const made = await withKeysDatabase(terminal.env, (db) =>
        createKey(db, { keyId, secretHash, orgId, name, scopes, expiresAt }),
      );
      const key = presentKey(made);
      show(terminal, { ...key, key: text }, options, () => describeNewKey(key, text));
    });
}

function listCommand(terminal: AdminTerminal): Command {
  return new Command('list')
    .description('Lists keys, newest first, revoked and expired ones too. Never shows the secret.')
    .option('--org <org>', 'only those of this org')
    .option('--json', 'print them as a JSON array')
    .addHelpText('after', HELP)
    .action(async (options: { org?: string; json?: true }) => {
      const keys = (await listAll(terminal, options.org)).map(presentKey);
      show(terminal, keys, options, () => formatKeys(keys, Date.now()));
    });
}

function listAll(terminal: AdminTerminal, orgId: string | undefined): Promise<readonly KeyRecord[]> {
  return withKeysDatabase(terminal.env, async (db) => {
    const all: KeyRecord[] = [];
    for (let after: string | undefined; ;) {
      const page = await listKeys(db, { orgId, after, limit: PAGE_LIMIT });
      all.push(...page.keys);
      after = page.next;
      if (after === undefined) return all;
    }
  });
}

function revokeCommand(terminal: AdminTerminal): Command {
  return new Command('revoke')
    .description('Revokes a key permanently; it stops working within 2 s. Repeating it is harmless.')
    .argument('<id>', 'the id of the key, as shown in the list')
    .option('--json', 'print the key as one JSON object')
    .addHelpText('after', HELP)
    .action(async (id: string, options: { json?: true }) => {
      // Also accepts the whole key, because a leaked key is found as its whole text.
      const keyId = parseApiKey(id)?.keyId ?? id;
      const revoked = isKeyId(keyId)
        ? await withKeysDatabase(terminal.env, (db) => revokeKey(db, keyId))
        : undefined;
      if (revoked === undefined) {
        throw new CliError('There is no key with that id. `slotline keys list` shows the ids.');
      }
      show(terminal, presentKey(revoked), options, () => `${keyId} is revoked: it stops working within 2 s.`);
    });
}
