#!/bin/sh
# The demo behind `make run`: a node in the foreground, the arena scheduler, and bots that play on it, with the rooms
# shown as they change. Ctrl-C ends the node and the bots; the game servers play on, as they would through a crash of
# the node, and the next `make run` finds them again. `demo.sh --clean` deletes all of it.
#
# Environment: MAESTRO_BUILD (build), MAESTRO_DATA (data), MAESTRO_MANAGEMENT_PORT, MAESTRO_ROOMS_PORT,
# MAESTRO_INTERNAL_PORT (8080, 8070, 8081), MAESTRO_MANAGEMENT_GRPC_PORT, MAESTRO_ROOMS_GRPC_PORT (8082, 8072),
# MAESTRO_DEMO_SECONDS (until Ctrl-C).
set -u
cd "$(dirname "$0")/.." || exit 1
build=${MAESTRO_BUILD:-build}
data=${MAESTRO_DATA:-data}
management=${MAESTRO_MANAGEMENT_PORT:-8080}
rooms=${MAESTRO_ROOMS_PORT:-8070}
internal=${MAESTRO_INTERNAL_PORT:-8081}
management_grpc=${MAESTRO_MANAGEMENT_GRPC_PORT:-8082}
rooms_grpc=${MAESTRO_ROOMS_GRPC_PORT:-8072}
seconds=${MAESTRO_DEMO_SECONDS:-0}
# The node reads MAESTRO_… names as its configuration: ours must not reach it.
unset MAESTRO_BUILD MAESTRO_DATA MAESTRO_MANAGEMENT_PORT MAESTRO_ROOMS_PORT MAESTRO_INTERNAL_PORT MAESTRO_DEMO_SECONDS
unset MAESTRO_MANAGEMENT_GRPC_PORT MAESTRO_ROOMS_GRPC_PORT
maestro=$build/maestro
server=http://127.0.0.1:$management
recipe=deploy/examples/arena.yaml

node= bots= watch= started=
pid_file=$data/demo.pid
say() { printf '==> %s\n' "$*"; }

# stop PID SECONDS: SIGTERM, then SIGKILL when it does not end.
stop() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null || return 0
  left=$(($2 * 10))
  while [ "$left" -gt 0 ] && kill -0 "$1" 2>/dev/null; do
    sleep 0.1
    left=$((left - 1))
  done
  kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}

# runs PID: the process is there, and has not ended.
runs() {
  [ -n "$1" ] && kill -0 "$1" 2>/dev/null
}

start_node() {
  mkdir -p "$data" || exit 1
  say "Starting a node (state: $data, log: $data/node.log)"
  # A session of its own: Ctrl-C reaches this script alone, which then ends everything in order.
  # Its rooms run as whoever runs the demo: users of their own could not reach a checkout in a closed home.
  MAESTRO_PROCESS_USERRANGE="" MAESTRO_PROCESS_USER="$(id -un)" setsid "$maestro" node --data-dir "$data" \
    --management-port "$management" --rooms-port "$rooms" --internal-port "$internal" \
    --management-grpc-port "$management_grpc" --rooms-grpc-port "$rooms_grpc" --bind 127.0.0.1 \
    >>"$data/node.log" 2>&1 </dev/null &
  node=$!
  echo "$node" >"$pid_file"
  tries=0
  until "$maestro" scheduler list --server "$server" -o json >/dev/null 2>&1; do
    if ! kill -0 "$node" 2>/dev/null; then
      echo "The node ended while starting; the last lines of $data/node.log:" >&2
      tail -n 15 "$data/node.log" >&2
      node=
      exit 1
    fi
    tries=$((tries + 1))
    [ $((tries % 20)) -ne 0 ] || say "Still starting …"
    if [ "$tries" -gt 600 ]; then
      echo "The node does not answer on $server after a minute; see $data/node.log" >&2
      exit 1
    fi
    sleep 0.1
  done
  started=1
  say "The node is process $node"
  say "Management API  $server"
  say "Rooms API       http://127.0.0.1:$rooms"
  say "Metrics         http://127.0.0.1:$internal/metrics"
}

