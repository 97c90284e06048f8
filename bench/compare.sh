#!/usr/bin/env bash
# Compares pgmoat with the bare relay, PgBouncer, HAProxy and no proxy at all, side by side
# on this machine; see bench/README.md.  A measurement, never a test: takes three
# quarters of an hour and wants a quiet machine.
#
#   bench/compare.sh                 everything; --help lists the options
#   bench/compare.sh --short         what has a row in the table of design 6: ten minutes
#   bench/compare.sh --quick         does it work at all: five minutes
#   bench/compare.sh --markdown      prints the part for bench/README.md
#   bench/compare.sh --write         puts the results into bench/README.md and README.md
#   bench/compare.sh --no-build …    takes --build-dir (default build/release) as it is
set -euo pipefail
cd "$(dirname "$0")/.."

build=yes
arguments=()
for argument in "$@"; do
  case $argument in
    --no-build|--help|-h|--show|--show=*) build=no ;;
    --build-dir|--build-dir=*) build=no ;;
  esac
  [ "$argument" = --no-build ] || arguments+=("$argument")
done

if [ "$build" = yes ]; then
  ./deploy/install-dependencies.sh --bench >&2
  cmake --preset release >&2
  cmake --build --preset release --target pgmoat pgmoat_relay pgmoat_bench_judge >&2
fi
exec env PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 bench/compare.py "${arguments[@]}"
