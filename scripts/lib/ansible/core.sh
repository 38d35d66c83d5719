#!/bin/sh
# In a node: makes a core that runs by itself, with a unit as the installer of Greengrass makes it. Of the stand-in for the nucleus.
#   core.sh ROOT RECORD [start]
set -eu
root=$1 record=$2
mkdir -p "$root"
/usr/bin/python3 -B /run/lab/shared/standin/install.py "$root" "$record" 20
cat >/etc/systemd/system/greengrass.service <<UNIT
[Unit]
Description=Greengrass Core

[Service]
Type=simple
RemainAfterExit=no
Restart=on-failure
RestartSec=10
ExecStart=/bin/sh -c "exec $root/alts/current/distro/bin/loader >> $root/logs/loader.log 2>&1"
KillMode=mixed

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
[ "${3:-}" != start ] || systemctl enable --now greengrass
