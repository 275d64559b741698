#!/bin/sh
# deploy/guide/cluster.md as an operator follows it: three machines, each a Debian of its own with its own systemd and address, three
# members of etcd and three nodes from the package, with the example files of deploy/cluster. A process is killed, a machine loses its
# power and comes back, all are upgraded one by one while matches go on, a machine is lost for good and replaced.
#   cluster_life.sh SOURCE BUILD FOLDER
# 77: it cannot be tried here, and why.
set -eu
source=$1 build=$2 folder=$3
untried="three machines were"
mkdir -p "$folder"
cd "$folder"
. "$source/test/package/machines.sh"
finish() {
  status=$?
  trap - EXIT
  end_machines $status n1 n2 n3 n4
  # What they wrote is on the disk, what they began with is in memory.
  umount n? base 2>/dev/null || true
  rm -rf n? n?.* base
  exit "$status"
}
trap finish EXIT

if [ -z "${MAESTRO_OWN_MOUNTS:-}" ]; then
  trap - EXIT
  need_machines
  MAESTRO_OWN_MOUNTS=1 exec unshare --mount "$0" "$@" || skip "there are no namespaces here"
fi
if [ -z "${MAESTRO_OWN_NETWORK:-}" ]; then
  say "A Debian, etcd and the package"
  need_machines
  make_packages
  mkdir -p base
  mount -t tmpfs -o size=2g tmpfs base || skip "nothing is mounted here"
  fresh_debian base "/root/$old" etcd-server etcd-client
  trap - EXIT
  # From here on in a network of its own: a bridge that only these machines are on.
  MAESTRO_OWN_NETWORK=1 old=$old new=$new exec unshare --net "$0" "$@" || skip "there are no network namespaces here"
fi
ip link set lo up
ip link add mb0 type bridge && ip link set mb0 up || skip "there are no bridges here"

# prepare NUMBER: 10.0.0.N is the address of its etcd, 10.0.0.1N that of its node, as in the example files.
prepare() {
  rm -rf "n$1.disk" "n$1.work" # what a killed run has left
  mkdir -p n$1 n$1.disk n$1.work
  mount -t overlay -o lowerdir=base,upperdir=n$1.disk,workdir=n$1.work n$1 n$1 || skip "there is no overlayfs here"
  printf '[Match]\nName=host0\n[Network]\nAddress=10.0.0.%s/24\nAddress=10.0.0.1%s/24\nLinkLocalAddressing=no\n' $1 $1 \
    >n$1/etc/systemd/network/10-host0.network
  chroot n$1 systemctl -q enable systemd-networkd
  echo n$1 >n$1/etc/hostname
}
switch_on() { boot $1 --network-bridge=mb0; }

