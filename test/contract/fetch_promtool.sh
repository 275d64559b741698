#!/bin/sh
# Puts Prometheus's promtool into a folder without installing the package, which would start a server: nothing outside
# of the folder changes. Without it the test of deploy/alerts.yaml says so.
#   fetch_promtool.sh FOLDER      leaves FOLDER/root/usr/bin/promtool
set -eu
folder=$1
[ -x "$folder/root/usr/bin/promtool" ] && exit 0
mkdir -p "$folder"
cd "$folder"
apt-get download prometheus >/dev/null 2>&1 || { echo "promtool cannot be downloaded" >&2; exit 0; }
dpkg -x prometheus_*.deb root
rm -f prometheus_*.deb
rm -f root/usr/bin/prometheus
