#!/bin/bash
# Runs a program with a disk that is a thin file, on a small file system of its own that is full when told to be.
# In mount and PID namespaces of its own, which go when the program is killed.
#
# arguments: folder, path where the program finds the disk: a file without data, of which the program sees a copy; program and its arguments
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
if [ ! -e "$folder/mount/disk" ]; then
    # The end holds the metadata, which has its room from the beginning, zeroes included: cp would leave them out.
    end=$(($(stat -c %s "$disk") / 1048576 - 2))
    truncate -s "$(stat -c %s "$disk")" "$folder/mount/disk"
    dd if="$disk" of="$folder/mount/disk" bs=1M skip="$end" seek="$end" conv=notrunc status=none
fi
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
