#!/bin/sh
# Ten clients book the same half hour at the same moment. One gets it, nine get the appointment that they conflict with:
# one 201 created, nine 409 conflict, in any order, however many workers and machines there are.
#
#   sh examples/parallel.sh
#   BASE_URL=http://127.0.0.1:8080 sh examples/parallel.sh
set -eu

BASE_URL=${BASE_URL:-http://127.0.0.1:3000}
CLIENTS='1 2 3 4 5 6 7 8 9 10'
# A new org for every run, so that no booking of an earlier run conflicts.
ORG="parallel-$(date +%s)-$$"
ANSWERS=$(mktemp -d)
trap 'rm -rf "$ANSWERS"' EXIT
trap 'exit 1' INT TERM

command -v curl >/dev/null || { echo "This example needs curl." >&2; exit 1; }

if ! curl --silent --output /dev/null --max-time 5 "$BASE_URL/healthz"; then
  echo "No service answers at $BASE_URL." >&2
  echo "Start one with \"npx -y pnpm@12.21.0 start\", or set BASE_URL to one that runs." >&2
  exit 1
fi

# The status goes to one file and the body to another: answers that share an output would interleave.
book() {
  curl --silent --max-time 30 --output "$ANSWERS/$1.body" --write-out '%{http_code}' \
    --header 'Content-Type: application/json' --header 'Prefer: wait=10' \
    --data "{\"orgId\":\"$ORG\",\"resourceId\":\"room-1\",\"id\":\"client-$1\",
             \"start\":\"2030-01-07 09:00\",\"end\":\"2030-01-07 09:30\",
             \"createdAt\":\"2030-01-01 12:00\",\"updatedAt\":\"2030-01-01 12:00\"}" \
    "$BASE_URL/api/appointments" >"$ANSWERS/$1.status"
}

for client in $CLIENTS; do book "$client" & done
wait

created=0
conflicts=0
for client in $CLIENTS; do
  status=$(cat "$ANSWERS/$client.status")
  case $status in
    201) outcome=created created=$((created + 1)) ;;
    409) outcome=conflict conflicts=$((conflicts + 1)) ;;
    202) outcome='not decided in time' ;;
    *) outcome=$(cut -c 1-200 "$ANSWERS/$client.body" 2>/dev/null || echo 'no answer') ;;
  esac
  printf 'client-%-2s  %s  %s\n' "$client" "$status" "$outcome"
done

echo "$created created, $conflicts conflict"
[ "$created" -eq 1 ] && [ "$conflicts" -eq 9 ]
