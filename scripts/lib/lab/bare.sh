# Two bare nodes: network, disks, power switch, packages, and something like systemd; no cluster and no Rhizome. Sourced.
# What runs on a node is what has been enabled there, by hand or by Ansible (deploy/ansible).

up_bare() {
    local n
    for n in "${NODES[@]}"; do bare_disk "$n"; done
    write_cluster_files
    start_hub
    boot_nodes
    say "two bare nodes are up: scripts/lab sh alpha"
}

bare_disk() { # NODE
    mkdir -p "$STATE/log/$1" "$STATE/disk/$1/rhizome"
    truncate -s "${DISK_MIB}M" "$STATE/disk/$1/rhizome/disk"
}

# Another machine in a node's place, as bare as that one was. Its logs stay: they are what a person looks at. In the hub.
hub_replace() { # NODE
    hub_kill "$1"
    event "replaced $1"
    rm -rf --one-file-system -- "${RAM:?}/fs/$1" "${STATE:?}/disk/$1"
    bare_disk "$1"
    hub_start "$1"
}

is_bare() { [[ ${BARE-} == yes ]]; }

bare_overlays() { is_bare && echo opt; }

# As a fresh installation of Debian with the packages: nothing is enabled, and the cluster's configuration is its package's.
bare_files() { # NODE
    local n=$1 v first=no
    [[ -s $RAM/fs/$n/etc/u/machine-id ]] || first=yes
    echo "$n" >/etc/hostname
    install -m 755 "$STATE/conf/fence_lab" /usr/sbin/fence_lab
    install -m 755 "$STATE/bin/parts/systemctl" /usr/bin/systemctl
    ln -sfn /run/lab/java-home/bin/java /usr/local/bin/java
    [[ $first == yes ]] || return 0
    rm -f /etc/machine-id && tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
    {
        echo "127.0.0.1 localhost"
        for v in "${NODES[@]}"; do echo "$(node_address "$v") $v"; done
    } >/etc/hosts
    rm -rf /etc/systemd/system/*.wants /etc/rc?.d/*
    rm -rf /etc/corosync/authkey /etc/rhizome /usr/lib/rhizome /usr/lib/ocf/resource.d/rhizome
    # Without syslog Pacemaker's log is a file; a node that panics is to boot again, and there is no sysrq.
    printf '%s\n' PCMK_logfacility=none PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_panic_action=reboot >>/etc/default/pacemaker
}

bare_services() { setsid env --default-signal systemctl boot </dev/null >>/var/log/boot.log 2>&1 & }
