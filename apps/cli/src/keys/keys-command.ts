// `slotline keys`: who may speak to a service with AUTH=keys.

import { isKeyId, newApiKey, parseApiKey, presentKey } from '@slotline/contract';
import { createKey, listKeys, revokeKey, type KeyRecord } from '@slotline/db';
import { Command } from 'commander';
import { show, type AdminTerminal } from '../admin/admin-command.ts';
import { CliError } from '../cli-error.ts';
import { describeNewKey, formatKeys } from './format-keys.ts';
import { readNewKey, type CreateOptions } from './key-options.ts';
import { withKeysDatabase } from './with-keys-database.ts';

const HELP = `
Scopes of an org's key: read, write, webhooks; none includes another. An operator's key may do everything for every
org. Keys count where the service runs with AUTH=keys; a new key works at once, a revoked one stops within 2 s.

Environment:
  DATABASE_URL   the database of the service; unset: that of the \`slotline up\` that runs here
  DATA_DIR       where that keeps its data (.slotline)

Examples:
  slotline keys create --org acme --scopes read,write --name "front desk" --expires 90d
  slotline keys create --operator --name "on call"
  slotline keys list --org acme
  slotline keys revoke 0a1b2c3d4e5f6g7h
`;

/** Keys that one page of a list asks for. */
const PAGE_LIMIT = 500;

export function keysCommand(terminal: AdminTerminal): Command {
  return new Command('keys')
    .summary('make, list and revoke API keys')
    .description('Makes, lists and revokes API keys, in the database itself.')
    .addHelpText('after', HELP)
    .addCommand(createCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(revokeCommand(terminal));
}

function createCommand(terminal: AdminTerminal): Command {
  return new Command('create')
    .description('Makes a key and shows it, once.')
    .option('--org <org>', 'the org that it speaks for')
    .option('--operator', 'instead of an org: a key for whoever runs the service')
    .option('--scopes <scopes>', 'what an org’s key may do: read, write, webhooks')
    .option('--name <name>', 'who has it and what for')
    .option('--expires <when>', 'days, as in 90d, or a date; left out: never')
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
    .description('Ends a key for ever, everywhere within 2 s. Again is harmless.')
    .argument('<id>', 'the id of the key, as the list shows it')
    .option('--json', 'print the key as one JSON object')
    .addHelpText('after', HELP)
    .action(async (id: string, options: { json?: true }) => {
      // Whoever has found a key somewhere has its whole text.
      const keyId = parseApiKey(id)?.keyId ?? id;
      const revoked = isKeyId(keyId)
        ? await withKeysDatabase(terminal.env, (db) => revokeKey(db, keyId))
        : undefined;
      if (revoked === undefined) {
        throw new CliError('There is no key of that id. `slotline keys list` shows the ids.');
      }
      show(terminal, presentKey(revoked), options, () => `${keyId} is revoked: it stops working within 2 s.`);
    });
}
