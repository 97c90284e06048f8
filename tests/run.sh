#!/usr/bin/env bash
# Builds and tests everything.
#
#   tests/run.sh            all parts below but clients and tidy
#   tests/run.sh unit       unit tests and the direction of includes (the quick one)
#   tests/run.sh e2e        end to end, against a real PostgreSQL
#   tests/run.sh clients-quick  suites and drivers that others wrote, through pgmoat: some of them
#   tests/run.sh clients    … all of them, and the end-to-end tests of what is large and many at full size
#   tests/run.sh migrations  the migration tools that people use, through pgmoat as role deploy
#   tests/run.sh sanitize   both again with the address and undefined-behaviour sanitizers
#   tests/run.sh fuzz       each fuzz target for half a minute (PGMOAT_FUZZ_SECONDS)
#   tests/run.sh lint       formatting and the direction of includes
#   tests/run.sh tidy       clang-tidy; takes its time
#
# Several parts may be named.  Stops at the first part that fails.  The last line is
# "N passed, N failed", over all parts.
set -euo pipefail
cd "$(dirname "$0")/.."

python=/usr/bin/python3  # Debian's: it has psycopg and pytest, whatever else is on PATH
passed=0 failed=0 skipped=0

say() { printf '\n== %s\n' "$*"; }

# Counts from a JUnit file, as ctest and pytest write it.
count() {
  local tests failures errors skips
  # Attributes may stand on lines of their own; an absent one is 0.
  number() { echo $(($(tr '\n\t' '  ' <"$1" | grep -o '<testsuite [^>]*' | grep -oE " $2=\"[0-9]+" | tr -dc '0-9\n' | paste -sd+) + 0)); }
  tests=$(number "$1" tests) failures=$(number "$1" failures)
  errors=$(number "$1" errors) skips=$(number "$1" skipped)
  failed=$((failed + failures + errors))
  skipped=$((skipped + skips))
  passed=$((passed + tests - failures - errors - skips))
}
one_passed() { passed=$((passed + 1)); }
one_failed() { failed=$((failed + 1)); echo "FAILED: $*"; return 1; }

build() {  # PRESET [TARGET…]
  local preset=$1; shift
  say "Build $preset${*:+: $*}"
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null || { one_failed "configure $preset"; return 1; }
  cmake --build --preset "$preset" ${*:+--target "$@"} | grep -v 'no work to do' ||
    [ "${PIPESTATUS[0]}" -eq 0 ] || { one_failed "build $preset"; return 1; }
}

run_ctest() {  # PRESET
  local report="$PWD/build/$1/unit.xml" status=0
  say "Unit tests, $1"
  ctest --test-dir "build/$1" --parallel "$(nproc)" --timeout 600 --output-on-failure --no-tests=error \
    --output-junit "$report" | grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ .* Passed)' || status=${PIPESTATUS[0]}
  count "$report"
  return "$status"
}

run_pytest() {  # PRESET FOLDER SECONDS [ARGUMENT…]
  local preset=$1 folder=$2 seconds=$3 status=0; shift 3
  local report="$PWD/build/$preset/$folder.xml"
  rm -f "$report"
  PGMOAT_BINARY="$PWD/build/$preset/pgmoat" PYTHONDONTWRITEBYTECODE=1 \
    timeout "$seconds" "$python" -m pytest "tests/$folder" --junitxml "$report" "$@" </dev/null || status=$?
  if [ -f "$report" ]; then count "$report"; else one_failed "pytest ended without a report"; fi
  return "$status"
}

includes() {
  say "Direction of includes"
  "$python" tests/include_direction.py && one_passed || one_failed "include direction"
}

unit() { build release && run_ctest release && say "What bench/ makes of samples" && run_pytest release bench 60 && includes; }

run_e2e() {  # PRESET
  say "End to end, $1"
  run_pytest "$1" e2e 2000
}

e2e() { build release pgmoat && run_e2e release; }