finish() {
  status=${asked:-$?}
  trap '' INT TERM
  trap - EXIT
  stop "$watch" 2
  printf '\n'
  [ -z "$bots" ] || say "Stopping the bots"
  stop "$bots" 5
  if runs "$node"; then
    say "Stopping the node"
    stop "$node" 40
  fi
  if [ -n "$started" ]; then
    rm -f "$pid_file"
    say "The game servers play on: 'make run' finds them again"
    say "To end them: 'make clean-demo'"
  fi
  exit "$status"
}

# The node died while its demo runs. One that was killed with -9 had no time to say anything.
tell_death() {
  stop "$watch" 2
  watch=
  wait "$1"
  code=$?
  printf '\n'
  say "The node died (process $1, exit code $code)"
  if [ "$code" -ne 137 ]; then
    say "Its log ends with:"
    tail -n 5 "$data/node.log"
  fi
  say "To go on: 'make run'"
  say "The ages of the rooms will tell that they lived on."
}

clean() {
  if [ ! -d "$data" ]; then
    say "Nothing to clean: there is no $data"
    return
  fi
  if runs "$(cat "$pid_file" 2>/dev/null)"; then
    echo "The demo is running (its node is process $(cat "$pid_file")): end it first, with Ctrl-C where it runs" >&2
    exit 1
  fi
  if ! "$maestro" scheduler list --server "$server" -o json >/dev/null 2>&1; then
    start_node
  fi
  if "$maestro" scheduler get arena --server "$server" -o json >/dev/null 2>&1; then
    "$maestro" scheduler delete arena --wait --yes --server "$server" || exit 1
  fi
  if [ -z "$node" ]; then
    say "Another node still runs on $server: $data is left to it"
    return
  fi
  stop "$node" 40
  node= started=
  rm -rf "$data"
  say "The demo's game servers are ended and $data is removed"
}

for program in maestro arena_server arena_bot; do
  if [ ! -x "$build/$program" ]; then
    echo "$build/$program is missing: run 'make build' first" >&2
    exit 1
  fi
done
asked=
trap 'asked=0; exit 0' INT # Ctrl-C is how the demo is meant to end
trap 'asked=143; exit 143' TERM
trap finish EXIT
if [ "${1:-}" = --clean ]; then
  clean
  trap - EXIT
  exit 0
fi
if "$maestro" scheduler list --server "$server" -o json >/dev/null 2>&1; then
  echo "A server already answers on $server: stop it first, or choose ports by MAESTRO_MANAGEMENT_PORT and the like" >&2
  trap - EXIT
  exit 1
fi
start_node
if "$maestro" scheduler get arena --server "$server" -o json >/dev/null 2>&1; then
  say "The scheduler arena is still there from the last run"
else
  # A moment later, so that the rooms are seen from their first instant. The recipe names ./build, and is taken as it
  # is, so that applying it changes nothing; another build folder takes its place here.
  (
    sleep 0.5
    if [ "$build" = build ]; then
      "$maestro" scheduler create -f "$recipe" --server "$server" >/dev/null
    else
      sed "s|\${RECIPE_DIR}/../../build|$(cd "$build" && pwd)|" "$recipe" |
        "$maestro" scheduler create -f - --server "$server" >/dev/null
    fi
  ) &
fi
say "Bots begin to play (log: $data/bots.log)"
say "The node's crash costs no match: kill -9 $node"
say "Ctrl-C ends the demo"
setsid "$build/arena_bot" --rooms-api "http://127.0.0.1:$rooms" --scheduler arena --lanes 2 --pause-ms 2000 \
  >"$data/bots.log" 2>&1 </dev/null &
bots=$!
"$maestro" room list arena --title "arena, node $node" --watch --await --interval 0.02 --for "$seconds" --server "$server" &
watch=$!
while runs "$watch"; do
  if ! runs "$node"; then
    tell_death "$node"
    exit 1
  fi
  sleep 0.2
done
watch=
exit 0
