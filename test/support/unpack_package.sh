#!/bin/sh
# Puts one program of a Debian package into a folder without installing the package: no service is started, no port is
# opened, nothing outside of the folder changes. Fails, and says so, when the package cannot be downloaded.
#   unpack_package.sh FOLDER PACKAGE PROGRAM      leaves FOLDER/root/PROGRAM
set -eu
folder=$1 package=$2 program=$3
[ -x "$folder/root/$program" ] && exit 0
mkdir -p "$folder"
cd "$folder"
apt-get -o Acquire::Retries=3 download "$package" >download.log 2>&1 || {
  echo "$package cannot be downloaded:" >&2
  cat download.log >&2
  exit 1
}
dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -f - --one-top-level=root --wildcards "./$program"
rm -f "$package"_*.deb
