#!/bin/sh
# A node in the foreground with the rooms of one example recipe, shown as they change. Ctrl-C deletes the scheduler, which ends
# its game servers, and ends the node. What was in the folder before stays.
#   run_example.sh NAME        the recipe is deploy/examples/NAME.yaml
#
# Environment: MAESTRO_BUILD (build), MAESTRO_DATA (build/NAME; /var/tmp/maestro-NAME where the rooms of a node that is root, which
# are users of their own, cannot reach that, as below a closed /root: game servers look for their HOME by name).
set -eu
cd "$(dirname "$0")/.."
name=$1
maestro=${MAESTRO_BUILD:-build}/maestro
data=${MAESTRO_DATA:-build/$name}
if [ -z "${MAESTRO_DATA:-}" ] && [ "$(id -u)" -eq 0 ] &&
  ! setpriv --reuid 60000 --regid 60000 --clear-groups test -x "$PWD" 2>/dev/null; then
  data=/var/tmp/maestro-$name
  echo "==> Game servers cannot reach $PWD as users of their own: their state is in $data"
fi
log=$data/node.log
# The node reads MAESTRO_… names as its configuration: ours must not reach it.
unset MAESTRO_BUILD MAESTRO_DATA

node=
end() {
  trap - EXIT INT TERM
  printf '\n==> Ending %s\n' "$name"
  "$maestro" scheduler delete "$name" --wait --yes || true
  kill -TERM "$node" 2>/dev/null || true
  wait "$node" || true
  exit 0
}
mkdir -p "$data"
"$maestro" node --data-dir "$data" >"$log" 2>&1 &
node=$!
trap end EXIT INT TERM
tries=0
until "$maestro" status >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 150 ] || ! kill -0 "$node" 2>/dev/null; then
    echo "The node does not start; the end of $log:" >&2
    tail -n 5 "$log" >&2
    exit 1
  fi
  sleep 0.2
done
"$maestro" scheduler get "$name" >/dev/null 2>&1 || "$maestro" scheduler create -f "deploy/examples/$name.yaml" --wait-rooms
printf '==> Take a room with: %s room allocate %s\n' "$maestro" "$name"
"$maestro" room list "$name" --watch
