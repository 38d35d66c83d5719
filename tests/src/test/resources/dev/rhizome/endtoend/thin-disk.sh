#!/bin/bash
# Runs a program with a disk that is a thin file, on a small file system of its own that is full when told to be.
# In mount and PID namespaces of its own, which go when the program is killed.
#
# arguments: folder, path where the program finds the disk: a file, of which a copy is what the program sees; program and its arguments
# While FOLDER/full exists, the file system has no room; FOLDER/is-full is there from when that is so until there is room again.
set -eu
folder=$1 disk=$2
shift 2
mkdir -p "$folder/mount"
if [ ! -e "$folder/image" ]; then
    truncate -s 100M "$folder/image"
    mkfs.ext4 -q -F -m 0 -O ^has_journal "$folder/image"
fi
mount -o loop "$folder/image" "$folder/mount"
[ -e "$folder/mount/disk" ] || cp --sparse=auto "$disk" "$folder/mount/disk"
mount --bind "$folder/mount/disk" "$disk"

fill() {
    # It ends with an error, which is the purpose.
    dd if=/dev/zero of="$folder/mount/ballast" bs=64k status=none 2>/dev/null || sync -f "$folder/mount"
    touch "$folder/is-full"
}

make_room() {
    rm "$folder/mount/ballast"
    sync -f "$folder/mount"
    rm "$folder/is-full"
}

watch() {
    while sleep 0.1; do
        if [ -e "$folder/full" ]; then
            [ -e "$folder/is-full" ] || fill
        else
            [ ! -e "$folder/is-full" ] || make_room
        fi
    done
}
watch &
"$@"
