// Describes the schema as text from the catalog, like a dump, but without PostgreSQL's dump program.

import type pg from 'pg';

const COLUMNS = `
  select format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then ' not null' else '' end,
    case
      when a.attidentity <> '' then ' identity'
      when a.attgenerated <> '' then ' generated ' || pg_get_expr(d.adbin, d.adrelid)
      when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid)
      else ''
    end) as line
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    and c.relname not like 'kysely%'
  order by c.relname, a.attnum`;

// PostgreSQL 18 lists `not null` among the constraints, earlier versions do not. The section of columns contains
// it.
const CONSTRAINTS = `
  select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line
  from pg_constraint
  where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 0
    and conrelid::regclass::text not like 'kysely%'
  order by conrelid::regclass::text collate "C", conname`;

const INDEXES = `
  select pg_get_indexdef(indexrelid) as line from pg_index join pg_class c on c.oid = indrelid
  where c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely%'
  order by indexrelid::regclass::text collate "C"`;

const TRIGGERS = `
  select pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class c on c.oid = tgrelid
  where c.relnamespace = 'public'::regnamespace and not tgisinternal order by tgname`;

const OPTIONS = `
  select format('%s %s', relname, array_to_string(reloptions, ', ')) as line from pg_class
  where relnamespace = 'public'::regnamespace and reloptions is not null order by relname`;

const EXTENSIONS = `select extname as line from pg_extension where extname <> 'plpgsql' order by extname`;

export async function describeSchema(client: pg.Client): Promise<string> {
  const sections = { EXTENSIONS, COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, OPTIONS };
  const parts: string[] = [];
  for (const [name, query] of Object.entries(sections)) {
    const { rows } = await client.query<{ line: string }>(query);
    parts.push(`${name.toLowerCase()}\n${rows.map(({ line }) => `  ${line}\n`).join('')}`);
  }
  return parts.join('\n');
}
