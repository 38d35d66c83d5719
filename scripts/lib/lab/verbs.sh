# The verbs, on the host. Sourced after the other parts.

help() {
    cat <<'TEXT'
scripts/lab up                 two nodes, alpha and beta; takes half a minute
scripts/lab up --bare          two nodes with nothing on them, to be configured by hand or by Ansible
scripts/lab up --greengrass    with the stand-in for a Greengrass core on the volume (docs/greengrass.md)
scripts/lab down               removes everything; also after a kill at any point
scripts/lab status             power, cables, what Pacemaker and Rhizome say
scripts/lab watch              a line whenever something changes, until Ctrl-C
scripts/lab kill NODE          power off at once; stays off until `start`
scripts/lab start NODE | reboot NODE      power on; both
scripts/lab replace NODE       (bare nodes) another machine in its place, with nothing on it
scripts/lab kill-daemon NODE   SIGKILL to the Rhizome daemon only (it is started again, as systemd would)
scripts/lab kill-corosync NODE SIGKILL to Corosync: the node leaves the cluster without a word
scripts/lab cluster-stop NODE | cluster-start NODE   Pacemaker and Corosync there, in order
scripts/lab move               the service to the other node
scripts/lab standby NODE | online NODE    nothing is to run there; it may again
scripts/lab cut [cluster|replication]     cut that cable; both without a word
scripts/lab heal               all cables whole again
scripts/lab fence-break NODE | fence-fix NODE   the power switch of a node does not work; works again
scripts/lab wait [SECONDS]     until all nodes that are on are online, in step, and the cluster is idle
scripts/lab exec NODE COMMAND...          run a command in a node
scripts/lab sh NODE            a shell in a node
scripts/lab events             the log of power, cables and fencing
scripts/lab failover-times [RUNS]         measure: the active node dies; a planned move
TEXT
}

# ---- the hub, seen from the host

