#!/usr/bin/env bash
# pgmoat from nothing to running: installs, builds, starts a throwaway PostgreSQL with a
# small shop and pgmoat in front of it, shows what each role may and may not do, and stays
# up until Ctrl-C.
#
#   deploy/quickstart.sh          stays up
#   deploy/quickstart.sh --once   ends by itself: 0 if every step had the expected outcome
#
# Works as root (PostgreSQL then runs as user postgres, for it refuses root) and as an
# ordinary user, who needs sudo only if packages are missing.  Everything it starts and
# writes, outside build/, is gone when it ends.
set -euo pipefail
cd "$(dirname "$0")/.."

once=
case ${1-} in
  "") ;;
  --once) once=1 ;;
  -h|--help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  *) echo "quickstart: unknown option '$1'; see --help" >&2; exit 2 ;;
esac

bold= dim= red= plain=
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
fi
title() { printf '\n%s── %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s%s%s\n' "$dim" "$*" "$plain"; }
die() { printf '%squickstart: %s%s\n' "$red" "$*" "$plain" >&2; exit 1; }
indent() { sed 's/^/   /'; }

# ---- clean-up, whatever ends us ------------------------------------------------------
dir= moat_pid= server_up=
pg_bin=/usr/lib/postgresql/15/bin
as_server=()
[ "$(id -u)" -ne 0 ] || as_server=(setpriv --reuid=postgres --regid=postgres --init-groups)

clean_up() {
  local status=$?
  trap - EXIT INT TERM HUP
  # Ctrl-C reached pgmoat as well; a second signal tells it not to wait for sessions.
  if [ -n "$moat_pid" ] && kill -TERM "$moat_pid" 2>/dev/null; then
    kill -TERM "$moat_pid" 2>/dev/null || true
    wait "$moat_pid" 2>/dev/null || true
  fi
  [ -z "$server_up" ] ||
    (cd / && "${as_server[@]}" "$pg_bin/pg_ctl" stop -D "$dir/data" -m immediate -s) || true
  [ -z "$dir" ] || rm -rf "$dir"
  exit "$status"
}
trap clean_up EXIT
trap 'echo; note "Stopping."; exit 0' INT TERM HUP

# ---- install, build, start -----------------------------------------------------------
title "Install and build"
deploy/install-dependencies.sh
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release --target pgmoat | { grep -v 'no work to do' || true; } | indent
echo "   build/release/pgmoat: $(build/release/pgmoat version | head -1)"

# The first port from $1 on that nobody listens on.
free_port() {
  local port=$1
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}
# await SECONDS COMMAND…: until it succeeds.
await() {
  local deadline=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.05
  done
}
# A path of the admin listener answers 200.
http_ok() {
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$admin_port" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
  read -r line <&3; exec 3>&-
  [[ $line == *" 200 "* ]]
}

