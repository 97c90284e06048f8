#!/usr/bin/env bash
# Runs each migration that the ledger does not know: file and ledger entry in one transaction.
set -euo pipefail
cd "$(dirname "$0")"
for file in migrations/*.sql; do
  name=$(basename "$file" .sql)
  known=$(psql -XAtq "$DATABASE_URL" -c "SELECT 1 FROM ops.schema_history WHERE name = '$name'")
  [ -z "$known" ] || continue
  psql -Xq --single-transaction -v ON_ERROR_STOP=1 "$DATABASE_URL" -f "$file" \
    -c "INSERT INTO ops.schema_history (name) VALUES ('$name')"
  echo "deployed $name"
done
