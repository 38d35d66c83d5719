# In the hub: power, cables, fencing. Sourced after common.sh, with $STATE and $RAM (a tmpfs that lives as long as the hub).

# A node's PID 1, as the reader's /proc has it: from the host that is the hub's, through its root.
node_pid() { # NODE: sets NODEPID; fails if the node is off
    local root='' p cmd=()
    [[ -n ${HUBPID-} ]] && root=/proc/$HUBPID/root
    NODEPID=
    [[ -s $root$RAM/run/$1.pid ]] || return 1
    read -r p <"$root$RAM/run/$1.pid" || return 1
    { mapfile -d '' -t cmd <"$root/proc/$p/cmdline"; } 2>/dev/null || return 1
    [[ ${cmd[2]-} == __boot && ${cmd[3]-} == "$1" ]] || return 1
    NODEPID=$p
}

# A loop device is the kernel's, not a namespace's. A volume's goes by itself with its daemon and its last mount; should it
# not, it is detached, as a power cut would.
loop_detach() { # loopN DISKSEQ: unless it has been attached anew since
    local i
    for ((i = 0; i < 100; i++)); do
        [[ -e /sys/block/$1/loop/backing_file && $(<"/sys/block/$1/diskseq") == "$2" ]] || return 0
        ((i % 10 == 9)) && losetup -d "/dev/$1" 2>/dev/null
        sleep 0.02
    done
    warn "cannot detach /dev/$1"
}

# The loop device of a node's volume, if it has one: loopN DISKSEQ.
node_loop() {
    local target
    node_pid "$1" || return 0
    target=$(readlink "/proc/$NODEPID/root/dev/rhizome/$RESOURCE") || return 0
    [[ $target == /dev/loop* && -e /sys/block/${target#/dev/}/diskseq ]] || return 0
    printf '%s %s\n' "${target#/dev/}" "$(<"/sys/block/${target#/dev/}/diskseq")"
}

# Power on; also what a boot to come is. A node that was off for less than BOOT_DELAY_S boots when that time is over, in the
# background. NODE.inst names the incarnation, and is empty while the node is switched off.
hub_start() { # NODE
    local n=$1 inst=$EPOCHREALTIME off=0 left_us
    exec 9>"$RAM/run/$n.lock"
    flock 9
    if [[ -s $RAM/run/$n.inst ]]; then
        exec 9>&-
        return 0
    fi
    echo "$inst" >"$RAM/run/$n.inst"
    event "power-on $n"
    [[ -s $RAM/run/$n.off ]] && off=$(<"$RAM/run/$n.off")
    exec 9>&-
    left_us=$((${off/./} + ${BOOT_DELAY_S/./} * 100000 - ${inst/./}))
    if ((left_us <= 0)); then
        hub_boot "$n" "$inst"
    else
        (
            close_fds
            sleep "$((left_us / 1000000)).$(printf %06d $((left_us % 1000000)))"
            hub_boot "$n" "$inst"
        ) </dev/null >>"$STATE/log/$n.console" 2>&1 &
    fi
}

hub_boot() { # NODE INCARNATION
    local n=$1 inst=$2
    exec 9>"$RAM/run/$n.lock"
    flock 9
    if node_pid "$n" || [[ $(<"$RAM/run/$n.inst") != "$inst" ]]; then
        exec 9>&-
        return 1
    fi
    rm -f "$RAM/run/$n.pid" "$RAM/run/$n.ready."*
    (
        close_fds
        cd / || exit 1
        env -i --default-signal PATH="$PATH" HOME=/root LC_ALL=C \
            unshare --fork --pid --net --uts --ipc --mount --propagation private \
            bash "$STATE/bin/lab" __boot "$n" "$STATE" "$inst"
        rc=$?
        event "dead $n rc=$rc"
        : >"$RAM/run/$n.ready.$inst"
        if [[ $(<"$RAM/run/$n.inst") == "$inst" ]]; then # nobody has switched it off
            node_is_off "$n"
            # reboot(2) in a PID namespace ends its PID 1 with SIGHUP: a Pacemaker that panics does that.
            if [[ $rc == 129 ]]; then
                event "self-reboot $n"
                hub_start "$n"
            fi
        fi
    ) </dev/null >>"$STATE/log/$n.console" 2>&1 &
    while [[ ! -e $RAM/run/$n.ready.$inst ]]; do sleep 0.02; done
    rm -f "$RAM/run/$n.ready.$inst"
    exec 9>&-
    node_pid "$n"
}

node_is_off() { # NODE
    : >"$RAM/run/$1.inst"
    echo "$EPOCHREALTIME" >"$RAM/run/$1.off"
}

# Power off at once. The cables go first, so that the peers hear nothing: for the sockets of a process that is killed the
# kernel would send FIN or RST. Returns when nothing of the node is left.
hub_kill() { # NODE
    local n=$1 p k i dev seq loop
    exec 9>"$RAM/run/$n.lock"
    flock 9
    if ! node_pid "$n"; then
        : >"$RAM/run/$n.inst" # a boot to come is off
        exec 9>&-
        return 0
    fi
    node_is_off "$n"
    p=$NODEPID
    event "power-off $n"
    for k in "${!NETWORKS[@]}"; do ip link set "$(node_cable "$n" "$k")" down 2>/dev/null; done
    loop=$(node_loop "$n")
    kill -KILL "$p" 2>/dev/null
    for ((i = 0; i < 1000; i++)); do
        [[ -e /proc/$p ]] || break
        sleep 0.01
    done
    [[ -e /proc/$p ]] && warn "node $n: PID 1 ($p) has not gone after 10 s"
    rm -f "$RAM/run/$n.pid"
    while read -r dev seq; do
        [[ -n $dev ]] && loop_detach "$dev" "$seq"
    done <<<"$loop"
    event "off $n"
    exec 9>&-
}

# The cut directed links, from $RAM/run/cuts, one a line: FROM TO NETWORK'S NUMBER.
hub_cut() { # add | clear [NETWORK'S NUMBER...]
    local what=$1 a b k elements=
    shift
    exec 9>"$RAM/run/cuts.lock"
    flock 9
    touch "$RAM/run/cuts"
    for k in "$@"; do
        if [[ $what == add ]]; then
            printf 'alpha beta %s\nbeta alpha %s\n' "$k" "$k" >>"$RAM/run/cuts"
        else
            sed -i "/ $k\$/d" "$RAM/run/cuts"
        fi
    done
    while read -r a b k; do
        elements+="\"$(node_cable "$a" "$k")\" . \"$(node_cable "$b" "$k")\", "
    done < <(sort -u "$RAM/run/cuts")
    {
        echo "flush set bridge lab cuts"
        [[ -z $elements ]] || echo "add element bridge lab cuts { ${elements%, } }"
    } | nft -f -
    exec 9>&-
}

# A request of fence_lab: ID SENDER SENDER'S-BOOT ACTION TARGET. One of a sender that has died since is dropped: of two
# nodes that fence each other, exactly one survives.
hub_fence() {
    local id=$1 from=$2 boot=$3 action=$4 target=$5 rc=0 out=ok
    [[ $id =~ ^[A-Za-z0-9._-]+$ && $from =~ ^[a-z0-9]+$ ]] || return 0
    if [[ ! -s $RAM/run/$from.boot || $(<"$RAM/run/$from.boot") != "$boot" ]] || ! node_pid "$from"; then
        event "fence-dropped from=$from action=$action target=$target (the sender is dead)"
        return 0
    fi
    if [[ $action != list && " ${NODES[*]} " != *" $target "* ]]; then
        out="no such node" rc=1
    elif [[ $action != list && -e $STATE/shared/fence/broken.$target ]]; then
        out="broken by request" rc=1
    else
        case $action in
            off) hub_kill "$target" ;;
            on) hub_start "$target" || rc=1 ;;
            reboot)
                hub_kill "$target"
                hub_start "$target"
                ;;
            status) if node_pid "$target"; then out=on; else out=off; fi ;;
            list) out=${NODES[*]} ;;
            *) out="unknown action" rc=1 ;;
        esac
    fi
    [[ $action == status || $action == list ]] || event "fence from=$from action=$action target=$target rc=$rc"
    printf '%s %s\n' "$rc" "$out" >"$STATE/shared/fence/.answer.$id" &&
        mv "$STATE/shared/fence/.answer.$id" "$STATE/shared/fence/answer.$id"
}

