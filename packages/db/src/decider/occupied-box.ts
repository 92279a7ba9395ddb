// What an appointment occupies, in the words of the exclusion constraint: PostgreSQL looks into its index for no
// other. Two boxes overlap exactly when resource and time do; the migration `0007` says why.

/** The box of a resource's key and two timestamps. All three are SQL. */
export function occupiedBox(resourceKey: string, start: string, end: string): string {
  return `box(
    point(${resourceKey}, date_part('epoch', ${start} at time zone 'UTC')),
    point(${resourceKey} + 0.5::float8, date_part('epoch', ${end} at time zone 'UTC') - 0.0005::float8)
  )`;
}
