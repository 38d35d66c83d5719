#!/bin/bash
# A file system on a Primary's block device.
#
#   device.sh FOLDER DEVICE write TYPE             a new file system, and files in it until that fails or a line comes in
#   device.sh FOLDER DEVICE check TYPE MANIFEST    mounts it (which replays its journal), looks at the files, checks it
#   device.sh FOLDER DEVICE tour TYPE              what a device must be able to do, step by step; stays mounted until a line comes in
#   device.sh FOLDER DEVICE grow                   a file system under load; after a line has come in, grows it online and fills what is new
#   device.sh FOLDER DEVICE pressure               after a line has come in, writes more than its memory cgroup has room for
#
# Runs in mount and PID namespaces of its own: whatever happens to it, its mounts and processes go with it.
set -euo pipefail
folder=$1 device=$2 action=$3
here=$(dirname "$0")
root=$folder/root
mkdir -p "$root"

step() { timeout --kill-after=5 60 "$@"; }

tear_down() {
    if mountpoint -q "$root"; then
        step umount "$root" || step umount -l "$root"
    fi
}
trap tear_down EXIT

format() {
    case $1 in
        ext4) step mkfs.ext4 -q -F "$device" ;;
        xfs) step mkfs.xfs -q -f "$device" ;;
    esac
}

check() {
    case $1 in
        ext4) step e2fsck -fn "$device" ;;
        xfs) step xfs_repair -n "$device" ;;
    esac
}

case $action in
    write)
        format "$4"
        step mount "$device" "$root"
        echo "mounted"
        /usr/bin/python3 "$here/files.py" write "$root"
        ;;
    check)
        step mount "$device" "$root"
        /usr/bin/python3 "$here/files.py" check "$root" "$5"
        step umount "$root"
        check "$4"
        echo "file system clean"
        ;;
    tour)
        node=$(readlink -f "$device")
        queue=/sys/block/$(basename "$node")/queue
        echo "size: $(blockdev --getsize64 "$device")"
        echo "sector: $(blockdev --getss "$device")"
        echo "cache: $(cat "$queue/write_cache")"
        echo "discard: $(cat "$queue/discard_max_bytes")"
        echo "zeroes: $(cat "$queue/write_zeroes_max_bytes")"
        lsblk --noheadings --output NAME,SIZE "$node"
        format "$4"
        echo "signature: $(wipefs --noheadings --output TYPE "$device")"
        step mount "$device" "$root"
        step fio --name=verify --directory="$root" --size=8m --numjobs=2 --rw=randwrite --bs=4k --direct=1 --ioengine=libaio \
            --iodepth=16 --verify=crc32c --minimal >"$folder/fio.out" || { cat "$folder/fio.out"; exit 1; }
        echo "fio verified"
        step stress-ng --temp-path "$root" --quiet --verify --hdd 1 --hdd-bytes 4m --hdd-ops 300 --rename 1 --rename-ops 400 \
            --link 1 --link-ops 20 --dir 1 --dir-ops 200 --timeout 20s
        echo "stress done"
        step dd if=/dev/urandom of="$root/large" bs=1M count=24 conv=fsync status=none
        cp "$root/large" "$folder/large"
        step fsfreeze --freeze "$root"
        step fsfreeze --unfreeze "$root"
        echo "frozen and thawed"
        step umount "$root"
        step mount "$device" "$root"
        cmp "$root/large" "$folder/large"
        rm "$root"/verify* "$root/large"
        sync -f "$root"
        echo "trimmed: $(step fstrim --verbose "$root")"
        echo "mounted"
        read -r
        step umount "$root"
        check "$4"
        echo "open"
        exec 3<"$device"
        read -r
        exec 3<&-
        ;;
    grow)
        format xfs
        step mount "$device" "$root"
        (number=0
        while [ ! -e "$folder/enough" ]; do
            dd if=/dev/urandom of="$root/written-$((number % 8))" bs=256k count=4 conv=fsync status=none || exit 1
            number=$((number + 1))
        done
        echo "written: $number times") &
        writer=$!
        echo "mounted: $(df --block-size=1 --output=size "$root" | tail -n 1)"
        read -r
        # The kernel's own view first; then the file system, mounted and in use.
        echo "device: $(blockdev --getsize64 "$device")"
        step xfs_growfs "$root" >/dev/null
        echo "grown: $(df --block-size=1 --output=size "$root" | tail -n 1)"
        step dd if=/dev/urandom of="$root/large" bs=1M count=70 conv=fsync status=none
        sha256sum <"$root/large" >"$folder/large.sum"
        touch "$folder/enough"
        wait "$writer"
        step umount "$root"
        check xfs
        step mount "$device" "$root"
        sha256sum <"$root/large" | cmp - "$folder/large.sum"
        step umount "$root"
        echo "file system clean"
        ;;
    pressure)
        format ext4
        step mount "$device" "$root"
        echo "mounted"
        read -r
        timeout --kill-after=5 100 dd if=/dev/zero of="$root/pages" bs=1M count=200 status=none
        timeout --kill-after=5 100 sync -f "$root"
        echo "written back: $(stat --format=%s "$root/pages")"
        ;;
esac
