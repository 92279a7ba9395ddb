// The surrogate keys of orgs and resources. They are created before the transaction, in separate statements, so
// that no transaction waits for another one's key. They never change, so they are cached. A key whose request is
// never decided is harmless.

import type pg from 'pg';

import { toBinaryArray } from '../sql/binary-array.ts';
import { BoundedMap } from './bounded-map.ts';
import { sendTogether } from '../sql/round-trip.ts';
import { toColumns, type Statement } from '../sql/statement.ts';

/** Most keys cached by one decider, for orgs and for resources each. About 100 bytes per key. */
const KEYS_REMEMBERED_MAX = 100_000;

export const FIND_ORGS = `
  select k.name, o.org_key as key
  from unnest($1::text[]) as k(name)
  cross join lateral (select org_key from orgs where org_id = k.name limit 1) o`;
// Sorted, so that two callers that create the same keys cannot deadlock.
const MAKE_ORGS = `
  insert into orgs (org_id) select name from unnest($1::text[]) as k(name) order by name
  on conflict do nothing`;
export const FIND_RESOURCES = `
  select k.org_key || ' ' || k.name as name, r.resource_key as key
  from unnest($1::int[], $2::text[]) as k(org_key, name)
  cross join lateral (
    select resource_key from resources where org_key = k.org_key and resource_id = k.name limit 1
  ) r`;
const MAKE_RESOURCES = `
  insert into resources (org_key, resource_id)
  select org_key, name from unnest($1::int[], $2::text[]) as k(org_key, name) order by org_key, name
  on conflict do nothing`;

export interface ResourceName {
  readonly orgKey: number;
  readonly resourceId: string;
}

export class SurrogateKeys {
  readonly #orgs = new BoundedMap<string, number>(KEYS_REMEMBERED_MAX);
  readonly #resources = new BoundedMap<string, number>(KEYS_REMEMBERED_MAX);

  /** The keys of these orgs by org id. Needs no round trip if all are cached. */
  async ofOrgs(client: pg.ClientBase, orgIds: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    return ensure(client, this.#orgs, [...new Set(orgIds)], (names) => ({
      find: { name: 'find-orgs', text: FIND_ORGS, values: [toBinaryArray('text', names)] },
      make: { name: 'make-orgs', text: MAKE_ORGS, values: [toBinaryArray('text', names)] },
    }));
  }

  /** The keys of these resources by {@link nameOf}. */
  async ofResources(
    client: pg.ClientBase,
    resources: Iterable<ResourceName>,
  ): Promise<ReadonlyMap<string, number>> {
    const byName = new Map([...resources].map((resource) => [nameOf(resource), resource]));
    return ensure(client, this.#resources, [...byName.keys()], (names) => {
      const missing = names.flatMap((name) => byName.get(name) ?? []);
      const values = toColumns(missing, { orgKey: 'int', resourceId: 'text' });
      return {
        find: { name: 'find-resources', text: FIND_RESOURCES, values },
        make: { name: 'make-resources', text: MAKE_RESOURCES, values },
      };
    });
  }
}

/** One text for a resource across all orgs: the org's key is a number and cannot contain the space. */
export function nameOf({ orgKey, resourceId }: ResourceName): string {
  return `${orgKey} ${resourceId}`;
}

type Look = (names: readonly string[]) => { find: Statement; make: Statement };

// Keys are looked up first and created only if missing: `on conflict do nothing` consumes a value of the identity
// column even if it inserts nothing.
async function ensure(
  client: pg.ClientBase,
  remembered: BoundedMap<string, number>,
  names: readonly string[],
  look: Look,
): Promise<ReadonlyMap<string, number>> {
  const keys = new Map<string, number>();
  for (const name of names) {
    const key = remembered.get(name);
    if (key !== undefined) keys.set(name, key);
  }
  const learn = async (make: boolean) => {
    const missing = names.filter((name) => !keys.has(name));
    if (missing.length === 0) return;
    const statements = look(missing);
    const answers = await sendTogether(client, make ? [statements.make, statements.find] : [statements.find]);
    for (const { name, key } of (answers.at(-1)?.rows ?? []) as { name: string; key: number }[]) {
      keys.set(name, key);
      remembered.set(name, key);
    }
  };
  await learn(false);
  await learn(true);
  return keys;
}
