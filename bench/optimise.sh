#!/usr/bin/env bash
# Builds pgmoat twice: first to count what its code does while pgbench works through it, then
# optimised by these counts.  build/optimised/pgmoat is the result.  Takes a quarter of an hour
# on two cores; what it gains stands in bench/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

./deploy/install-dependencies.sh --bench >&2
for profile in generate use; do
  cmake --preset optimised -DPGMOAT_PROFILE="$profile" >&2
  cmake --build --preset optimised --target pgmoat >&2
  if [ "$profile" = generate ]; then
    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 bench/train.py --build-dir build/optimised
  fi
done
echo "build/optimised/pgmoat"