title "A throwaway PostgreSQL, and pgmoat before it"
dir=$(mktemp -d /tmp/pgmoat-quickstart.XXXXXX)
chmod 711 "$dir"
mkdir -m 700 "$dir/data" "$dir/socket"
secret() { openssl rand -hex 12; }
ADMIN_PASSWORD=$(secret) DEV_PASSWORD=$(secret) APP_PASSWORD=$(secret) MIGRATOR_PASSWORD=$(secret)
export DEV_PASSWORD APP_PASSWORD MIGRATOR_PASSWORD
echo "$ADMIN_PASSWORD" > "$dir/socket/password"
[ ${#as_server[@]} -eq 0 ] || chown -R postgres: "$dir/data" "$dir/socket"

server_port=$(free_port 15432)
(cd / && "${as_server[@]}" "$pg_bin/initdb" -D "$dir/data" -U postgres -E UTF8 --locale=C.UTF-8 \
  --auth-local=trust --auth-host=scram-sha-256 --no-sync \
  --pwfile="$dir/socket/password" >/dev/null)
rm "$dir/socket/password"
(cd / && "${as_server[@]}" "$pg_bin/pg_ctl" start -D "$dir/data" -w -s -l "$dir/data/log" \
  -o "-p $server_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir/socket -c fsync=off") ||
  { cat "$dir/data/log" >&2; die "PostgreSQL did not start"; }
server_up=1

# Straight to the server, as superuser: to set up, and to look at what really happened.
direct() { psql -X -q -h "$dir/socket" -p "$server_port" -U postgres "$@"; }
direct -d postgres -c 'CREATE DATABASE shop'
direct -d shop -f deploy/quickstart/shop.sql -f deploy/sql/least-privilege.sql \
  -f deploy/quickstart/logins.sql >/dev/null

moat_port=$(free_port 6432)
admin_port=$(free_port 9632)
audit=$dir/audit.jsonl
sed -e "s|127.0.0.1:6432|127.0.0.1:$moat_port|" -e "s|127.0.0.1:5432|127.0.0.1:$server_port|" \
    -e "s|127.0.0.1:9632|127.0.0.1:$admin_port|" -e "s|\./audit.jsonl|$audit|" \
    deploy/pgmoat.example.yaml > "$dir/pgmoat.yaml"
build/release/pgmoat run --config "$dir/pgmoat.yaml" 2>"$dir/pgmoat.log" &
moat_pid=$!
await 10 http_ok /readyz || { cat "$dir/pgmoat.log" >&2; die "pgmoat did not become ready"; }

echo "   PostgreSQL   127.0.0.1:$server_port   database shop: $(direct -d shop -Atc \
  "SELECT string_agg(n || ' ' || t, ', ') FROM (
     SELECT count(*) n, 'customers' t FROM customers UNION ALL SELECT count(*), 'products' FROM products
     UNION ALL SELECT count(*), 'orders' FROM orders UNION ALL SELECT count(*), 'order items' FROM order_items) c")"
echo "   pgmoat       127.0.0.1:$moat_port    environment production"

# ---- show ----------------------------------------------------------------------------
wrong=0
url() { echo "postgres://$1:$2@127.0.0.1:$moat_port/shop"; }
# as LOGIN PASSWORD SQL: psql through pgmoat; what it printed goes to the screen and $said.
as() {
  said=$(PGPASSWORD=$2 psql -X -e -v VERBOSITY=verbose -v SHOW_CONTEXT=never \
    "postgres://$1@127.0.0.1:$moat_port/shop" <<<"$3" 2>&1 | sed '/^LOCATION: /d' || true)
  printf '%s   psql as %s%s\n' "$dim" "$1" "$plain"
  indent <<<"$said"
}
expect() {  # WHAT PATTERN: it stands in what psql printed
  grep -Eq -- "$2" <<<"$said" || { wrong=$((wrong + 1)); echo "   ${red}EXPECTED${plain} $1"; }
}
unchanged() {  # WHAT: the tables are as they were
  [ "$(state)" = "$before" ] || { wrong=$((wrong + 1)); echo "   ${red}CHANGED${plain} $1"; }
}
state() {
  direct -d shop -Atc "SELECT md5(string_agg(x, '|' ORDER BY x)) FROM (
    SELECT c::text FROM customers c UNION ALL SELECT p::text FROM products p
    UNION ALL SELECT o::text FROM orders o UNION ALL SELECT i::text FROM order_items i) AS t(x)"
}
before=$(state)

title "A developer reads production"
as dev_ro "$DEV_PASSWORD" "SELECT c.city, count(*) AS orders, sum(i.quantity * p.price_cents) / 100 AS revenue
  FROM orders o JOIN customers c ON c.id = o.customer_id
       JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
 GROUP BY c.city ORDER BY revenue DESC LIMIT 4;"
expect "four cities" '\(4 rows\)'

title "… and cannot harm it"
as dev_ro "$DEV_PASSWORD" "DROP TABLE customers;"
expect "a refusal with SQLSTATE 25006 or 42501" '^ERROR:  (25006|42501): .*DROP TABLE.*readonly.*production'
expect "the rule and the audit id" '^DETAIL: .*Rule .*audit id '
unchanged "by a refused DROP TABLE"

title "The application forgets a WHERE"
as shop_app "$APP_PASSWORD" "DELETE FROM order_items;"
expect "a refusal with SQLSTATE 42501" '^ERROR:  42501: .*DELETE.*app.*production'
unchanged "by a refused DELETE"

title "A refusal aborts the transaction it is in, as any error of the server would"
as shop_app "$APP_PASSWORD" "SELECT stock FROM products WHERE id = 7;
BEGIN;
UPDATE products SET stock = stock - 1 WHERE id = 7;
DELETE FROM orders;
COMMIT;
SELECT stock FROM products WHERE id = 7;"
expect "an UPDATE of one row" '^UPDATE 1$'
expect "a refused DELETE" '^ERROR:  42501: .*DELETE'
expect "COMMIT answered by ROLLBACK" '^ROLLBACK$'
unchanged "by a transaction that was refused in the middle"

title "A migration may add, when its tool records it"
as migrator "$MIGRATOR_PASSWORD" "CREATE TABLE IF NOT EXISTS schema_migrations (version text PRIMARY KEY);
BEGIN;
ALTER TABLE products ADD COLUMN discontinued boolean NOT NULL DEFAULT false;
INSERT INTO schema_migrations (version) VALUES ('20261127120000');
COMMIT;
ALTER TABLE products ADD COLUMN by_hand text;
ALTER TABLE products DROP COLUMN stock;"
expect "a migration that commits" '^COMMIT$'
expect "a refused change by hand" '^ERROR:  42501: A change outside of a migration .*deploy.*production'
expect "a refused DROP COLUMN" '^ERROR:  42501: .*ALTER TABLE.*deploy.*production'

title "All of it is on record"
# The trail is JSON lines; any tool reads them.  Here PostgreSQL does.
table() {
  direct -d shop -v audit="$1" <<'SQL'
CREATE TEMPORARY TABLE line (record jsonb);
\set load '\\copy line FROM ' :'audit' ' WITH (FORMAT csv, QUOTE E''\\x01'', DELIMITER E''\\x02'')'
:load
\pset border 1
\pset footer off
SELECT substr(record->>'time', 12, 12) AS time, record->>'event' AS event,
       record->>'login' AS login, record->>'role' AS role,
       record->>'decision' AS decision, coalesce(record->>'rule', '') AS rule,
       left(regexp_replace(coalesce(record->>'statement', ''), '\s+', ' ', 'g'), 60) AS statement
FROM line ORDER BY record->>'time';
SQL
}
said=
recorded() { said=$(table "$audit") && [ "$(grep -c 'disconnect' <<<"$said")" -ge 5 ]; }
await 5 recorded || { wrong=$((wrong + 1)); echo "   ${red}EXPECTED${plain} five sessions in the trail"; }
indent <<<"$said"
expect "the refused DROP TABLE" 'dev_ro .*den.*DROP TABLE'
expect "the refused DELETE" 'shop_app .*den.*DELETE FROM order_items'
expect "the allowed SELECT" 'dev_ro .*allow.*SELECT c.city'

title "Try it"
cat <<TRY
   readonly  DATABASE_URL=$(url dev_ro "$DEV_PASSWORD")
   app       DATABASE_URL=$(url shop_app "$APP_PASSWORD")
   deploy    DATABASE_URL=$(url migrator "$MIGRATOR_PASSWORD")
   admin     DATABASE_URL=$(url postgres "$ADMIN_PASSWORD")

   metrics  http://127.0.0.1:$admin_port/metrics
   health   http://127.0.0.1:$admin_port/healthz   http://127.0.0.1:$admin_port/readyz
   config   $dir/pgmoat.yaml
   audit    $audit
   log      $dir/pgmoat.log
TRY

http_ok /healthz || { wrong=$((wrong + 1)); echo "   ${red}EXPECTED${plain} /healthz to answer 200"; }
[ $wrong -eq 0 ] || die "$wrong step(s) went otherwise than expected"
if [ -n "$once" ]; then
  echo; echo "Every step went as expected."
  exit 0
fi
echo; note "Up until Ctrl-C."
wait "$moat_pid" || { moat_pid=; cat "$dir/pgmoat.log" >&2; die "pgmoat ended"; }