clients-quick() { build release pgmoat && say "Clients, the quick ones" && run_pytest release clients 900 -m quick; }

migrations() { build release pgmoat && say "Migration tools" && run_pytest release migrations 1500 -m "not slow"; }

clients() { build release pgmoat && say "Clients" && run_pytest release clients 3000 && large; }

large() {
  say "As large and as many as can be"
  PGMOAT_TEST_LARGE=1 run_pytest release e2e 3600 -k "test_large or test_load or audit_kill or audit_soak"
}

sanitize() {
  build asan || return 1
  # A finding ends the program with a code that no test expects.
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:exitcode=99
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99
  export PGMOAT_SANITIZED=1
  run_ctest asan && run_e2e asan
  local status=$?
  unset ASAN_OPTIONS UBSAN_OPTIONS PGMOAT_SANITIZED
  return $status
}

fuzz() {
  [ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null || { one_failed "configure fuzz"; return 1; }
  local targets target seconds=${PGMOAT_FUZZ_SECONDS:-30}
  targets=$(cd tests/fuzz && ls -- *_fuzz.cc | sed 's/\.cc$//')
  [ -n "$targets" ] || { one_failed "no fuzz targets"; return 1; }
  # shellcheck disable=SC2086
  build fuzz $targets || return 1
  for target in $targets; do
    say "Fuzz $target, $seconds s"
    local corpus="build/fuzz/corpus/$target" seeds="tests/fuzz/seeds/$target"
    mkdir -p "$corpus"
    [ -d "$seeds" ] || seeds=
    # A crashing input is left in build/fuzz/crashes; it becomes a seed and a test.
    mkdir -p build/fuzz/crashes
    # shellcheck disable=SC2086
    "$(find build/fuzz -name "$target" -type f -perm -u+x | head -1)" -max_total_time="$seconds" \
      -timeout=10 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix=build/fuzz/crashes/ "$corpus" $seeds && one_passed || { one_failed "$target"; return 1; }
  done
}

lint() {
  say "clang-format"
  git ls-files -z '*.h' '*.cc' '*.inc' | xargs -0 clang-format --dry-run -Werror && one_passed || { one_failed clang-format; return 1; }
  includes
}

tidy() {
  build release || return 1
  say "clang-tidy"
  git ls-files -z 'protocol/*.cc' 'policy/*.cc' 'proxy/*.cc' |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy -p build/release --quiet --warnings-as-errors='*' && one_passed || one_failed clang-tidy
}

parts=("$@")
[ ${#parts[@]} -gt 0 ] && [ "${parts[0]}" != all ] || parts=(lint unit e2e clients-quick migrations sanitize fuzz)
packages=()
for part in "${parts[@]}"; do
  case $part in
    clients|clients-quick) packages+=(--clients) ;;
    migrations) packages+=(--migrations) ;;
    unit|e2e|sanitize|fuzz|lint|tidy) ;;
    -h|--help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "run.sh: unknown part '$part'; see --help" >&2; exit 2 ;;
  esac
done

say "Dependencies"
deploy/install-dependencies.sh --tests --lint "${packages[@]}" && echo "all there"

summary=() status=0
for part in "${parts[@]}"; do
  started=$SECONDS before_passed=$passed before_failed=$failed
  # A part runs in this shell, for its counts.  `set -e` rests inside: it returns by itself.
  if $part; then result=ok; else result=FAILED; status=1; fi
  [ $failed -eq "$before_failed" ] || { result=FAILED; status=1; }
  summary+=("$(printf '%-13s %-6s %5d passed %3d failed %5d s' "$part" "$result" \
    $((passed - before_passed)) $((failed - before_failed)) $((SECONDS - started)))")
  [ $status -eq 0 ] || break
done
[ $status -eq 0 ] || [ $failed -gt 0 ] || failed=1

say "Summary"
printf '%s\n' "${summary[@]}"
echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
exit $status
