# What a node needs, laid out: scripts/archive packs it, scripts/package makes packages of it.
# Sourced, after common.sh.

# The command: bin/ and lib/. Archives of classes are made where it is installed (docs/decisions/0026).
#   stage_command FOLDER
stage_command() {
    mkdir -p "$1"
    cp -r "$root/daemon/target/rhizome/." "$1"
    rm -f "$1"/lib/*.jsa
}

# What belongs into the machine's own /usr/lib: agents, handlers, units.
#   stage_machine FOLDER
stage_machine() {
    mkdir -p "$1"/{rhizome,ocf/resource.d/rhizome,systemd/system,sysusers.d}
    install -m 755 "$root"/pacemaker-agent/{replica,greengrass} "$1/ocf/resource.d/rhizome"
    install -m 755 "$root"/pacemaker-agent/{fence-peer,unfence-peer,greengrass-volume} "$1/rhizome"
    install -m 644 "$root"/pacemaker-agent/*-functions "$1/rhizome"
    install -m 644 "$root"/deploy/systemd/*.service "$1/systemd/system"
    install -m 644 "$root/deploy/sysusers.d/rhizome.conf" "$1/sysusers.d"
}

# The same files make the same archive, whoever makes it, and when.
#   pack FOLDER NAME SECONDS >FILE     all files get this time
pack() {
    tar --directory="$1" --sort=name --mtime="@$3" --owner=0 --group=0 --numeric-owner --create "$2" | gzip -n9
}
