# What the scripts share: talking to a person, installing what is missing, building once.
# Sourced, with the repository's root in $root.
: "${root:?}"

say() { printf '%s\n' "== $*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The Debian packages that building, the demo and the tests need.
RHIZOME_PACKAGES="openjdk-17-jdk-headless ca-certificates curl libnbd-bin python3-libnbd qemu-utils fio e2fsprogs fuse3 iproute2 openssl
procps util-linux xfsprogs stress-ng nbdkit resource-agents libxml2-utils"

# Whether a javac is there and is of Java 17 or later ("javac 17.0.2"; what was before 9 calls itself 1.8).
is_javac() {
    [ -x "$1" ] || return 1
    release=$("$1" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ "${release:-0}" -ge 17 ]
}

# The home of the JDK that builds and runs: JAVA_HOME if that is set, else that of the javac on the path, else one that Debian has installed.
find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        is_javac "$JAVA_HOME/bin/javac" && printf '%s\n' "$JAVA_HOME"
        return
    fi
    for javac in "$(command -v javac || :)" /usr/lib/jvm/*/bin/javac; do
        if is_javac "$javac"; then
            dirname "$(dirname "$(readlink -f "$javac")")"
            return
        fi
    done
    return 1
}

choose_java() {
    java_home=$(find_java) || die "${JAVA_HOME:+JAVA_HOME is $JAVA_HOME: }no JDK of Java 17 or later is found; set JAVA_HOME to one"
    export JAVA_HOME="$java_home"
}

missing_packages() {
    for package in $RHIZOME_PACKAGES; do
        case $package in
            openjdk-*)
                # Any JDK from 17 on will do.
                find_java >/dev/null && continue
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
    # shellcheck disable=SC2086 # words, one a package
    { apt-get -q update && apt-get -q -y --no-install-recommends install $missing; } >"$root/target/packages.log" 2>&1 ||
        die "installing packages failed; the log is target/packages.log: $(tail -n 3 "$root/target/packages.log")"
}

maven() {
    "$root/mvnw" -B -f "$root/pom.xml" "$@"
}

# Something that the build depends on and that has changed since it began; a folder has when a file in it was removed or renamed.
# Looks from the root, so that neither its name nor where it is plays a part.
changed_since() {
    (cd "$root" && find . \( -name target -o -name .git \) -prune -o \
        \( -type f \( -name '*.java' -o -name pom.xml -o -path '*/src/main/*' -o -path './.mvn/*' \) \
        -o -type d \( -path '*/src' -o -path '*/src/*' -o -path './.mvn*' \) \) -newer "$1" -print -quit)
}

# A build's time is that of its beginning: what is changed while it runs is built the next time.
begin_build() { touch "$root/target/building"; }

end_build() { mv "$root/target/building" "$root/target/built"; }

# Builds the runnable tree daemon/target/rhizome unless it is newer than every source.
build() {
    if [ -e "$root/target/built" ] && [ -x "$root/daemon/target/rhizome/bin/rhizome" ] && [ -z "$(changed_since "$root/target/built")" ]; then
        return 0
    fi
    say "building (the first time it fetches libraries, later it takes half a minute)"
    begin_build
    maven -q -pl daemon -am package -DskipTests || die "the build failed"
    end_build
}

prepare() {
    mkdir -p "$root/target"
    # A JAVA_HOME that is no use is said before anything is installed.
    [ -z "${JAVA_HOME:-}" ] || choose_java
    install_packages
    choose_java
}
