# In a node: its boot, and what systemd would run. Sourced after common.sh.

mount_overlay() { # NODE DIRECTORY: the host's below, the node's own above, for as long as the hub lives
    local up=$RAM/fs/$1/$2/u work=$RAM/fs/$1/$2/w i
    mkdir -p "$up" "$work" || return 1
    for ((i = 0; i < 50; i++)); do # the last boot's mount may just be going
        mount -t overlay -o "lowerdir=/$2,upperdir=$up,workdir=$work" "lab-$1-$2" "/$2" 2>/dev/null && return 0
        sleep 0.1
    done
    mount -t overlay -o "lowerdir=/$2,upperdir=$up,workdir=$work" "lab-$1-$2" "/$2"
}

node_cables() { # NODE; /proc/1 is still the hub's PID 1, and "netns 1" is this process's own
    local n=$1 k v
    ip link set lo up
    for k in "${!NETWORKS[@]}"; do
        v=$(node_cable "$n" "$k")
        nsenter --net=/proc/1/ns/net ip link del "$v" 2>/dev/null
        nsenter --net=/proc/1/ns/net ip link add "$v" type veth \
            peer name "eth$k" address "$(node_mac "$n" "$k")" netns 1 || lab_die "node $n: veth"
        nsenter --net=/proc/1/ns/net ip link set "$v" master "br$k" up
        ip addr add "$(node_address "$n" "$k")/24" brd + dev "eth$k"
        ip link set "eth$k" up
    done
}

node_devices() {
    local i
    mkdir /run/dev
    mount -t tmpfs -o mode=755 dev /run/dev
    mkdir -m 755 /run/dev/{pts,shm,mqueue,net,disk,mapper}
    mknod -m 666 /run/dev/null c 1 3
    mknod -m 666 /run/dev/zero c 1 5
    mknod -m 666 /run/dev/full c 1 7
    mknod -m 666 /run/dev/random c 1 8
    mknod -m 666 /run/dev/urandom c 1 9
    mknod -m 666 /run/dev/tty c 5 0
    mknod -m 666 /run/dev/fuse c 10 229
    mknod -m 600 /run/dev/loop-control c 10 237
    for ((i = 0; i < 64; i++)); do mknod -m 660 "/run/dev/loop$i" b 7 "$i"; done
    ln -s pts/ptmx /run/dev/ptmx
    ln -s /proc/self/fd /run/dev/fd
    ln -s fd/0 /run/dev/stdin
    ln -s fd/1 /run/dev/stdout
    ln -s fd/2 /run/dev/stderr
    mount -t tmpfs -o mode=1777 shm /run/dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts /run/dev/pts
    mount -t mqueue mqueue /run/dev/mqueue
    mount --move /run/dev /dev && rmdir /run/dev
}

