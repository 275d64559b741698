#!/bin/sh
# Installs what deploy/packages lists and this machine lacks, or the packages that are named, as root or through sudo. Does
# nothing, and quickly, when all of it is there. Called by the Makefile and by .ci/run.
#   install_packages.sh [PACKAGE...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
wanted=${*:-$(grep -v '^#' "$here/packages")}

missing=
for package in $wanted; do
  case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true) in
  ii*) ;;
  *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "These packages are missing and there is no apt-get to install them:$missing" >&2
  exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "These packages are missing:$missing" >&2
  echo "Run this as root, install sudo, or ask an administrator for: apt-get install$missing" >&2
  exit 1
fi

run_apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null
}

lists=/var/lib/apt/lists
fresh=$(find "$lists" -maxdepth 1 -name '*_Packages*' -mtime -1 2>/dev/null | head -n 1)
echo "==> Installing Debian packages:$missing"
if [ -z "$fresh" ]; then
  run_apt update
fi
# A list from yesterday may name files that are gone by now: then refresh it and try once more.
if ! run_apt install -y --no-install-recommends $missing; then
  run_apt update
  run_apt install -y --no-install-recommends $missing
fi
echo "==> Packages are installed"
