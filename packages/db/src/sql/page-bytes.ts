// Limits pages of lists by bytes inside PostgreSQL, so rows beyond the page are never sent to this process.

/**
 * The most bytes that the rows of a page have together, counted in the texts that clients gave. A page always has
 * at least one row, of any size.
 */
export const PAGE_BYTES_MAX = 1_048_576;

/** Estimated size of a row besides its long texts: instants, ids and member names. */
export const ROW_BYTES = 400;

/** Set on every row of a page: whether another row follows it in the list. */
export interface RowOfPage {
  readonly hasNext: boolean;
}

export interface PageBounds {
  /** Columns that order the rows; if the rows already have this order, the planner needs no sort. */
  readonly order: string;
  /** SQL: the bytes of a row. */
  readonly weight: string;
  /** SQL: a lower bound of `weight`. If `weight` is expensive, only rows that fit by this bound are weighed. */
  readonly leastWeight?: string;
  /** SQL. Default {@link PAGE_BYTES_MAX}. */
  readonly bytesMax?: string;
}

/**
 * SQL: the first of these rows that fit on a page, at least one, with `"hasNext"` of {@link RowOfPage}. The number
 * of rows must be limited: PostgreSQL reads all of them.
 */
export function endAtBytes(
  rows: string,
  { order, weight, leastWeight, bytesMax = String(PAGE_BYTES_MAX) }: PageBounds,
): string {
  const page = `window page as (order by ${order} rows unbounded preceding)`;
  const numbered = `
    select *, lead(true, 1, false) over page as "hasNext", row_number() over page as page_row,
      sum(${leastWeight ?? weight}) over page as least_bytes
    from (${rows}) listed ${page}`;
  const fitting = `select * from (${numbered}) numbered where least_bytes <= ${bytesMax} or page_row = 1`;
  if (leastWeight === undefined) return fitting;
  const weighed = `select *, sum(${weight}) over page as page_bytes from (${fitting}) fitting ${page}`;
  return `select * from (${weighed}) weighed where page_bytes <= ${bytesMax} or page_row = 1`;
}

/** SQL: the bytes of a JSON column as text; 0 for null. Decompresses the value. */
export function jsonBytes(column: string): string {
  return `coalesce(octet_length(${column}::text), 0)`;
}

/**
 * Returns at most `limit` rows as records. `last` is present if more follow: the next page begins after it. The
 * rows must have been queried with a limit of `limit + 1`.
 */
export function takePage<Row extends RowOfPage>(
  rows: readonly Row[],
  limit: number,
): { readonly shown: readonly Omit<Row, 'hasNext'>[]; readonly last: Row | undefined } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const shown = page.map(({ hasNext: _, ...record }) => record);
  return { shown, last: last?.hasNext === true ? last : undefined };
}