# A mount namespace starts as a copy of its parent's. Copies of what does not concern the lab would keep other people's
# file systems and devices busy.
drop_foreign_mounts() {
    local mp keep k
    while read -r _ _ _ _ mp _; do
        mp=$(printf '%b' "$mp")
        case $mp in / | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) continue ;; esac
        keep=0
        for k in "$STATE" /usr /etc /var /root /bin /sbin /lib /lib64 "$(cat "$STATE/conf/java-home")"; do
            [[ $k == "$mp" || $k == "$mp"/* ]] && keep=1
        done
        ((keep)) || umount -l "$mp"
    done < <(tac /proc/self/mountinfo)
}

hub_main() { # PID 1 of the hub
    local k line
    close_fds
    mount -t proc proc /proc || lab_die "hub: /proc"
    mount -t sysfs sysfs /sys || lab_die "hub: /sys"
    drop_foreign_mounts
    mkdir -p "$RAM"
    mount -t tmpfs -o mode=700 lab-ram "$RAM" || lab_die "hub: tmpfs"
    mkdir "$RAM/run" "$RAM/fs"
    hostname lab-hub
    ip link set lo up
    for k in "${!NETWORKS[@]}"; do
        ip link add "br$k" type bridge stp_state 0 forward_delay 0 mcast_snooping 0 || lab_die "hub: bridge"
        ip link set "br$k" up
    done
    nft -f - <<'NFT' || lab_die "hub: nft"
table bridge lab {
    set cuts { type ifname . ifname; }
    chain forward {
        type filter hook forward priority 0; policy accept;
        iifname . oifname @cuts counter drop
    }
}
NFT
    core_oracle
    mkfifo -m 600 "$STATE/shared/fence/request" || lab_die "hub: fifo"
    exec 7<>"$STATE/shared/fence/request"
    # No traps: what is ignored would be inherited by everything in the nodes.
    event "hub-up"
    : >"$RAM/run/up"
    while :; do
        # The time-out lets bash reap children that it has inherited.
        if IFS= read -r -t 5 line <&7; then
            set -f
            # shellcheck disable=SC2086 # words
            set -- $line
            set +f
            (($# == 5)) && hub_fence "$@" 7<&-
        fi
    done
}
