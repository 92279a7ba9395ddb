// How a list ends at its bytes in PostgreSQL already: what does not belong to the page is never sent to this process.

/**
 * What the rows of a page weigh together, at most, in octets of the texts that clients gave. One row is on every
 * page, whatever it weighs.
 */
export const PAGE_BYTES_MAX = 1_048_576;

/** What a row weighs besides its long texts: instants, ids, and the names of its members. */
export const ROW_BYTES = 400;

/** Says on every row of a page whether another one follows it in the list. */
export interface RowOfPage {
  readonly hasNext: boolean;
}

export interface PageBounds {
  /** Columns of the rows; the planner needs no sort where the rows come in this order. */
  readonly order: string;
  /** SQL: the octets of a row. */
  readonly weight: string;
  /** SQL: what a row weighs at least. Where weighing costs much, only rows that fit by this are weighed. */
  readonly leastWeight?: string;
  /** SQL. Default {@link PAGE_BYTES_MAX}. */
  readonly bytesMax?: string;
}

/**
 * The first of these rows that weigh no more than a page, at least one, with `"hasNext"` of {@link RowOfPage}. The
 * rows must be bounded in number: PostgreSQL looks at all of them.
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

/** SQL: the octets of a JSON column, `''` and 0 for none. Unpacks the value. */
export function jsonBytes(column: string): string {
  return `coalesce(octet_length(${column}::text), 0)`;
}

/**
 * At most `limit` rows, as records. `last` is there when more follow: the next page begins behind it. `limit + 1`
 * rows must have been asked for.
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
