#!/bin/sh
# Puts game servers of Debian into a folder without installing them: no service is started, no user is made, nothing outside
# of the folder changes. What they need and is not installed comes along. Where a server looks for its data beside itself, a
# link leads it there. Fails, and says so, when something cannot be downloaded.
#   unpack_game_servers.sh FOLDER PACKAGE...      leaves FOLDER/root
set -eu
folder=$1
shift
wanted=$*
[ -e "$folder/unpacked" ] && [ "$(cat "$folder/unpacked")" = "$wanted" ] && exit 0
mkdir -p "$folder/root"
cd "$folder"
fail() {
  echo "$1:" >&2
  tail -n 5 download.log >&2
  exit 1
}
apt-get -s -o Debug::NoLocking=1 --no-install-recommends install $wanted >plan.log 2>download.log ||
  fail "no plan for $wanted"
awk '/^Inst / {print $2}' plan.log >packages.txt
for package in $wanted; do grep -qx "$package" packages.txt || echo "$package" >>packages.txt; done
# shellcheck disable=SC2046 # one word for each package
apt-get -o Acquire::Retries=3 download $(cat packages.txt) >download.log 2>&1 || fail "cannot be downloaded"
for package in ./*.deb; do dpkg-deb -x "$package" root; done
rm -f ./*.deb
mkdir -p root/usr/lib/share root/usr/games
ln -sfn ../share/games/teeworlds/data root/usr/games/data
ln -sfn ../../share/games/minetest root/usr/lib/share/minetest
echo "$wanted" >unpacked
