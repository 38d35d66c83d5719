# What the lab's parts share. The same code runs on the host, in the hub and in a node. Sourced.
#
#   host -- hub      own PID, network, mount, UTS and IPC namespace; a bridge for each network, without an uplink.
#            |       Its PID 1 is the power controller: it serves fencing requests.
#            +- alpha, beta   the same namespaces of their own, nested in the hub's
#
# SIGKILL to the hub's PID 1 ends every process of the lab, and with them go its mounts and interfaces. No process outside
# is ever signalled.

set -u -o pipefail
export LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

NODES=(alpha beta)
NETWORKS=(cluster replication)
RESOURCE=vol0
VIP=10.77.0.100
DISK_MIB=256
: "${TOKEN_MS:=1000}"
# A node that is back before the others have noticed (token + consensus, 2.2 tokens) hears of its own fencing, and
# Pacemaker then stays down.
BOOT_DELAY_S=$(((TOKEN_MS * 22 / 10 + 1500) / 1000)).$(((TOKEN_MS * 22 / 10 + 1500) % 1000 / 100))

lab_die() {
    printf 'lab: %s\n' "$*" >&2
    exit 1
}
warn() { printf 'lab: %s\n' "$*" >&2; }

# A line with a time stamp in events.log.
event() { printf '%s %s\n' "$EPOCHREALTIME" "$*" >>"$STATE/events.log" 2>/dev/null; }

# A process that stays must not keep its starter's descriptors: whoever reads those waits for their end. 255 is bash's own.
close_fds() {
    local f
    for f in /proc/self/fd/*; do
        f=${f##*/}
        if ((f > 2 && f != 255)); then eval "exec $f>&-"; fi
    done
}

wait_for() { # SECONDS COMMAND...: until it succeeds
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        ((${EPOCHREALTIME/./} < end)) || return 1
        sleep 0.1
    done
}

node_number() { case $1 in alpha) echo 1 ;; beta) echo 2 ;; *) lab_die "there is no node '$1': alpha, beta" ;; esac; }
node_address() { echo "10.$((77 + ${2:-0})).0.$((10 + $(node_number "$1")))"; } # NODE [NETWORK'S NUMBER]
node_mac() { printf '02:77:00:00:%02x:%02x\n' "$2" "$(node_number "$1")"; }
node_cable() { echo "$1.$2"; } # the hub's end
other_node() { case $1 in alpha) echo beta ;; *) echo alpha ;; esac; }
network_number() { case $1 in cluster) echo 0 ;; replication) echo 1 ;; *) lab_die "there is no network '$1': cluster, replication" ;; esac; }
