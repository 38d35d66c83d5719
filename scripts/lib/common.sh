# What the scripts share: talking to a person, installing what is missing, building once.
# Sourced, with the repository's root in $root.

say() { printf '%s\n' "== $*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The Debian packages that building, the demo and the tests need.
RHIZOME_PACKAGES="openjdk-17-jdk-headless ca-certificates curl libnbd-bin python3-libnbd qemu-utils fio e2fsprogs fuse3 procps util-linux"

missing_packages() {
    for package in $RHIZOME_PACKAGES; do
        case $package in
            openjdk-*)
                # Any JDK from 17 on will do.
                command -v javac >/dev/null 2>&1 && continue
                ;;
        esac
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || die "packages are missing: run 'apt-get install $missing' as root, then this again"
    say "installing packages: $missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    { apt-get -q update && apt-get -q -y --no-install-recommends install $missing; } >"$root/target/packages.log" 2>&1 ||
        die "installing packages failed; the log is target/packages.log: $(tail -n 3 "$root/target/packages.log")"
}

# JAVA_HOME, if it is set, else the javac on the path says which JDK builds and runs.
choose_java() {
    if [ -z "${JAVA_HOME:-}" ]; then
        JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
        export JAVA_HOME
    fi
    [ -x "$JAVA_HOME/bin/javac" ] || die "JAVA_HOME is $JAVA_HOME, which is no JDK"
}

maven() {
    "$root/mvnw" -B -f "$root/pom.xml" "$@"
}

# Builds the runnable tree daemon/target/rhizome unless it is newer than every source.
build() {
    stamp=$root/target/built
    if [ -e "$stamp" ] && [ -x "$root/daemon/target/rhizome/bin/rhizome" ] &&
        [ -z "$(find "$root" -name target -prune -o \( -name '*.java' -o -name pom.xml -o -path '*/src/main/*' \) -type f -newer "$stamp" -print -quit)" ]; then
        return 0
    fi
    say "building (the first time it fetches libraries, later it takes half a minute)"
    maven -q -pl daemon -am package -DskipTests || die "the build failed"
    touch "$stamp"
}

prepare() {
    mkdir -p "$root/target"
    install_packages
    choose_java
}