# The node's directories on the host's disk: what a reboot must not lose.
node_disk() { # NODE
    local n=$1 d=$STATE/disk/$1 mode owner group v
    mkdir -p "$d"/{pacemaker,corosync} "$STATE/log/$n" /var/lib/rhizome
    if [[ ! -d $d/pacemaker/cib ]]; then
        mkdir -p "$d"/pacemaker/{blackbox,cib,cores,pengine}
        chown hacluster:haclient "$d"/pacemaker/*
        chmod 750 "$d"/pacemaker/*
        is_bare || install -o hacluster -g haclient -m 600 "$STATE/conf/cib.xml" "$d/pacemaker/cib/cib.xml"
    fi
    if [[ ! -d $STATE/log/$n/pacemaker ]]; then # the directories that packages have made
        while IFS=$'\t' read -r mode owner group v; do
            install -d -m "$mode" -o "$owner" -g "$group" "$STATE/log/$n/$v"
        done < <(find /var/log -xdev -mindepth 1 -type d -printf '%m\t%u\t%g\t%P\n')
        mkdir -p "$STATE/log/$n"/{pacemaker,corosync}
        chown hacluster:haclient "$STATE/log/$n/pacemaker"
        chmod 770 "$STATE/log/$n/pacemaker"
    fi
    mount --bind "$d/pacemaker" /var/lib/pacemaker
    mount --bind "$d/corosync" /var/lib/corosync
    mount --bind "$d/rhizome" /var/lib/rhizome
    mount --bind "$STATE/log/$n" /var/log
}

node_files() { # NODE
    local n=$1 v
    echo "$n" >/etc/hostname
    [[ -s $RAM/fs/$n/etc/u/machine-id ]] ||
        { rm -f /etc/machine-id && tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id; }
    {
        echo "127.0.0.1 localhost"
        for v in "${NODES[@]}"; do echo "$(node_address "$v") $v"; done
    } >/etc/hosts
    mkdir -p /etc/corosync /etc/rhizome
    rm -f /etc/corosync/corosync.conf
    cp "$STATE/conf/corosync.conf" /etc/corosync/corosync.conf
    install -m 400 "$STATE/conf/authkey" /etc/corosync/authkey
    install -m 755 "$STATE/conf/fence_lab" /usr/sbin/fence_lab
    cp -r "$STATE/conf/rhizome.conf" "$STATE/conf/pki" /etc/rhizome/
    ln -sfn /run/lab/rhizome/bin/rhizome /usr/bin/rhizome
    mkdir -p /usr/lib/ocf/resource.d/rhizome /usr/lib/rhizome
    install -m 755 "$STATE"/pacemaker-agent/replica /usr/lib/ocf/resource.d/rhizome/replica
    install -m 755 "$STATE"/pacemaker-agent/{fence-peer,unfence-peer} /usr/lib/rhizome/
    install -m 644 "$STATE"/pacemaker-agent/{fencing-functions,daemon-functions} /usr/lib/rhizome/
    core_agent
}

node_boot() { # NODE INCARNATION: PID 1 of the node
    local n=$1 inst=$2 pid d uuid java
    read -r pid _ </proc/self/stat # still the hub's /proc
    printf '%s\n' "$pid" >"$RAM/run/$n.pid"
    uuid=$(</proc/sys/kernel/random/uuid)
    java=$(<"$STATE/conf/java-home")
    hostname "$n"

    # Whatever gets covered below stays within reach in /mnt until the end.
    mount -t tmpfs mnt /mnt && mkdir /mnt/state /mnt/java && mount --rbind "$STATE" /mnt/state || lab_die "node $n: /mnt"
    [[ $java == /usr/* ]] || mount --rbind "$java" /mnt/java
    STATE=/mnt/state RAM=/mnt/state/ram
    node_cables "$n"
    for d in etc var usr root $(bare_overlays); do mount_overlay "$n" "$d" || lab_die "node $n: overlay on /$d"; done
    mount -t tmpfs -o mode=755 run /run || lab_die "node $n: /run"
    mkdir -p /run/lab/{conf,bin,shared,rhizome,java} /run/lock /run/user
    chmod 1777 /run/lock
    mkdir -m 1755 /run/resource-agents
    for d in conf bin shared rhizome; do mount --bind "$STATE/$d" "/run/lab/$d"; done
    if [[ $java == /usr/* ]]; then
        ln -sfn "$java" /run/lab/java-home
    else
        mount --rbind /mnt/java /run/lab/java && ln -sfn java /run/lab/java-home
    fi
    node_disk "$n"
    node_devices
    printf '%s\n' "$uuid" >/run/lab/boot_id
    printf '%s\n' "$uuid" >"$RAM/run/$n.boot"
    if is_bare; then bare_files "$n"; else node_files "$n"; fi
    mount -t tmpfs -o mode=1777 tmp /tmp
    mount -t tmpfs -o mode=755 srv /srv && mkdir "/srv/$RESOURCE"
    mount -t proc proc /proc || lab_die "node $n: /proc"
    mount -t sysfs sysfs /sys || lab_die "node $n: /sys"
    mount --bind /run/lab/boot_id /proc/sys/kernel/random/boot_id
    echo "$EPOCHREALTIME $n boots: $uuid"
    : >"$RAM/run/$n.ready.$inst"
    [[ -e $STATE/conf/cluster-starts ]] && touch /run/lab/cluster-starts
    umount -R /mnt
    STATE=/run/lab
    cd / || exit 1
    if is_bare; then
        bare_services
    else
        setsid bash /run/lab/bin/lab __node daemon_loop </dev/null >/dev/null 2>&1 &
    fi
    if [[ -e /run/lab/cluster-starts ]]; then
        setsid bash /run/lab/bin/lab __node cluster_start </dev/null >/dev/null 2>&1 &
    fi
    # Reaps orphans for ever.
    mkfifo /run/lab/never
    exec 5<>/run/lab/never
    while :; do read -r -t 5 _ <&5; done
}

# ---- what systemd would do

# rhizome.service: Restart=always, RestartSec=1s.
daemon_loop() {
    export JAVA_HOME=/run/lab/java-home
    while :; do
        env --default-signal rhizome daemon --no-up </dev/null >>/var/log/rhizome.log 2>&1 &
        echo $! >/run/lab/daemon.pid
        wait $!
        echo "$EPOCHREALTIME rhizome daemon ended, rc=$?" >>/var/log/rhizome.log
        sleep 1
    done
}

pid_runs() { # FILE COMMAND'S-NAME
    local p
    [[ -s $1 ]] && read -r p <"$1" && [[ -e /proc/$p/comm && $(<"/proc/$p/comm") == "$2" ]]
}

# corosync.service, with Restart=on-failure and RestartSec=5s: not so soon that the others do not notice.
corosync_loop() {
    while :; do
        env --default-signal corosync -f </dev/null >>/var/log/corosync/stderr.log 2>&1
        [[ -e /run/lab/stopping ]] && break
        sleep 5
    done
}
corosync_answers() { corosync-cmapctl -g totem.version; }

# pacemaker.service: Restart=on-failure; 0 and 100 are final.
cluster_loop() {
    local rc
    while :; do
        wait_for 15 corosync_answers || continue
        env --default-signal pacemakerd </dev/null >>/var/log/pacemaker/stderr.log 2>&1 &
        echo $! >/run/lab/pacemakerd.pid
        wait $!
        rc=$?
        echo "$EPOCHREALTIME pacemakerd ended, rc=$rc" >>/var/log/pacemaker/stderr.log
        [[ $rc == 0 || $rc == 100 || -e /run/lab/stopping ]] && break
        sleep 1
    done
}

cluster_start() {
    rm -f /run/lab/stopping
    pid_runs /run/lab/pacemakerd.pid pacemakerd && return 0
    export PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_logfacility=none PCMK_panic_action=reboot
    setsid bash /run/lab/bin/lab __node corosync_loop </dev/null >/dev/null 2>&1 &
    wait_for 15 corosync_answers || lab_die "corosync does not start"
    setsid bash /run/lab/bin/lab __node cluster_loop </dev/null >/dev/null 2>&1 &
}

process_end() { # FILE COMMAND'S-NAME
    local p
    pid_runs "$@" || return 0
    read -r p <"$1"
    kill -TERM "$p"
    while [[ -e /proc/$p ]]; do sleep 0.1; done
}

cluster_stop() {
    : >/run/lab/stopping
    process_end /run/lab/pacemakerd.pid pacemakerd
    process_end /run/corosync.pid corosync
    sleep 0.3 # its loop ends
}
