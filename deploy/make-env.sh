#!/bin/sh
# Writes .env for docker compose, beside docker-compose.yml: random passwords, 192 bits each, and the key that seals the
# secrets of webhooks. Only the user that runs it can read the file. Refuses to replace an existing file: the
# volumes keep the passwords that they were created with.
set -eu
umask 077
file="${1:-$(dirname "$0")/../.env}"

password() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

if [ -e "$file" ]; then
  echo "$file is there already and stays as it is. Edit it, or move it away first." >&2
  exit 1
fi
draft="$file.$$"
trap 'rm -f "$draft"' EXIT
{
  echo "# Made by deploy/make-env.sh. Keep a copy: nothing else has these."
  echo "POSTGRES_PASSWORD=$(password)"
  echo "POSTGRES_APP_PASSWORD=$(password)"
  echo "REDIS_PASSWORD=$(password)"
  echo "WEBHOOK_SECRETS_KEY=$(head -c 32 /dev/urandom | base64)"
} > "$draft"
ln "$draft" "$file"
echo "made $file"
