#!/bin/sh
# The Debian package as an operator meets it, in a Debian of its own with a real systemd: installed, started, upgraded while
# matches go on, removed, purged. Nothing on this machine is changed; what is made is in FOLDER and ends with it.
#   package_life.sh SOURCE BUILD FOLDER
# 77: it cannot be tried here, and why. What can then still be tried is (the package's contents, the unit's own check).
set -eu
source=$1 build=$2 folder=$3
untried="installing, upgrading over matches and removing were"
mkdir -p "$folder"
cd "$folder"
. "$source/test/package/machines.sh"
finish() {
  status=$?
  trap - EXIT
  end_machines $status debian
  rm -rf debian
  exit "$status"
}
trap finish EXIT
inside() { on debian "$@"; }

say "Two packages of one build, the second one newer"
make_packages

say "What is in it"
dpkg-deb --contents "$old" | awk '{print $6}' >contents
for file in ./usr/bin/maestro ./usr/lib/systemd/system/maestro.service ./usr/lib/tmpfiles.d/maestro.conf \
  ./etc/maestro/maestro.yaml \
  ./usr/share/man/man1/maestro.1.gz ./usr/share/man/man5/maestro.yaml.5.gz \
  ./usr/share/bash-completion/completions/maestro ./usr/share/doc/maestro/sbom.spdx.json \
  ./usr/share/doc/maestro/copyright ./usr/share/doc/maestro/examples/cluster/maestro.yaml; do
  grep -qx "$file" contents || fail "$old has no $file"
done
dpkg-deb --contents "$old" | awk '$2 != "root/root" {print; bad = 1} END {exit bad}' || fail "files of others"
dpkg-deb --fsys-tarfile "$old" | tar -x -f - -O ./usr/share/doc/maestro/sbom.spdx.json >sbom.json
python3 - sbom.json <<'CHECK'
import json, sys
sbom = json.load(open(sys.argv[1]))
linked = {r["relatedSpdxElement"] for r in sbom["relationships"] if r["relationshipType"] == "DYNAMIC_LINK"}
built = {r["relatedSpdxElement"] for r in sbom["relationships"] if r["relationshipType"] == "STATIC_LINK"}
names = {p["SPDXID"]: p["name"] for p in sbom["packages"]}
assert {"libc6", "libssl3"} <= {names[i] for i in linked}, sorted(names.values())
assert {"libcaf-dev", "libcli11-dev"} <= {names[i] for i in built}, sorted(names.values())
assert all(p["versionInfo"] for p in sbom["packages"])
CHECK

need_machines
say "A fresh Debian"
fresh_debian debian "/root/$old"
say "Its systemd"
boot debian --private-network

say "Installed: it is enabled, it runs, and it can work"
install_on debian "/root/$old"
inside systemctl is-enabled --quiet maestro || fail "it is not enabled"
inside systemctl is-active --quiet maestro || fail "it does not run"
wait_until "the node does not become ready" inside maestro status
inside systemd-analyze verify --man=no maestro.service 2>verify.log || { cat verify.log; fail "systemd-analyze verify"; }
inside systemd-analyze security maestro.service --no-pager --threshold=40 >security.log || { tail -n 1 security.log; fail "exposed"; }
tail -n 1 security.log
inside sh -c '[ "$(stat -c %a /var/lib/maestro)" = 711 ] && [ -d /var/log/maestro ]' || fail "its folders"
inside journalctl -u maestro -o json --no-pager >log.json
grep -q '"PRIORITY":"6"' log.json || fail "no priorities in the journal"
grep '"_COMM":"maestro"' log.json | grep -q '"MESSAGE":"node: node is ready' || fail "a line in the journal begins with a time of its own"

say "It is nobody's root: a user of its own, and what a user for each room takes"
node=$(inside systemctl show -p MainPID --value maestro)
[ "$(inside stat -c %U "/proc/$node")" = maestro ] || fail "it is not the user maestro"
[ "$(inside stat -c %U /var/lib/maestro)" = maestro ] || fail "its folder is not its own"
# chown(0) dac_override(1) fowner(3) kill(5) setgid(6) setuid(7) setpcap(8)
for set in CapPrm CapEff CapBnd CapAmb; do
  inside grep -qx "$set:[[:space:]]*00000000000001eb" "/proc/$node/status" || fail "$set of the node is another"
