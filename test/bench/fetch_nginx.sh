#!/bin/sh
# Puts Debian's nginx into a folder without installing it: no service is started, no port is opened, nothing outside
# of the folder changes. The benchmarks use it as one of their references; without it they say so and use the others.
#   fetch_nginx.sh FOLDER      leaves FOLDER/root/usr/sbin/nginx
set -eu
folder=$1
[ -x "$folder/root/usr/sbin/nginx" ] && exit 0
mkdir -p "$folder"
cd "$folder"
apt-get download nginx >/dev/null 2>&1 || { echo "nginx cannot be downloaded: it is left out" >&2; exit 0; }
dpkg -x nginx_*.deb root