examples=/usr/share/doc/maestro/examples/cluster
# configure MACHINE: the guide's second step. The package has started a node that stands alone; what it kept is nothing yet.
configure() {
  number=${1#n}
  on $1 sh -c "sed -e 's/10\.0\.0\.11/10.0.0.1$number/; s/node: n1/node: $1/; s/n1\./$1./; s/rack-a/rack-$number/' $examples/maestro.yaml \
    >/etc/maestro/maestro.yaml"
  on $1 sh -c "mkdir -p /etc/systemd/system/maestro.service.d && cp $examples/maestro.conf /etc/systemd/system/maestro.service.d/cluster.conf"
  on $1 systemctl daemon-reload
}
# give MACHINE: its three files, readable by the node alone
give() {
  mkdir -p $1/etc/maestro/tls
  for file in ca.crt $1.crt $1.key; do cp n1/root/authority/$file $1/etc/maestro/tls/; done
  on $1 chown -R maestro: /etc/maestro/tls
}
command_line() {
  at=$1
  shift
  on "$at" maestro --server "http://10.0.0.1${at#n}:8080" "$@"
}
ready() { [ "$(command_line $1 node list --no-headers | grep -c ' ready ')" -eq $2 ]; }

join_with_token() { on n4 maestro cluster join - --authority 10.0.0.11:8091 --folder /etc/maestro/tls <n4.token; }

say "Three machines"
mkdir -p base/etc/systemd/network
for i in 1 2 3; do
  prepare $i
  switch_on n$i
  install_on n$i etcd-server etcd-client "/root/$old"
done

say "etcd on three machines"
for i in 1 2 3; do
  on n$i systemctl stop etcd
  on n$i sh -c "sed -e 's/e1$/e$i/; /_URLS=/s/10\.0\.0\.1:/10.0.0.$i:/' $examples/etcd.env >/etc/default/etcd"
done
for i in 1 2 3; do on n$i systemctl enable --quiet --now --no-block etcd; done
wait_until "etcd has no quorum" on n1 env ETCDCTL_API=3 etcdctl --endpoints http://10.0.0.1:2379,http://10.0.0.2:2379,http://10.0.0.3:2379 endpoint health

say "An authority, and three nodes"
on n1 maestro cluster ca init games --folder /root/authority
for i in 1 2 3; do
  on n1 maestro cluster ca issue n$i --folder /root/authority
  configure n$i
  give n$i
done
for i in 1 2 3; do on n$i systemctl restart maestro; done
for i in 1 2 3; do wait_until "n$i does not see three ready nodes" ready n$i 3; done
command_line n2 status
command_line n2 node list

servers() { on $1 pgrep -x arena_server | sort; }
say "Rooms on all of them, and players"
command_line n1 scheduler create -f /root/arena.yaml --wait-rooms --wait-timeout 60s
command_line n3 room list arena -o wide
for i in 1 2 3; do [ -n "$(servers n$i)" ] || fail "n$i has no room"; done
for i in 1 2; do
  on n$i systemd-run --quiet --unit=bots --property=DynamicUser=yes \
    arena_bot --rooms-api http://10.0.0.1$i:8070 --scheduler arena --lanes 1 --pause-ms 500
done
occupied() { command_line n2 room list arena --status occupied -o name | grep -q .; }
wait_until "nobody plays" occupied

say "A node's process is killed: systemd starts it, its rooms play on"
before=$(servers n2)
on n2 sh -c 'kill -KILL $(systemctl show -p MainPID --value maestro)'
wait_until "n2 does not come back" ready n2 3
[ "$(servers n2)" = "$before" ] || fail "game servers of n2 were ended"

say "A machine loses its power: others take its rooms' places"
cut_power n3
five_elsewhere() { [ "$(command_line n1 room list arena -o wide --no-headers | grep -E ' (ready|occupied) ' | grep -Ec ' n[12] *$')" -eq 5 ]; }
wait_until "its rooms were not replaced" five_elsewhere
wait_until "no room is handed out" command_line n2 room allocate arena
say "It has its power again"
switch_on n3
wait_until "n1 does not see n3 again" ready n1 3
wait_until "n3 is not whole" command_line n3 status
five_in_all() {
  command_line n1 room list arena -o wide --no-headers | tee listed
  [ "$(grep -vc ' error ' listed)" -eq 5 ] # what died with its machine says so for a while
}
wait_until "there are too many rooms" five_in_all
say "There are as many rooms as before"

say "Upgraded one by one while matches go on"
for i in 2 3 1; do
  other=$((i % 3 + 1))
  command_line n$other node drain n$i
  before=$(servers n$i)
  install_on n$i "/root/$new"
  wait_until "n$i does not come back" command_line n$i status
  [ "$(servers n$i)" = "$before" ] || fail "game servers of n$i were ended by the upgrade"
  command_line n$other node undrain n$i
done
for i in 1 2 3; do wait_until "n$i does not see three ready nodes" ready n$i 3; done
wait_until "nobody plays after the upgrade" occupied

say "A machine is lost for good, and another takes its place with a token"
cut_power n3
wait_until "its rooms were not replaced" five_elsewhere
wait_until "n3 cannot be removed" command_line n1 node remove n3 --yes
wait_until "its rooms stay in the list" five_in_all
say "Its rooms are forgotten"
prepare 4
switch_on n4
install_on n4 "/root/$new"
configure n4
on n1 maestro cluster token create n4 --folder /root/authority --lifetime 10m >n4.token
on n1 systemd-run --quiet --unit=authority maestro cluster ca serve --folder /root/authority --listen 10.0.0.11:8091
wait_until "no certificate for n4" join_with_token
on n4 chown -R maestro: /etc/maestro/tls
on n4 systemctl restart maestro
on n1 systemctl stop authority
for i in 1 2 4; do wait_until "n$i does not see three ready nodes" ready n$i 3; done
command_line n4 node list

say "Its end"
for i in 1 2; do on n$i systemctl stop bots; done
command_line n4 scheduler delete arena --wait --yes
for i in 1 2 4; do [ -z "$(servers n$i)" ] || fail "game servers are left on n$i"; done
say "All of it works"
