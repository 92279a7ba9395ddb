// What `slotline import --help` teaches below the list of options.

export const IMPORT_HELP = `
FILE holds bookings and cancellations in the order in which they happened, one a line; gzip is unpacked.
  NDJSON  {"op":"book","orgId":"acme","resourceId":"room-1","id":"42","start":"2026-03-23 09:00",
           "end":"2026-03-23 09:30","createdAt":"2026-03-01 12:00","updatedAt":"2026-03-01 12:00"}
  CSV     a header row with the same names, then one row each; an empty cell leaves the field out
"op" is book when left out; a cancel needs only id, orgId and updatedAt.

The order is kept for each org; orgs go in parallel. Whatever stops an import, run the same command again:
every batch has a key made from the file's content, so nothing is decided twice and the totals come out exact.

Environment:
  SLOTLINE_KEY   an API key with the scope write, where the service wants one; the key of one org imports that
                 org's lines alone, an operator's key those of all

Examples:
  $ slotline import week.ndjson.gz
  $ SLOTLINE_KEY="$(cat key.txt)" slotline import bookings.csv --url https://booking.example.com
  $ zcat old/*.gz | slotline import - --format ndjson
  $ slotline import week.ndjson --bad-lines bad.ndjson --json > report.json

Exit codes: 0 all fine, 1 could not finish (run it again), 2 wrong usage, 3 finished, but some lines were bad.
`;
