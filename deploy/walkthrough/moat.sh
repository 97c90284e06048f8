#!/usr/bin/env bash
# moat.sh start|reload|stop NAME: a pgmoat with the config NAME.yaml, from this directory.
# On a server a unit of systemd does this: Type=exec, ExecReload=kill -HUP $MAINPID.
set -euo pipefail
cd "$(dirname "$0")"
name=$2 pid=$2.pid log=$2.log
admin=$(sed -n '/^admin:/,$s/.*address: //p' "$name.yaml")

await() {  # WHAT COMMAND…: within 30 s, while pgmoat runs
  local what=$1 deadline=$((SECONDS + 30)); shift
  until "$@" 2>/dev/null; do
    kill -0 "$(cat "$pid")" 2>/dev/null && [ $SECONDS -lt $deadline ] ||
      { echo "pgmoat $name: not $what" >&2; cat "$log" >&2; exit 1; }
    sleep 0.05
  done
}
ready() {
  local line
  exec 3<>"/dev/tcp/${admin%:*}/${admin##*:}" || return 1
  printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  read -r line <&3; exec 3>&-
  [[ $line == *" 200 "* ]]
}

case $1 in
  start)
    "${PGMOAT:-pgmoat}" run --config "$name.yaml" >/dev/null 2>"$log" &
    echo $! > "$pid"
    await ready ready; echo "pgmoat $name is ready" ;;
  reload)
    before=$(grep -c " reload" "$log" || true)
    told() { [ "$(grep -c " reload" "$log")" -gt "$before" ]; }
    kill -HUP "$(cat "$pid")"
    await told told; grep " reload" "$log" | tail -n 1 ;;
  stop)
    kill -TERM "$(cat "$pid")"
    while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.05; done
    rm "$pid"; echo "pgmoat $name has ended" ;;
  *) echo "usage: moat.sh start|reload|stop NAME" >&2; exit 2 ;;
esac
