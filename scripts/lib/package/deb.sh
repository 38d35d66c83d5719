# Lays out and builds the .deb. Sourced by scripts/package: reads $root, $work, $version, $maintainer, $jdk_version, SOURCE_DATE_EPOCH.

# Man pages and completion, for every architecture the same.
#   stage_manual FOLDER
stage_manual() {
    "$root/scripts/manual" "$1" >/dev/null
    gzip -n9 "$1"/man8/*
}

# The native parts of the other architecture.
#   drop_foreign_jars ARCHITECTURE FOLDER
drop_foreign_jars() {
    case $1 in
        amd64) rm "$2"/*-linux-aarch_64.jar ;;
        arm64) rm "$2"/*-linux-x86_64.jar ;;
    esac
}

# Fills in what is known now.
#   fill FILE [NAME VALUE]...
fill() {
    local text
    text=$(<"$1")
    shift
    while [ $# -gt 0 ]; do
        text=${text//"@$1@"/$2}
        shift 2
    done
    printf '%s\n' "$text"
}

# The files, by the FHS.
#   stage_files TREE ROOT
stage_files() {
    local usr=$2/usr document=$2/usr/share/doc/rhizome unit
    mkdir -p "$usr/bin" "$usr/lib/rhizome" "$document/examples" "$usr/share/man/man8" "$usr/share/bash-completion/completions" \
        "$usr/share/lintian/overrides" "$2/etc/rhizome" "$2/etc/needrestart/conf.d" "$2/var/lib/rhizome"
    cp -r "$1/." "$usr/lib/rhizome"
    stage_machine "$usr/lib"
    # The group is postinst's to make: it must be there before the package is configured, not after the next boot.
    rm -r "$usr/lib/sysusers.d"
    for unit in "$usr"/lib/systemd/system/*; do sed -i 's,/opt/rhizome/bin/rhizome,/usr/bin/rhizome,' "$unit"; done
    ln -s ../lib/rhizome/bin/rhizome "$usr/bin/rhizome"
    cp "$work"/manual/man8/* "$usr/share/man/man8"
    # It is sourced, not run.
    sed 1d "$work/manual/bash-completion/rhizome" >"$usr/share/bash-completion/completions/rhizome"
    install -m 644 "$root/deploy/debian/needrestart.conf" "$2/etc/needrestart/conf.d/rhizome.conf"
    install -m 644 "$root/deploy/debian/lintian-overrides" "$usr/share/lintian/overrides/rhizome"
    cp "$root/README.md" "$document"
    cp -r "$root/docs" "$document"
    cp -r "$root"/deploy/{greengrass,haproxy,monitoring,pacemaker} "$document/examples"
    install -m 644 "$root/deploy/debian/rhizome.conf" "$document/examples"
    fill "$root/deploy/debian/copyright" OPENJDK "$jdk_version" >"$document/copyright"
    gzip -n9c "$root/CHANGELOG.md" >"$document/changelog.gz"
    fill "$root/deploy/debian/changelog" VERSION "$version-1" MAINTAINER "$maintainer" \
        DATE "$(LC_ALL=C date --utc --date="@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %T %z')" | gzip -n9 >"$document/changelog.Debian.gz"
}

#   build_deb ARCHITECTURE FOLDER FILE     FOLDER has the tree as rhizome/
build_deb() {
    local deb=$2/deb
    stage_files "$2/rhizome" "$deb"
    check_licences "$deb"
    mkdir "$deb/DEBIAN"
    install -m 755 "$root"/deploy/debian/{postinst,prerm,postrm} "$deb/DEBIAN"
    (cd "$deb" && find etc -type f -printf '/%p\n' | sort) >"$deb/DEBIAN/conffiles"
    (cd "$deb" && find . -type f -not -path './DEBIAN/*' -not -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$deb/DEBIAN/md5sums"
    fill "$root/deploy/debian/control" VERSION "$version-1" ARCHITECTURE "$1" MAINTAINER "$maintainer" \
        LIBRARIES "$(runtime_dependencies "$1")" SIZE "$(du --summarize --apparent-size --block-size=1K --exclude=DEBIAN "$deb" | cut -f1)" >"$deb/DEBIAN/control"
    chmod -R u=rwX,go=rX "$deb"
    find "$deb" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    # One thread: how many there are must not show in the file.
    dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$deb" "$3" >/dev/null
}

# Every library that is shipped is in the copyright file, by its name.
#   check_licences ROOT
check_licences() {
    local jar name
    for jar in "$1"/usr/lib/rhizome/lib/*.jar; do
        name=${jar##*/}
        case $name in
            rhizome-*) continue ;;
        esac
        awk -v "name=$name" '
            /^Files:|^ usr/ { for (i = 1; i <= NF; i++) { pattern = $i; sub(".*/", "", pattern); gsub("[.]", "[.]", pattern); gsub("[*]", ".*", pattern)
                              if (pattern != "" && name ~ "^" pattern "$") found = 1 } }
            END { exit !found }' <(sed '/^Files: \*$/d' "$1/usr/share/doc/rhizome/copyright") ||
            die "deploy/debian/copyright does not say under which licence $name is"
    done
}