done
inside journalctl -u maestro -o cat --no-pager | grep -q "each room runs as a user of its own" || fail "rooms share a user"
inside journalctl -u maestro -o cat --no-pager | grep -q "needs a range of its own" && fail "it does not lock its rooms' users"
[ "$(inside stat -c '%U %a' /run/maestro-room-users.lock)" = "root 600" ] || fail "the locks of rooms' users are not root's"

say "What keeps it from starting is an error in the journal"
inside sh -c 'systemd-run --quiet --wait --unit=wrong maestro node --config /nowhere.yaml' 2>/dev/null && fail "it started"
inside journalctl -u wrong -p err -o cat --no-pager | grep -q "there is no configuration file /nowhere.yaml" || fail "no error"

say "Matches go on"
inside maestro scheduler create -f /root/arena.yaml --wait-rooms --wait-timeout 60s
inside systemd-run --quiet --unit=bots --property=DynamicUser=yes \
  arena_bot --rooms-api http://127.0.0.1:8070 --scheduler arena --lanes 2 --pause-ms 500
occupied() { inside maestro room list arena --status occupied -o name | grep -q .; }
wait_until "nobody plays" occupied
servers() { inside pgrep -x arena_server | sort; }
before=$(servers) node=$(inside systemctl show -p MainPID --value maestro)
[ "$(echo "$before" | wc -l)" -eq 5 ] || fail "not five game servers"
inside sh -c 'for p in $(pgrep -x arena_server); do stat -c %u /proc/$p; done' | sort | uniq -d | grep -q . && fail "two rooms are one user"
inside sh -c 'for p in $(pgrep -x arena_server); do grep ^Cap /proc/$p/status; done' | grep -qv 0000000000000000 && fail "a room has capabilities"
[ "$(inside sh -c 'for p in $(pgrep -x arena_server); do cat /proc/$p/cgroup; done' |
  grep -o 'maestro.service/maestro-[^/]*/arena-[^/]*' | sort -u | wc -l)" -eq 5 ] || fail "rooms have no groups of their own"
room=$(inside maestro room list arena -o name | head -n 1)
inside maestro room exec arena "$room" --data-dir /var/lib/maestro -- id -u | grep -q '^6[0-9]*$' || fail "room exec is not the room's user"

say "Upgraded over them"
echo "# the operator's own line" >>debian/etc/maestro/maestro.yaml
install_on debian "/root/$new"
inside dpkg-query -W -f '${Version}\n' maestro | grep -q -- -2 || fail "the old one is still there"
[ "$(inside systemctl show -p MainPID --value maestro)" != "$node" ] || fail "the node was not restarted"
wait_until "the upgraded node does not become ready" inside maestro status
[ "$(servers)" = "$before" ] || fail "game servers were ended by the upgrade"
grep -q "the operator's own line" debian/etc/maestro/maestro.yaml || fail "the configuration was overwritten"
wait_until "nobody plays after the upgrade" occupied
inside maestro room list arena

say "Backed up while it runs, and restored"
inside maestro backup /root/backup
inside maestro restore /root/backup --check
inside maestro restore /root/backup --data-dir /root/restored

say "Removed: rooms play on, state stays"
inside systemctl stop bots
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq remove -y maestro >remove.log 2>&1 || { tail remove.log; fail "the removal"; }
inside systemctl is-active --quiet maestro && fail "it still runs"
[ "$(servers)" = "$before" ] || fail "game servers were ended by the removal"
[ -d debian/var/lib/maestro/journal ] || fail "the state went"

say "Installed again: it finds its rooms; then they are ended, and all of it purged"
install_on debian "/root/$new"
wait_until "the node does not become ready again" inside maestro status
[ "$(servers)" = "$before" ] || fail "game servers were ended"
inside maestro scheduler delete arena --wait --yes
[ -z "$(servers)" ] || fail "game servers are left"
inside env DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y maestro >purge.log 2>&1 || { tail purge.log; fail "the purge"; }
for left in var/lib/maestro var/log/maestro etc/maestro usr/lib/systemd/system/maestro.service usr/lib/tmpfiles.d/maestro.conf usr/bin/maestro; do
  [ ! -e "debian/$left" ] || fail "$left is left"
done
say "All of it works"
