#!/usr/bin/env bash
# deploy-to.sh staging|production: carries the manifest, and to production staging's proofs,
# to where pgmoat reads them ($STAGING_FILES, $PRODUCTION_FILES), then deploys through it.
# It reads them every second, so a refusal is tried again for a while: one has changed nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
carry=${CARRY:-cp -p}  # from another machine: scp -3pq
case ${1-} in
  staging) files=$STAGING_FILES; export DATABASE_URL=$STAGING_URL ;;
  production) files=$PRODUCTION_FILES; export DATABASE_URL=$PRODUCTION_URL ;;
  *) echo "usage: deploy-to.sh staging|production" >&2; exit 2 ;;
esac
attempt() {
  $carry migrations.json "$files/" &&
    { [ "$1" = staging ] || $carry "$STAGING_FILES"/proofs/*.jsonl "$files/proofs/"; } &&
    project/deploy.sh
}
said=$(mktemp)
trap 'rm "$said"' EXIT
deadline=$((SECONDS + ${PATIENCE:-30}))
until attempt "$1" 2>"$said"; do
  [ $SECONDS -lt $deadline ] || { cat "$said" >&2; exit 1; }
  sleep 1
done
