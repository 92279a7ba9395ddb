// PostgreSQL's text form of a one-dimensional array. The driver has one too, but it walks any value and may
// throw when a statement is bound, and in a pipeline the statements after it, COMMIT included, would go on
// without it (P6). Text it sends as it is.

const QUOTED = /["\\]/g;

/** Numbers, texts and nulls as an array literal; the statement's cast says of what type. Never throws. */
export function toArrayLiteral(values: readonly (string | number | null)[]): string {
  const items = values.map((value) => {
    if (value === null) return 'NULL';
    return typeof value === 'number' ? String(value) : `"${value.replace(QUOTED, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}
