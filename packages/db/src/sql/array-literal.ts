// PostgreSQL's text format of a one-dimensional array. The driver's own conversion accepts any value and may throw
// when a statement is bound; in a pipeline the later statements, COMMIT included, would run without it (P6). The
// driver sends text unchanged.

const QUOTED = /["\\]/g;

/** Formats numbers, texts and nulls as an array literal; the statement's cast sets the type. Never throws. */
export function toArrayLiteral(values: readonly (string | number | null)[]): string {
  const items = values.map((value) => {
    if (value === null) return 'NULL';
    return typeof value === 'number' ? String(value) : `"${value.replace(QUOTED, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}
