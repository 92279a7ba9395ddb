// Parses a list of strings with integer and string parameters (RFC 9651, 4.2), which is all that the RateLimit fields
// may hold. Strict: whatever the grammar does not allow throws.

export type Parameters = Readonly<Record<string, string | number>>;

/** The items of the list by their text, in order. */
export function parseStringList(field: string): ReadonlyMap<string, Parameters> {
  const items = new Map<string, Parameters>();
  let rest = field;
  const take = (pattern: RegExp): string | undefined => {
    const [found] = new RegExp(`^(?:${pattern.source})`).exec(rest) ?? [];
    if (found !== undefined) rest = rest.slice(found.length);
    return found;
  };
  const bareItem = (): string | number => {
    const integer = take(/-?\d{1,15}(?![\d.])/);
    if (integer !== undefined) return Number(integer);
    const string = take(/"(?:[ !#-[\]-~]|\\["\\])*"/);
    if (string === undefined) throw new Error(`no item at ${JSON.stringify(rest)} of ${field}`);
    return string.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  };
  do {
    const name = bareItem();
    if (typeof name !== 'string') throw new Error(`${name} is no string in ${field}`);
    if (items.has(name)) throw new Error(`${name} comes twice in ${field}`);
    const parameters: Record<string, string | number> = {};
    while (take(/; */) !== undefined) {
      const key = take(/[a-z*][a-z0-9_.*-]*=/);
      if (key === undefined) throw new Error(`no parameter at ${JSON.stringify(rest)} of ${field}`);
      parameters[key.slice(0, -1)] = bareItem();
    }
    items.set(name, parameters);
  } while (take(/[ \t]*,[ \t]*(?!$)/) !== undefined);
  if (rest !== '') throw new Error(`${JSON.stringify(rest)} follows the list ${field}`);
  return items;
}
