# A virtual machine in pure emulation, with a kernel of Debian's and this machine's root, read-only, as its own. Sourced, after common.sh.
: "${root:?}"

# What the host runs and what the guest, which has the host's programs, runs.
KERNELS_PACKAGES="qemu-system-x86 busybox-static kmod xz-utils nbd-client xfsprogs"

# What the guest must have to reach its root; everything else it loads from there.
ROOT_MODULES="virtio_pci virtio_blk 9p 9pnet_virtio overlay"

guest_memory=2G
guest_disk_bytes=420M

kernels_cache=${XDG_CACHE_HOME:-$HOME/.cache}/rhizome/kernels

# The package with the kernel in it, which a metapackage depends on.
real_kernel() {
    name=$1
    while next=$(apt-cache depends "$name" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[^ <]*\)$/\1/p' | head -n 1) && [ -n "$next" ]; do
        name=$next
    done
    printf '%s\n' "$name"
}

# Downloads and unpacks a kernel package, without installing it; sets kernel_folder, kernel_release and modules.
fetch_kernel() {
    apt-cache show "$1" >/dev/null 2>&1 || apt-get -q update >"$root/target/packages.log" 2>&1 || :
    package=$(real_kernel "$1")
    kernel_folder=$kernels_cache/$package
    if [ ! -e "$kernel_folder/complete" ]; then
        say "fetching $package"
        rm -rf "$kernel_folder"
        mkdir -p "$kernel_folder/download"
        (cd "$kernel_folder/download" && apt-get -q -o APT::Sandbox::User=root download "$package") >"$root/target/packages.log" 2>&1 ||
            die "no kernel package $package: $(tail -n 1 "$root/target/packages.log")"
        dpkg-deb -x "$kernel_folder"/download/*.deb "$kernel_folder"
        rm -rf "$kernel_folder/download"
        kernel_release=$(kernel_release)
        depmod -b "$kernel_folder" "$kernel_release"
        touch "$kernel_folder/complete"
    fi
    kernel_release=$(kernel_release)
    modules=$kernel_folder/lib/modules/$kernel_release
}

kernel_release() {
    for file in "$kernel_folder"/boot/vmlinuz-*; do
        printf '%s\n' "${file##*/vmlinuz-}"
    done
}

# The memory disk: busybox, the modules that lead to the root, and the first process.
build_memory_disk() {
    disk=$job/memory-disk
    mkdir -p "$disk/bin" "$disk/modules"
    cp "$(command -v busybox)" "$disk/bin/busybox"
    cp "$root/scripts/kernels/init" "$disk/init"
    for module in $ROOT_MODULES; do
        # What is built into the kernel needs no loading.
        modprobe -d "$kernel_folder" -S "$kernel_release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
    done | awk '!seen[$0]++' | while read -r file; do
        name=$(basename "$file")
        case $name in
            *.xz) xz -dc "$file" >"$disk/modules/${name%.xz}" ;;
            *) cp "$file" "$disk/modules/$name" ;;
        esac
        printf '%s\n' "${name%.xz}"
    done >"$disk/modules/order"
    (cd "$disk" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$job/initrd"
    rm -rf "$disk"
}

# Boots the guest, which does what $job/command says, within a time limit in seconds; answers with that command's exit code.
# 124: the time was up. 126: the kernel broke. 125: the guest ended without a word.
boot() {
    limit=$1
    build_memory_disk
    # Two disks of which the guest's writes need not outlive the host.
    truncate -s "$guest_disk_bytes" "$job/alpha.disk" "$job/beta.disk"
    drive=if=virtio,format=raw,cache=unsafe,discard=unmap
    append="console=ttyS0 panic=-1 oops=panic mitigations=off rhizome.lab=$root/scripts/kernels rhizome.root=$root rhizome.job=$job"
    append="$append rhizome.modules=$modules rhizome.java=$JAVA_HOME"
    status=0
    rm -f "$job/status"
    timeout --foreground --kill-after=10 "$limit" qemu-system-x86_64 \
        -accel tcg,thread=multi,tb-size=512 -smp 2 -m "$guest_memory" -cpu max,la57=off -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$kernel_folder/boot/vmlinuz-$kernel_release" -initrd "$job/initrd" \
        -append "$append" \
        -serial "file:$job/kernel.log" -serial stdio -monitor none \
        -virtfs "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap" \
        -virtfs "local,path=$job,mount_tag=job,security_model=none" \
        -drive "file=$job/alpha.disk,$drive" -drive "file=$job/beta.disk,$drive" || status=$?
    [ "$status" != 124 ] || return 124
    if grep -q 'Kernel panic' "$job/kernel.log" 2>/dev/null; then
        return 126
    fi
    [ -s "$job/status" ] || return 125
    return "$(cat "$job/status")"
}

# What an exit code of boot means, with the end of the kernel's log.
explain() {
    case $1 in
        124) say "the guest's time was up; the end of its kernel's log:" && tail -n 40 "$job/kernel.log" ;;
        125) say "the guest ended without a word; the end of its kernel's log:" && tail -n 20 "$job/kernel.log" ;;
        126) say "the guest's kernel broke:" && grep -m 1 -A 40 -E 'BUG:|Oops|general protection|Kernel panic' "$job/kernel.log" ;;
    esac
}
