#!/bin/bash
# A file system on the volume: ext4 on a loop device on a file that nbdfuse makes of an NBD server.
#
#   filesystem.sh FOLDER SOCKET write            a new file system, and files in it until that fails or a line comes in
#   filesystem.sh FOLDER SOCKET check MANIFEST   mounts it (which replays its journal), looks at the files, checks it
#
# Runs in mount and PID namespaces of its own: whatever happens to it, its mounts and processes go with it, and the loop device,
# which is freed with its mount.
set -euo pipefail
folder=$1 socket=$2 action=$3 manifest=${4:-}
here=$(dirname "$0")
mkdir -p "$folder/device" "$folder/root"
device=$folder/device/nbd
root=$folder/root

step() { timeout --kill-after=5 30 "$@"; }

tear_down() {
    if mountpoint -q "$root"; then
        step umount "$root" || step umount -l "$root"
    fi
    if mountpoint -q "$folder/device"; then
        step fusermount3 -u "$folder/device" || step fusermount3 -u -z "$folder/device"
    fi
    if [ -e "$folder/nbdfuse.pid" ]; then
        kill "$(cat "$folder/nbdfuse.pid")" 2>/dev/null || :
        rm -f "$folder/nbdfuse.pid"
    fi
}
trap tear_down EXIT

nbdfuse --pidfile "$folder/nbdfuse.pid" "$folder/device" --unix "$socket" &
for _ in $(seq 300); do
    # nbdfuse has no other sign that it is ready than this file.
    [ -s "$folder/nbdfuse.pid" ] && break
    read -rt 0.1 <> <(:) || :
done
[ -s "$folder/nbdfuse.pid" ] || { echo "nbdfuse did not start"; exit 1; }

if [ "$action" = write ]; then
    step mkfs.ext4 -q -F "$device"
    step mount -o loop "$device" "$root"
    echo "mounted"
    /usr/bin/python3 "$here/files.py" write "$root"
else
    step mount -o loop "$device" "$root"
    /usr/bin/python3 "$here/files.py" check "$root" "$manifest"
    step umount "$root"
    step e2fsck -fn "$device"
    echo "file system clean"
fi
