#!/usr/bin/env bash
# Installs the tools, as package-lock.json pins them, under build/migrations/js.  Runs no script
# of theirs and downloads no binary.  Does nothing, at once, when all is there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$(cd "$here/../../.." && pwd)/build/migrations/js

# Two at once would take away each other's files.
mkdir -p "${directory%/*}"
exec 9>"$directory.lock"
flock 9

# The copy of the lock file is made last, and so tells that all is there.
! cmp -s "$here/package-lock.json" "$directory/installed" || exit 0
command -v npm >/dev/null || { echo "install.sh: no npm: install Debian's packages nodejs and npm" >&2; exit 1; }
echo "Installing the migration tools of Node.js into $directory"
rm -rf "$directory" && mkdir -p "$directory"
cp "$here/package.json" "$here/package-lock.json" "$directory/"
(cd "$directory" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) ||
  { echo "install.sh: npm could not install what $here/package-lock.json names" >&2; exit 1; }
cp "$here/package-lock.json" "$directory/installed"
