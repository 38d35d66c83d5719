# The Java that a package brings along: jlink's selection of Debian's OpenJDK, for any architecture that Debian builds it for.
# Sourced, after common.sh. Everything fetched is kept in target/jdk.

JDK_PACKAGE=openjdk-17-jdk-headless
JRE_PACKAGE=openjdk-17-jre-headless
# What Rhizome and its libraries use. jdeps names java.desktop, java.sql, java.naming and jdk.jfr as well: for parts of the libraries that Rhizome does not use (docs/decisions/0029).
RUNTIME_MODULES=java.base,java.logging,java.management,jdk.crypto.ec,jdk.management,jdk.unsupported

# This machine's Debian sources, as lines for an apt of our own.
debian_sources() {
    apt-get indextargets --format 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) main' \
        'Created-By: Packages' 'Origin: Debian' 'Component: main' | sort -u
}

# An apt that knows all architectures, and leaves this machine's own alone.
prepare_apt() {
    apt_folder=$root/target/jdk/apt
    mkdir -p "$apt_folder"/{lists/partial,archives/partial}
    debian_sources >"$apt_folder/sources"
    [ -s "$apt_folder/sources" ] || die "apt knows no Debian sources on this machine: run 'apt-get update', then this again"
    : >"$apt_folder/status"
    cat >"$apt_folder/apt.conf" <<CONF
Dir::State "$apt_folder";
Dir::State::status "$apt_folder/status";
Dir::Cache "$apt_folder";
Dir::Etc::sourcelist "$apt_folder/sources";
Dir::Etc::sourceparts "-";
APT::Architectures { "amd64"; "arm64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
    export APT_CONFIG=$apt_folder/apt.conf
    # Once a day is often enough to hear of a newer OpenJDK; without a network what is there will do.
    if [ -z "$(find "$apt_folder/updated" -mtime -1 2>/dev/null)" ]; then
        if apt-get -q update >"$apt_folder/log" 2>&1; then
            touch "$apt_folder/updated"
        else
            [ -e "$apt_folder/updated" ] || die "apt-get update failed: $(tail -n 1 "$apt_folder/log")"
            say "apt-get update failed; going on with what was fetched before"
        fi
    fi
    jdk_version=$(apt-cache madison "$JDK_PACKAGE" | awk 'NR == 1 { print $3 }')
    [ -n "$jdk_version" ] || die "Debian's sources on this machine have no $JDK_PACKAGE"
}

# Debian's JDK of an architecture, unpacked; its folder is said.
#   jdk_home ARCHITECTURE
jdk_home() {
    local folder=$root/target/jdk/$jdk_version/$1
    if [ ! -e "$folder" ]; then
        rm -rf "$folder.new"
        mkdir -p "$folder.new"
        (cd "$apt_folder/archives" && apt-get -q download "$JDK_PACKAGE:$1=$jdk_version" "$JRE_PACKAGE:$1=$jdk_version") >"$apt_folder/log" 2>&1 ||
            die "fetching $JDK_PACKAGE $jdk_version for $1 failed: $(tail -n 1 "$apt_folder/log")"
        for package in "$apt_folder"/archives/*_"$1".deb; do dpkg-deb --extract "$package" "$folder.new"; done
        rm "$apt_folder"/archives/*_"$1".deb
        mv "$folder.new" "$folder"
    fi
    printf '%s\n' "$folder/usr/lib/jvm/java-17-openjdk-$1"
}

# jlink must be of the same version as what it links: so it is the one that was fetched with it, for the architecture that it runs on.
#   link_runtime ARCHITECTURE FOLDER
link_runtime() {
    local jlink modules
    jlink=$(jdk_home "$(dpkg --print-architecture)")/bin/jlink
    modules=$(jdk_home "$1")/jmods
    "$jlink" --module-path "$modules" --add-modules "$RUNTIME_MODULES" --vm=server --compress=2 --strip-java-debug-attributes \
        --no-man-pages --no-header-files --output "$2" || die "jlink failed for $1"
    # keytool is not Rhizome's, and jrt-fs.jar is for tools that look into another JDK.
    rm -f "$2/bin/keytool" "$2/lib/jrt-fs.jar"
}

# What the runtime's native parts need, as Debian found out when it built them.
#   runtime_dependencies ARCHITECTURE
runtime_dependencies() {
    apt-cache show "$JRE_PACKAGE:$1=$jdk_version" | sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/^ *//' |
        grep -E '^(libc6|libgcc-s1|libstdc\+\+6|zlib1g)( |$)' | sort | paste -sd, | sed 's/,/, /g'
}

# Fails if a native part needs a library that is neither the runtime's own nor of these packages.
#   check_libraries FOLDER
check_libraries() {
    local file library
    find "$1" -type f \( -name '*.so' -o -path '*/bin/*' -o -name jexec -o -name jspawnhelper \) | while read -r file; do
        readelf --dynamic "$file" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
            case $library in
                libc.so.6 | libm.so.6 | ld-linux-*.so.* | libgcc_s.so.1 | libstdc++.so.6 | libz.so.1) continue ;;
            esac
            [ -n "$(find "$1" -name "$library")" ] || die "$file needs $library, which no package that ours depends on has"
        done || exit 1
    done || exit 1
}
