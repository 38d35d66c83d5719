#!/bin/bash
# Runs a program with a disk that fails or hangs when told to: nbdkit's error filter under FUSE.
# In mount and PID namespaces of its own, which go when the program is killed.
#
# arguments: folder, file that holds the disk's bytes, path where the program finds the disk,
#            program and its arguments
# While FOLDER/fail exists, all reads and writes fail; while FOLDER/hang exists, none ends,
# from when there is FOLDER/hangs.
set -eu
folder=$1 bytes=$2 disk=$3
shift 3
mkdir -p "$folder/mount"
nbdkit --foreground --unix "$folder/nbdkit.sock" --pidfile "$folder/nbdkit.pid" \
    --filter=error file "$bytes" error-file="$folder/fail" error-rate=100% error=EIO &
until [ -s "$folder/nbdkit.pid" ]; do sleep 0.05; done
nbdfuse "$folder/mount/disk" --unix "$folder/nbdkit.sock" &
until [ -s "$folder/mount/disk" ]; do sleep 0.05; done
touch "$disk"
mount --bind "$folder/mount/disk" "$disk"
nbdkit=$(cat "$folder/nbdkit.pid")
watch() {
    while sleep 0.1; do
        if [ -e "$folder/hang" ]; then
            kill -STOP "$nbdkit"
            touch "$folder/hangs"
        else
            kill -CONT "$nbdkit"
            rm -f "$folder/hangs"
        fi
    done
}
watch &
"$@"
