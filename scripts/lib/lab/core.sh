# The stand-in for a Greengrass core on the volume (`up --greengrass`), configured as docs/greengrass.md says. Sourced.
#
# Its transactions are noted by an oracle in the hub, as a client on the plant's network would. Before each start of the core all
# that was acknowledged must be on the volume: checked-loader looks, and says so in shared/checks.

ORACLE_HOST=10.77.0.1
ORACLE=$ORACLE_HOST:7799
CORE_RECORD=/run/lab/shared/record # what was acknowledged; on the host's disk, as the nodes see it
: "${CORE:=}" "${CORE_RATE:=50}" "${CORE_MOUNT_OPTIONS=nodelalloc,commit=1,errors=remount-ro}"

core_settings() {
    printf 'CORE=%s\nCORE_RATE=%s\nCORE_MOUNT_OPTIONS=%s\n' "$CORE" "$CORE_RATE" "$CORE_MOUNT_OPTIONS"
}

core_files() { # on the host: what the nodes will find in /run/lab/bin
    [[ -n $CORE ]] || return 0
    cp -r "$LAB_ROOT/scripts/lib/standin" "$STATE/bin/standin"
    cat >"$STATE/bin/checked-loader" <<LOADER
#!/bin/sh
if said=\$(/usr/bin/python3 -B /run/lab/bin/standin/check.py /srv/$RESOURCE $CORE_RECORD 2>&1); then verdict=ok; else verdict=DAMAGED; fi
echo "\$(date +%s.%N) \$(hostname) \$verdict \$said" >>/run/lab/shared/checks
exec /srv/$RESOURCE/alts/current/distro/bin/loader
LOADER
    chmod 755 "$STATE/bin/checked-loader"
    : >"$STATE/shared/record"
    : >"$STATE/shared/checks"
}

core_agent() { # in a node
    [[ -n $CORE ]] || return 0
    install -m 755 "$STATE"/pacemaker-agent/greengrass /usr/lib/ocf/resource.d/rhizome/greengrass
    install -m 644 "$STATE"/pacemaker-agent/greengrass-functions /usr/lib/rhizome/
    install -m 755 "$STATE"/pacemaker-agent/greengrass-volume /usr/lib/rhizome/
}

core_oracle() { # in the hub: no cut cable concerns it, and no node's end
    [[ -n $CORE ]] || return 0
    # An address of its own: a bridge that takes one of its cables' has another one when a node has died, which the nodes do not know at once.
    ip link set br0 address 02:77:00:00:00:fe
    ip addr add "$ORACLE_HOST/24" dev br0 || lab_die "hub: no address for the oracle"
    env --default-signal /usr/bin/python3 -B "$STATE/bin/standin/oracle.py" "$ORACLE" "$STATE/shared/record" \
        </dev/null >>"$STATE/log/oracle" 2>&1 &
}

core_install() { # on the host, while alpha is Primary and has made the file system
    [[ -n $CORE ]] || return 0
    in_node alpha mount ${CORE_MOUNT_OPTIONS:+-o "$CORE_MOUNT_OPTIONS"} "/dev/rhizome/$RESOURCE" "/srv/$RESOURCE" &&
        in_node alpha /usr/bin/python3 -B /run/lab/bin/standin/install.py "/srv/$RESOURCE" "$ORACLE" "$CORE_RATE" &&
        in_node alpha umount "/srv/$RESOURCE" || lab_die "the core cannot be installed on the volume"
}

core_mount_options() {
    [[ -z $CORE || -z $CORE_MOUNT_OPTIONS ]] || printf '<nvpair id="fs-options" name="options" value="%s"/>\n' "$CORE_MOUNT_OPTIONS"
}

core_primitive() {
    [[ -n $CORE ]] || return 0
    cat <<XML
<primitive id="greengrass" class="ocf" provider="rhizome" type="greengrass">
<instance_attributes id="greengrass-ia">
<nvpair id="greengrass-root" name="root" value="/srv/$RESOURCE"/>
<nvpair id="greengrass-loader" name="loader" value="/run/lab/bin/checked-loader"/>
<nvpair id="greengrass-required" name="required_components" value="Load Ticker"/>
</instance_attributes>
<operations>
<op id="greengrass-start" name="start" interval="0" timeout="180s"/>
<op id="greengrass-stop" name="stop" interval="0" timeout="120s"/>
<op id="greengrass-monitor" name="monitor" interval="10s" timeout="40s"/>
<op id="greengrass-monitor-components" name="monitor" interval="60s" timeout="90s">
<instance_attributes id="greengrass-depth"><nvpair id="greengrass-level" name="OCF_CHECK_LEVEL" value="10"/></instance_attributes>
</op>
</operations>
<meta_attributes id="greengrass-meta">
<nvpair id="greengrass-threshold" name="migration-threshold" value="3"/>
<nvpair id="greengrass-forget" name="failure-timeout" value="10min"/>
</meta_attributes>
</primitive>
XML
}
