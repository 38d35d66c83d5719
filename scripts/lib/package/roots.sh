# Debian roots to test packages in. Sourced by scripts/test-package, after runtime.sh: the sources of this machine's apt are used.
# What takes minutes is kept in target/package-test.

# The mirror of Debian's main archive that this machine uses, and its release.
debian_mirror() { debian_sources | awk '$4 !~ /-/ { print $3, $4; exit }'; }

# A root as debootstrap makes it, with what a node has before Rhizome comes; as an archive, whose name is said.
#   debian_root ARCHITECTURE
debian_root() {
    local folder=$root/target/package-test mirror release file work
    read -r mirror release <<<"$(debian_mirror)"
    file=$folder/$release-$1.tar
    if [ ! -e "$file" ]; then
        mkdir -p "$folder"
        work=$(mktemp -d "$folder/root.XXXXXX")
        if [ "$1" = "$(dpkg --print-architecture)" ]; then
            debootstrap --variant=minbase --include=systemd "$release" "$work" "$mirror" >"$folder/debootstrap-$1.log" 2>&1
        else
            # Its second half needs the other processor: package_test/arm64.py does it.
            debootstrap --foreign --arch="$1" --variant=minbase "$release" "$work" "$mirror" >"$folder/debootstrap-$1.log" 2>&1
        fi || die "debootstrap failed for $1: $(tail -n 1 "$folder/debootstrap-$1.log")"
        rm -f "$work"/var/cache/apt/*.bin
        tar --directory="$work" --create --file="$file.new" .
        mv "$file.new" "$file"
        rm -rf "$work"
    fi
    printf '%s\n' "$file"
}
