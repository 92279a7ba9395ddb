// The expression of the exclusion constraint for what an appointment occupies; PostgreSQL uses its index for no
// other expression. Two boxes overlap exactly when both resource and time do; migration `0007` explains why.

/** The box of a resource key and two timestamps. All three arguments are SQL. */
export function occupiedBox(resourceKey: string, start: string, end: string): string {
  return `box(
    point(${resourceKey}, date_part('epoch', ${start} at time zone 'UTC')),
    point(${resourceKey} + 0.5::float8, date_part('epoch', ${end} at time zone 'UTC') - 0.0005::float8)
  )`;
}