# Finds the hub by its command line, so that there is no file that could be stale or not written yet.
find_hub() { # sets HUBPID, and STARTERS: what has started a hub, or is about to
    local p cmd
    HUBPID='' STARTERS=()
    for p in /proc/[0-9]*; do
        { mapfile -d '' -t cmd <"$p/cmdline"; } 2>/dev/null || continue
        [[ ${#cmd[@]} -ge 4 && ${cmd[-1]} == "$STATE" && ${cmd[-2]} == __hub && ${cmd[-3]} == "$STATE/bin/lab" ]] || continue
        if [[ ${cmd[0]} == unshare ]]; then
            STARTERS+=("${p#/proc/}")
        elif grep -qE '^NSpid:[[:space:]]+[0-9]+[[:space:]]+1$' "$p/status" 2>/dev/null; then
            HUBPID=${p#/proc/}
        fi
    done
    [[ -n $HUBPID ]]
}

hub_need() { find_hub && [[ -e /proc/$HUBPID/root$RAM/run/up ]] || lab_die "the lab is not up: scripts/lab up"; }

# A PID namespace's first process is not gone before all that has entered it has been reaped by its parent outside. nsenter
# stops itself when its child is stopped; a shell does not.
# shellcheck disable=SC2016
in_hub() { nsenter --no-fork -t "$HUBPID" -p -m -n -u -i -- /bin/bash -c '"$@"; exit $?' enter "$@" 4<&-; }

hub_call() { in_hub bash "$STATE/bin/lab" "$1" "$STATE" "${@:2}"; }

# shellcheck disable=SC2016
in_node() { # NODE COMMAND...
    local n=$1
    shift
    node_pid "$n" || {
        warn "node $n is off"
        return 255
    }
    in_hub nsenter --no-fork -t "$NODEPID" -p -m -n -u -i -- /bin/bash -c '"$@"; exit $?' enter \
        env -i --default-signal PATH="$PATH" HOME=/root USER=root LC_ALL=C TERM="${TERM:-dumb}" JAVA_HOME=/run/lab/java-home "$@"
}

running() {
    local n
    for n in "${NODES[@]}"; do node_pid "$n" && echo "$n"; done
    return 0
}
first_running() { running | head -n 1; }

# What a node's daemon says, or nothing.
replica_status() { # NODE
    in_node "$1" curl -s -m 5 --unix-socket /run/rhizome/control.sock "http://localhost/v1/resources/$RESOURCE" 2>/dev/null
}
replica_word() { # NODE KEY
    replica_status "$1" | sed -n "s/.*\"$2\" : \"\\([A-Za-z]*\\)\".*/\\1/p" | head -n 1
}

active_node() { # the node where the volume is mounted
    local n
    for n in $(running); do
        in_node "$n" grep -q " /srv/$RESOURCE " /proc/mounts && echo "$n" && return 0
    done
    return 1
}

# ---- up and down

prepare_lab() {
    local root
    root=$(cd "$here/.." && pwd)
    . "$root/scripts/lib/common.sh"
    RHIZOME_PACKAGES="openjdk-17-jdk-headless ca-certificates curl e2fsprogs iproute2 procps util-linux gawk nftables psmisc kmod
        corosync pacemaker pacemaker-cli-utils pacemaker-resource-agents resource-agents ${LAB_PACKAGES-}"
    [[ $EUID == 0 ]] || lab_die "needs root"
    mkdir -p "$root/target"
    hold_services
    prepare
    release_services
    build
    LAB_ROOT=$root
}

# Debian starts a service as soon as it is installed, and at each boot. The lab's are for its nodes, not for this machine.
POLICY=/usr/sbin/policy-rc.d
hold_services() {
    local package
    HELD=() # services of packages that are about to be installed
    for package in corosync pacemaker pcs; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || HELD+=("${package/%pcs/pcsd}")
    done
    ((${#HELD[@]})) || return 0
    [[ -e $POLICY ]] || { printf '#!/bin/sh\n# scripts/lab\nexit 101\n' >"$POLICY" && chmod 755 "$POLICY"; }
}
release_services() {
    grep -qsx '# scripts/lab' "$POLICY" && rm -f "$POLICY"
    ((${#HELD[@]})) && command -v systemctl >/dev/null && systemctl -q disable "${HELD[@]}" 2>/dev/null
    return 0
}

lock_lab() { # one `up` or `down` at a time
    mkdir -p "${STATE%/*}"
    exec 4>"$STATE.lock"
    flock 4
}

up() { # [--bare | --greengrass]
    BARE=no
    case $*: in
        :) ;;
        --bare:) BARE=yes ;;
        --greengrass:) CORE=greengrass ;;
        *) lab_die "up: what is '$*'? --bare, --greengrass, or nothing" ;;
    esac
    lock_lab
    if find_hub; then lab_die "the lab is up already, or was not brought up whole: scripts/lab down"; fi
    prepare_lab
    [[ ! -e $STATE ]] || clean_state
    local n t0=$EPOCHREALTIME
    mkdir -p "$STATE" && chmod 711 "$STATE" && : >"$STATE/.rhizome-lab" || lab_die "cannot make $STATE"
    mkdir "$STATE"/{conf,bin,log,disk,shared,shared/fence}
    install -m 755 "$LAB_ROOT/scripts/lab" "$STATE/bin/lab"
    cp -r "$LAB_ROOT/scripts/lib/lab" "$STATE/bin/parts"
    cp -r "$LAB_ROOT/pacemaker-agent" "$STATE/pacemaker-agent"
    cp -r "$LAB_ROOT/daemon/target/rhizome" "$STATE/rhizome"
    printf 'TOKEN_MS=%s\nBOOT_DELAY_S=%s\nBARE=%s\n' "$TOKEN_MS" "$BOOT_DELAY_S" "$BARE" >"$STATE/conf/settings"
    core_settings >>"$STATE/conf/settings"
    core_files
    readlink -f "$JAVA_HOME" >"$STATE/conf/java-home"
    if is_bare; then
        up_bare
        return
    fi
    write_cluster_files
    write_rhizome_conf >"$STATE/conf/rhizome.conf"
    certificates
    for n in "${NODES[@]}"; do
        mkdir -p "$STATE/log/$n" "$STATE/disk/$n/rhizome"
        truncate -s "${DISK_MIB}M" "$STATE/disk/$n/rhizome/disk"
    done
    start_hub
    boot_nodes
    volume
    say "starting Corosync and Pacemaker"
    touch "$STATE/conf/cluster-starts"
    for n in "${NODES[@]}"; do in_node "$n" bash -c "touch /run/lab/cluster-starts; bash /run/lab/bin/lab __node cluster_start" & done
    wait_for 60 all_online || { status >&2; lab_die "the cluster does not form; logs are in $STATE/log"; }
    configure
    wait_for 60 service_runs || { status >&2; lab_die "the service does not start; logs are in $STATE/log"; }
    say "up in $(elapsed "$t0") s: the service runs on $(active_node)"
}

boot_nodes() {
    local n
    say "booting ${NODES[*]}"
    for n in "${NODES[@]}"; do hub_call __hub_start "$n" || { tail -n 5 "$STATE/log/$n.console" >&2; lab_die "$n does not boot"; }; done
}

elapsed() { # since an EPOCHREALTIME, in seconds with three decimals
    local us=$((${EPOCHREALTIME/./} - ${1/./}))
    printf '%d.%03d' $((us / 1000000)) $((us / 1000 % 1000))
}

certificates() {
    local n rhizome=$STATE/rhizome/bin/rhizome
    mkdir "$STATE/conf/pki"
    "$rhizome" pki init --directory "$STATE/conf/pki" >"$STATE/log/pki" 2>&1 || lab_die "no certificates: $(cat "$STATE/log/pki")"
    for n in "${NODES[@]}"; do
        "$rhizome" pki issue --directory "$STATE/conf/pki" "$n" >>"$STATE/log/pki" 2>&1 ||
            lab_die "no certificate: $(tail -n 1 "$STATE/log/pki")"
    done
}

start_hub() {
    # The starter's end is the hub's: no hub is left behind by an `up` that is killed, and found by nobody.
    env -i --default-signal PATH="$PATH" HOME=/root LC_ALL=C \
        setsid unshare --fork --kill-child --pid --net --uts --ipc --mount --propagation private \
        bash "$STATE/bin/lab" __hub "$STATE" </dev/null >>"$STATE/log/hub" 2>&1 4<&- &
    disown $! 2>/dev/null
    wait_for 10 hub_is_up || { cat "$STATE/log/hub" >&2; lab_die "the hub does not start"; }
    find_hub
}
hub_is_up() { find_hub && [[ -e /proc/$HUBPID/root$RAM/run/up ]]; }

# The same empty disk on both nodes: nothing need be copied.
volume() {
    local n
    say "making the volume"
    for n in "${NODES[@]}"; do
        in_node "$n" rhizome create-md "$RESOURCE" >>"$STATE/log/volume" 2>&1 || lab_die "$(tail -n 1 "$STATE/log/volume")"
    done
    for n in "${NODES[@]}"; do
        wait_for 30 replica "$n" GET "" || lab_die "the daemon of $n does not start; see $STATE/log/$n/rhizome.log"
        replica "$n" POST /up
    done
    wait_for 30 replica_is alpha connection-state Connected || lab_die "the nodes do not connect"
    replica alpha POST /new-current-uuid '{"clear-bitmap":true}' || lab_die "no first generation: $(cat "$STATE/log/volume")"
    wait_for 10 replica_is beta disk-state UpToDate || lab_die "beta is not UpToDate"
    replica alpha POST /primary || lab_die "alpha is not promoted: $(cat "$STATE/log/volume")"
    in_node alpha timeout 60 mkfs.ext4 -q "/dev/rhizome/$RESOURCE" >>"$STATE/log/volume" 2>&1 || lab_die "$(tail -n 1 "$STATE/log/volume")"
    core_install
    replica alpha POST /secondary || lab_die "alpha is not demoted"
    for n in "${NODES[@]}"; do replica "$n" POST /down; done
}
replica() { # NODE METHOD VERB [BODY]
    in_node "$1" curl -s -S -f -m 60 --unix-socket /run/rhizome/control.sock -X "$2" ${4:+-d "$4"} \
        "http://localhost/v1/resources/$RESOURCE$3" >"$STATE/log/volume" 2>&1
}
replica_is() { [[ $(replica_word "$1" "$2") == "$3" ]]; } # NODE KEY VALUE

configure() {
    local n
    write_resources >"$STATE/shared/resources.xml"
    write_constraints >"$STATE/shared/constraints.xml"
    n=$(first_running)
    in_node "$n" cibadmin --modify --allow-create --scope resources --xml-file /run/lab/shared/resources.xml ||
        lab_die "Pacemaker does not take the resources"
    in_node "$n" cibadmin --modify --allow-create --scope constraints --xml-file /run/lab/shared/constraints.xml ||
        lab_die "Pacemaker does not take the constraints"
}

all_online() { # every node that is on, as seen by the first of them
    local on n out
    on=$(running)
    [[ -n $on ]] || return 1
    out=$(in_node "$(head -n 1 <<<"$on")" crm_mon -1 --output-as=xml 2>/dev/null) || return 1
    grep -q '<current_dc present="true"' <<<"$out" && grep -q 'with_quorum="true"' <<<"$out" || return 1
    for n in $on; do grep -qE "<node name=\"$n\" id=\"[0-9]+\" online=\"true\"" <<<"$out" || return 1; done
}

service_runs() {
    local n
    n=$(active_node) && in_node "$n" ip -4 -o address show dev eth0 | grep -q " $VIP/"
}

in_step() { # all nodes that are on: connected and UpToDate if there are two
    local n
    for n in $(running); do
        replica_is "$n" disk-state UpToDate || return 1
        [[ $(running | wc -l) == 1 ]] || { replica_is "$n" connection-state Connected && replica_is "$n" peer-disk-state UpToDate; } ||
            return 1
    done
}

none_boots() {
    local n
    for n in "${NODES[@]}"; do [[ ! -s /proc/$HUBPID/root$RAM/run/$n.inst ]] || node_pid "$n" || return 1; done
}

whole() { none_boots && all_online && service_runs && in_step; }

# The node that is asked may be fenced meanwhile: then another one is.
idle() {
    local n
    n=$(first_running) && in_node "$n" crm_resource --wait --timeout 10s 2>/dev/null
}

wait_verb() {
    local t=${1:-90}
    wait_for "$t" none_boots || lab_die "not all nodes boot"
    wait_for "$t" all_online || lab_die "not all nodes that are on are online after $t s"
    wait_for "$t" idle || lab_die "the cluster is not idle after $t s"
    wait_for "$t" service_runs || lab_die "the service does not run after $t s"
    wait_for "$t" in_step || lab_die "not in step after $t s"
    # A node may have been fenced meanwhile, for what had happened before.
    wait_for "$t" whole || lab_die "not whole after $t s"
}

clean_state() { # only what `up` has made
    if [[ ! -e $STATE/.rhizome-lab ]]; then
        rmdir "$STATE" 2>/dev/null || lab_die "$STATE was not made by the lab: not removed"
        return
    fi
    rm -rf --one-file-system -- "$STATE"
}

detach_loops() { # of disks that lie in the lab's folder: nobody else's
    local loop file
    while read -r loop file; do
        [[ $file == "$STATE"/* ]] || continue
        blockdev --setrw "$loop" # the next one who gets the device would have a test's read-only disk
        losetup --detach "$loop"
    done < <(losetup --list --noheadings --output NAME,BACK-FILE)
}

down() {
    local i p
    lock_lab
    # What is about to start a hub goes first, so that no second one can come.
    for ((i = 0; i < 100; i++)); do
        find_hub || [[ ${#STARTERS[@]} -gt 0 ]] || break
        if [[ -n $HUBPID && -e /proc/$HUBPID/root$RAM/run/up ]]; then
            for p in "${NODES[@]}"; do hub_call __hub_kill "$p"; done
        fi
        for p in "${STARTERS[@]}" $HUBPID; do kill -KILL "$p" 2>/dev/null; done
        sleep 0.1
    done
    find_hub && lab_die "the hub (pid $HUBPID) does not end"
    detach_loops
    [[ -e $STATE ]] && clean_state
    grep -qsx '# scripts/lab' "$POLICY" && rm -f "$POLICY"
    rm -f "$STATE.lock"
    echo "down"
}

# ---- the other verbs

status() {
    local n k
    for n in "${NODES[@]}"; do
        printf '%s: %s\n' "$n" "$(node_pid "$n" && echo on || echo off)"
    done
    for k in "${!NETWORKS[@]}"; do
        in_hub grep -q " $k\$" "$RAM/run/cuts" 2>/dev/null && printf 'cut: %s\n' "${NETWORKS[k]}"
    done
    for n in "$STATE"/shared/fence/broken.*; do [[ -e $n ]] && printf 'the power switch does not work: %s\n' "${n##*broken.}"; done
    for n in $(running); do
        printf -- '--- %s: rhizome status\n' "$n"
        in_node "$n" curl -s -m 5 -H 'Accept: text/plain' --unix-socket /run/rhizome/control.sock http://localhost/v1/status ||
            echo "no daemon"
    done
    n=$(first_running)
    [[ -n $n ]] && in_node "$n" crm_mon -1 -r -A
    return 0
}

watch_line() {
    local n text=
    for n in "${NODES[@]}"; do
        text+="$n:"
        if node_pid "$n"; then
            text+="$(replica_status "$n" | sed -n 's/.*"\(role\|disk-state\|connection-state\)" : "\([A-Za-z]*\)".*/\2/p' | tr '\n' ' ')"
            in_node "$n" grep -q " /srv/$RESOURCE " /proc/mounts && text+="mounted "
            in_node "$n" ip -4 -o address show dev eth0 | grep -q " $VIP/" && text+="$VIP "
        else
            text+="off "
        fi
        text+="  "
    done
    printf '%s\n' "$text"
}

watch() {
    local line='' last=''
    while find_hub; do
        line=$(watch_line)
        [[ $line == "$last" ]] || printf '%(%H:%M:%S)T %s\n' -1 "$line"
        last=$line
        sleep 0.2
    done
}

move() {
    local from
    from=$(active_node) || lab_die "the service runs nowhere"
    in_node "$from" crm_resource --move --promoted --resource "$RESOURCE-clone" --node "$(other_node "$from")" --lifetime PT60S >/dev/null 2>&1
}

networks() { # WORD: the numbers of the networks meant
    case $1 in '' | both) echo "${!NETWORKS[@]}" ;; *) network_number "$1" ;; esac
}

main() {
    local verb=${1-help} n=${2-}
    (($#)) && shift
    case $verb in
        help | -h | --help) help; return ;;
        up | down) "$verb" "$@"; return ;;
    esac
    hub_need
    case $verb in
        kill | start | reboot | replace | kill-daemon | kill-corosync | cluster-stop | cluster-start | standby | online | exec | sh | fence-break | fence-fix) node_number "$n" >/dev/null || exit 1 ;;
    esac
    case $verb in
        status | watch | move) "$verb" ;;
        kill) hub_call __hub_kill "$n" ;;
        start) hub_call __hub_start "$n" ;;
        reboot) hub_call __hub_kill "$n" && hub_call __hub_start "$n" ;;
        replace)
            is_bare || lab_die "replace: only bare nodes (scripts/lab up --bare) can be replaced"
            hub_call __hub_replace "$n"
            ;;
        kill-daemon)
            event "kill-daemon $n"
            in_node "$n" bash -c 'kill -KILL "$(cat /run/lab/daemon.pid)"'
            ;;
        kill-corosync)
            event "kill-corosync $n"
            in_node "$n" bash -c 'kill -KILL "$(cat /run/corosync.pid)"'
            ;;
        cluster-stop | cluster-start) in_node "$n" bash /run/lab/bin/lab __node "${verb/-/_}" ;;
        standby) in_node "$(first_running)" crm_attribute --node "$n" --name standby --update on ;;
        online) in_node "$(first_running)" crm_attribute --node "$n" --name standby --delete ;;
        cut)
            event "cut ${n:-both}"
            # shellcheck disable=SC2046 # words
            hub_call __hub_cut add $(networks "$n")
            ;;
        heal)
            event "heal"
            hub_call __hub_cut clear "${!NETWORKS[@]}"
            ;;
        fence-break) : >"$STATE/shared/fence/broken.$n" ;;
        fence-fix) rm -f "$STATE/shared/fence/broken.$n" ;;
        wait) wait_verb "$@" ;;
        exec) in_node "$@" ;;
        sh) in_node "$n" bash -l ;;
        events) cat "$STATE/events.log" ;;
        failover-times) failover_times "$@" ;;
        *)
            help >&2
            exit 1
            ;;
    esac
}
