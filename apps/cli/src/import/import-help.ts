// The text of `slotline import --help` below the list of options.

export const IMPORT_HELP = `
FILE holds bookings and cancellations in the order in which they happened, one per line; gzip is unpacked.
  NDJSON  {"op":"book","orgId":"acme","resourceId":"room-1","id":"42","start":"2026-03-23 09:00",
           "end":"2026-03-23 09:30","createdAt":"2026-03-01 12:00","updatedAt":"2026-03-01 12:00"}
  CSV     a header row with the same names, then one row each; an empty cell omits the field
"op" is book by default; a cancel needs only id, orgId and updatedAt.

The order is kept for each org; orgs are sent in parallel. If an import stops, run the same command again:
every batch has a key derived from the file's content, so nothing is decided twice and the totals are exact.

Environment:
  SLOTLINE_KEY   an API key with the scope write, if the service requires one; the key of an org imports only
                 that org's lines, an operator's key those of all orgs

Examples:
  $ slotline import week.ndjson.gz
  $ SLOTLINE_KEY="$(cat key.txt)" slotline import bookings.csv --url https://booking.example.com
  $ zcat old/*.gz | slotline import - --format ndjson
  $ slotline import week.ndjson --bad-lines bad.ndjson --json > report.json

Exit codes: 0 all fine, 1 could not finish (run it again), 2 wrong usage, 3 finished, but some lines were bad.
`;
