#!/bin/sh
# The demo behind `make cluster`: etcd, three nodes with links over TLS, and three schedulers of the arena game, which the
# cluster spreads over the nodes, with the nodes shown as they change. Try `kill -9` of a node as it says, and watch how the
# others take over what it had; then press Enter, and it is started again and finds its game servers. Ctrl-C deletes the schedulers and ends all of it.
#
# Environment: MAESTRO_BUILD (build), MAESTRO_ETCD (build/etcd/root/usr/bin/etcd), MAESTRO_CLUSTER_DATA (data/cluster),
# MAESTRO_FIRST_PORT (8100: ports from there to 8139 are used), MAESTRO_DEMO_SECONDS (until Ctrl-C).
set -u
cd "$(dirname "$0")/.." || exit 1
build=${MAESTRO_BUILD:-build}
etcd=${MAESTRO_ETCD:-build/etcd/root/usr/bin/etcd}
data=${MAESTRO_CLUSTER_DATA:-data/cluster}
first=${MAESTRO_FIRST_PORT:-8100}
seconds=${MAESTRO_DEMO_SECONDS:-0}
# The node reads MAESTRO_… names as its configuration: ours must not reach it.
unset MAESTRO_BUILD MAESTRO_ETCD MAESTRO_CLUSTER_DATA MAESTRO_FIRST_PORT MAESTRO_DEMO_SECONDS
maestro=$build/maestro

store= watch=
say() { printf '==> %s\n' "$*"; }
port() { echo $((first + $1)); }
server() { echo "http://127.0.0.1:$(port "$1"1)"; }
pid_of() { cat "$data/n$1.pid" 2>/dev/null; }

for program in "$maestro" "$build/arena_server" "$etcd"; do
  if [ ! -x "$program" ]; then
    echo "$program is missing: run 'make cluster'" >&2
    exit 1
  fi
done

start_etcd() {
  client=http://127.0.0.1:$(port 2) peer=http://127.0.0.1:$(port 3)
  setsid "$etcd" --data-dir "$data/etcd" --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" \
    >>"$data/etcd.log" 2>&1 </dev/null &
  store=$!
}

# start_node 2: node n2 on ports 20 and on.
start_node() {
  [ -f "$data/ca/n$1.crt" ] || "$maestro" cluster ca issue "n$1" --folder "$data/ca" >/dev/null || exit 1
  MAESTRO_PROCESS_USERRANGE="" MAESTRO_PROCESS_USER="$(id -un)" MAESTRO_CLUSTER_TLS_CAFILE="$data/ca/ca.crt" \
    MAESTRO_CLUSTER_TLS_CERTFILE="$data/ca/n$1.crt" MAESTRO_CLUSTER_TLS_KEYFILE="$data/ca/n$1.key" \
    setsid "$maestro" node --name "n$1" --data-dir "$data/n$1" --cluster-etcd "http://127.0.0.1:$(port 2)" \
    --cluster-listen "127.0.0.1:$(port "$1"0)" --management-port "$(port "$1"1)" --rooms-port "$(port "$1"2)" \
    --internal-port "$(port "$1"3)" --management-grpc-port "$(port "$1"4)" --rooms-grpc-port "$(port "$1"5)" \
    >>"$data/n$1.log" 2>&1 </dev/null &
  echo $! >"$data/n$1.pid"
}

# until_it_works TRIES COMMAND…: every tenth of a second.
until_it_works() {
  left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then
      echo "Not in time: $*; see $data/*.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

all_in() { [ "$("$maestro" node list --server "$(server 1)" -o name | wc -l)" -ge 3 ]; }

# A recipe of its own for each, with host ports of its own: all of them share this machine.
load() {
  sed "s/^name: arena/name: $1/; s/start: 20000/start: $2/; s/end: 20999/end: $(($2 + 99))/
    s#\${RECIPE_DIR}/../../build#$(cd "$build" && pwd)#" deploy/examples/arena.yaml >"$data/$1.yaml"
  "$maestro" scheduler get "$1" --server "$(server 1)" -o name >/dev/null 2>&1 ||
    "$maestro" scheduler create -f "$data/$1.yaml" --server "$(server 1)" --wait-rooms | tail -n 1
}

finish() {
  status=${asked:-$?}
  trap '' INT TERM
  trap - EXIT
  [ -z "$watch" ] || kill "$watch" 2>/dev/null
  printf '\n'
  say "Deleting the schedulers, ending nodes and etcd"
  for number in 1 2 3; do
    kill -0 "$(pid_of $number)" 2>/dev/null || start_node $number
  done
  until_it_works 100 all_in
  for name in arena-red arena-green arena-blue; do
    "$maestro" scheduler delete $name --wait --yes --server "$(server 1)" >/dev/null 2>&1
  done
  for number in 1 2 3; do
    kill -TERM "$(pid_of $number)" 2>/dev/null
  done
  for number in 1 2 3; do
    until_it_works 400 sh -c "! kill -0 $(pid_of $number)"
  done
  [ -z "$store" ] || kill -TERM "$store" 2>/dev/null
  exit "$status"
}

asked=
mkdir -p "$data" || exit 1
trap 'asked=0; exit 0' INT # Ctrl-C is how the demo is meant to end
trap 'asked=143; exit 143' TERM
trap finish EXIT
say "Starting etcd and the nodes n1, n2, n3 (logs and state: $data)"
start_etcd
[ -f "$data/ca/ca.crt" ] || "$maestro" cluster ca init --folder "$data/ca" >/dev/null || exit 1
for number in 1 2 3; do start_node $number; done
until_it_works 300 all_in
load arena-red 21000
load arena-green 21100
load arena-blue 21200
say "Every node answers for all of them:"
for number in 1 2 3; do
  "$maestro" scheduler list --server "$(server $number)" | sed "s/^/  n$number  /"
done
say "Try: kill -9 $(pid_of 2)   (node n2): the others serve what it had within seconds; Enter brings it back with its rooms"
"$maestro" node list --server "$(server 1)" --watch &
watch=$!
if [ "$seconds" -gt 0 ]; then
  sleep "$seconds"
  exit 0
fi
while read -r _; do
  for number in 1 2 3; do
    kill -0 "$(pid_of $number)" 2>/dev/null || { say "Starting n$number again"; start_node $number; }
  done
done
wait "$watch"
