# Debian machines of their own with a real systemd, for the tests of the package; sourced. The working folder is FOLDER: a machine
# is a folder in it. Nothing on this machine is changed. SOURCE and BUILD are Maestro's.
say() { printf '==> %s %s\n' "$(date +%T)" "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
# Not tried is 77, and why.
skip() {
  echo "SKIPPED: $untried not tried: $*"
  exit 77
}

# tool NAME PACKAGE: taken from the machine, or out of its package without installing that.
tool() {
  command -v "$1" >/dev/null && return
  "$source/test/support/unpack_package.sh" "$folder/tools" "$2" "usr/bin/$1" || skip "there is no $1"
  PATH=$folder/tools/root/usr/bin:$PATH
}

# Two packages of one build, the second one newer: $old and $new.
make_packages() {
  rm -f ./*.deb
  for release in 1 2; do
    (
      flock 9
      cd "$build" && cpack -G DEB -D CPACK_DEBIAN_PACKAGE_RELEASE=$release >cpack.log 2>&1 && mv maestro_*-"$release"_*.deb "$folder"
    ) 9>"$build/cpack.lock" || { cat "$build/cpack.log"; fail "cpack"; }
  done
  old=$(ls maestro_*-1_*.deb) new=$(ls maestro_*-2_*.deb)
}

# Can machines be made here at all?
need_machines() {
  [ "$(id -u)" -eq 0 ] || skip "that needs root"
  tool mmdebstrap mmdebstrap
  tool systemd-nspawn systemd-container
  systemd-nspawn --version >/dev/null 2>&1 || skip "systemd-nspawn does not run here"
}

# fresh_debian MACHINE PACKAGE...: with what it takes to install these there without a network.
fresh_debian() {
  made=$1
  shift
  (
    flock 9
    [ -e "$build/debian.tar" ] || {
      mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,procps \
        "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$build/half.tar" && mv "$build/half.tar" "$build/debian.tar"
    }
  ) 9>"$build/debian.lock" || skip "mmdebstrap cannot make a Debian"
  mkdir -p "$made"
  find "$made" -xdev -mindepth 1 -delete
  tar -C "$made" -x -f "$build/debian.tar"
  cp "$old" "$new" "$made/root/"
  cp "$build/arena_server" "$build/arena_bot" "$made/usr/local/bin/"
  sed 's|${RECIPE_DIR}/../../build/arena_server|/usr/local/bin/arena_server|' "$source/deploy/examples/arena.yaml" \
    >"$made/root/arena.yaml"
  # What it depends on comes from Debian, by apt, as for anybody.
  cp /etc/resolv.conf "$made/etc/resolv.conf" 2>/dev/null || true
  for list in /etc/apt/apt.conf.d /etc/apt/auth.conf.d; do
    [ ! -d $list ] || cp -r $list/. "$made$list/" 2>/dev/null || true
  done
  chroot "$made" apt-get -qq update >/dev/null 2>&1 || skip "apt reaches no archive"
  chroot "$made" apt-get -qq install -y --no-install-recommends --download-only "$@" >download.log 2>&1 ||
    { cat download.log; fail "what the package depends on cannot be had"; }
}

# boot MACHINE OPTION...: options of systemd-nspawn.
boot() {
  booted=$1
  shift
  systemd-nspawn --directory="$booted" --machine="$booted" --register=no --keep-unit --boot --console=pipe "$@" >"$booted.boot.log" 2>&1 &
  machine=$!
  echo $machine >"$booted.pid"
  tries=0
  until leader=$(cat /proc/$machine/task/$machine/children 2>/dev/null | awk '{print $1}') && [ -n "$leader" ] &&
    echo "$leader" >"$booted.leader" && state=$(on "$booted" systemctl is-system-running 2>/dev/null || true) &&
    { [ "$state" = running ] || [ "$state" = degraded ]; }; do
    tries=$((tries + 1))
    kill -0 $machine 2>/dev/null && [ $tries -lt 300 ] || { tail -n 5 "$booted.boot.log"; skip "systemd does not boot in a container here"; }
    sleep 0.1
  done
}
# on MACHINE COMMAND...
on() {
  at=$(cat "$1.leader")
  shift
  nsenter --target "$at" --all -- "$@"
}
# install_on MACHINE PACKAGE...: from what fresh_debian has downloaded.
install_on() {
  target=$1
  shift
  on "$target" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" \
    >"$target.install.log" 2>&1 || { tail -n 20 "$target.install.log"; fail "apt-get install on $target"; }
}
# As by its switch: nothing is asked, nothing is written any more.
cut_power() {
  [ -e "$1.pid" ] || return 0
  # The machine's processes end with its first one.
  kill -KILL "$(cat "$1.leader" 2>/dev/null)" 2>/dev/null || true
  sleep 0.2
  kill -KILL "$(cat "$1.pid")" 2>/dev/null || true
  wait "$(cat "$1.pid")" 2>/dev/null || true
  rm -f "$1.pid" "$1.leader"
}
# end_machines STATUS MACHINE...: of a failure their journals are shown first.
end_machines() {
  outcome=$1
  shift
  for ended in "$@"; do
    [ "$outcome" -eq 0 ] || [ "$outcome" -eq 77 ] || [ ! -e "$ended.leader" ] || {
      echo "--- $ended"
      on "$ended" journalctl -u maestro -u etcd -n 40 --no-pager -o cat || true
    }
    cut_power "$ended"
  done
}

# wait_until WHAT-IF-NOT COMMAND...: at most three minutes
wait_until() {
  what=$1 until=$(($(date +%s) + 180))
  shift
  until "$@" >said 2>&1; do
    [ "$(date +%s)" -lt $until ] || { cat said >&2; fail "$what"; }
    sleep 0.1
  done
}
