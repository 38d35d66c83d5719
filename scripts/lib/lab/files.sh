# The files that the nodes get, and what Pacemaker is told. Sourced after common.sh.

# A cluster with fencing and nothing in it. On bare nodes these lie in /run/lab/conf for whoever wants them.
write_cluster_files() {
    write_corosync_conf >"$STATE/conf/corosync.conf"
    write_fence_agent >"$STATE/conf/fence_lab"
    write_cib >"$STATE/conf/cib.xml"
    head -c 256 /dev/urandom >"$STATE/conf/authkey"
    chmod 600 "$STATE/conf/authkey"
}

write_corosync_conf() {
    local n
    cat <<CONF
totem {
    version: 2
    cluster_name: rhizome-lab
    transport: knet
    token: $TOKEN_MS
    crypto_cipher: aes256
    crypto_hash: sha256
}
nodelist {
CONF
    for n in "${NODES[@]}"; do
        printf '    node {\n        name: %s\n        nodeid: %s\n        ring0_addr: %s\n    }\n' \
            "$n" "$(node_number "$n")" "$(node_address "$n")"
    done
    cat <<'CONF'
}
quorum {
    provider: corosync_votequorum
    two_node: 1
}
logging {
    to_stderr: no
    to_syslog: no
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    timestamp: hires
}
CONF
}

write_rhizome_conf() {
    cat <<CONF
nodes { alpha {}, beta {} }
resources {
  $RESOURCE {
    on {
      alpha { disk = /var/lib/rhizome/disk, address = "$(node_address alpha 1):7790" }
      beta { disk = /var/lib/rhizome/disk, address = "$(node_address beta 1):7790" }
    }
    net { fencing = resource-and-stonith, ping-timeout = 1s, connect-interval = 250ms, fence-retry = 2s }
    handlers { fence-peer = /usr/lib/rhizome/fence-peer, unfence-peer = /usr/lib/rhizome/unfence-peer }
  }
}
CONF
}

# The power switch, as a fence agent: it asks the hub over a FIFO that all nodes share, and that no cut cable concerns.
write_fence_agent() {
    cat <<'AGENT'
#!/bin/sh
DIR=/run/lab/shared/fence
action=reboot plug= nodename=

metadata() {
    cat <<XML
<?xml version="1.0" ?>
<resource-agent name="fence_lab" shortdesc="The power switch of Rhizome's lab">
<longdesc>Powers a node of the lab off and on.</longdesc>
<vendor-url></vendor-url>
<parameters>
  <parameter name="action" unique="0" required="1">
    <getopt mixed="-o, --action=[action]"/><content type="string" default="reboot"/>
    <shortdesc lang="en">Fencing action</shortdesc>
  </parameter>
  <parameter name="plug" unique="0" required="0" obsoletes="port">
    <getopt mixed="-n, --plug=[id]"/><content type="string"/>
    <shortdesc lang="en">Name of the node</shortdesc>
  </parameter>
  <parameter name="port" unique="0" required="0" deprecated="1">
    <getopt mixed="-n, --plug=[id]"/><content type="string"/>
    <shortdesc lang="en">Name of the node</shortdesc>
  </parameter>
</parameters>
<actions>
  <action name="on" automatic="0"/><action name="off"/><action name="reboot"/><action name="status"/>
  <action name="monitor"/><action name="list"/><action name="metadata"/><action name="validate-all"/>
</actions>
</resource-agent>
XML
}

while [ $# -eq 0 ] && IFS= read -r line; do
    case $line in
        action=* | option=*) action=${line#*=} ;;
        plug=* | port=*) plug=${line#*=} ;;
        nodename=*) nodename=${line#*=} ;;
    esac
done
while [ $# -gt 0 ]; do
    case $1 in
        -o) action=$2; shift ;;
        -n) plug=$2; shift ;;
    esac
    shift
done
: "${plug:=$nodename}"

ask() { # ACTION TARGET: prints the answer, returns its code
    id=$(hostname).$$.$(date +%s%N)
    printf '%s %s %s %s %s\n' "$id" "$(hostname)" "$(cat /run/lab/boot_id)" "$1" "${2:--}" >"$DIR/request" || return 1
    i=0
    while [ ! -e "$DIR/answer.$id" ]; do
        i=$((i + 1))
        [ "$i" -lt 2400 ] || return 1
        sleep 0.025
    done
    read -r rc text <"$DIR/answer.$id"
    rm -f "$DIR/answer.$id"
    printf '%s\n' "$text"
    return "$rc"
}

case $action in
    metadata | meta-data) metadata; exit 0 ;;
    validate-all) exit 0 ;;
    list) for n in $(ask list -); do echo "$n,"; done; exit 0 ;;
    monitor) ask list - >/dev/null; exit $? ;;
esac
[ -n "$plug" ] || { echo "fence_lab: no plug given" >&2; exit 1; }
case $action in
    status)
        s=$(ask status "$plug") || exit 1
        echo "Status: $s"
        [ "$s" = on ] || exit 2
        ;;
    on | off | reboot) s=$(ask "$action" "$plug") || { echo "fence_lab: $action $plug: $s" >&2; exit 1; } ;;
    *) echo "fence_lab: unknown action '$action'" >&2; exit 1 ;;
esac
exit 0
AGENT
}

# What the nodes boot with the first time: properties, and a fencing device for each node, kept off the node itself. All
# nodes share this machine's load average; above load-threshold Pacemaker would do one thing at a time.
write_cib() {
    local n
    cat <<'XML'
<cib validate-with="pacemaker-3.7" crm_feature_set="3.11.0" admin_epoch="0" epoch="1" num_updates="0">
<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">
<nvpair id="lab-stonith" name="stonith-enabled" value="true"/>
<nvpair id="lab-dc-deadtime" name="dc-deadtime" value="2s"/>
<nvpair id="lab-load-threshold" name="load-threshold" value="0%"/>
</cluster_property_set></crm_config><nodes/><resources>
XML
    for n in "${NODES[@]}"; do
        cat <<XML
<primitive id="fence-$n" class="stonith" type="fence_lab">
<instance_attributes id="fence-$n-ia"><nvpair id="fence-$n-hosts" name="pcmk_host_list" value="$n"/></instance_attributes>
<operations><op id="fence-$n-monitor" name="monitor" interval="60s" timeout="20s"/></operations>
</primitive>
XML
    done
    echo "</resources><constraints>"
    for n in "${NODES[@]}"; do
        echo "<rsc_location id=\"fence-$n-not-self\" rsc=\"fence-$n\" node=\"$n\" score=\"-INFINITY\"/>"
    done
    echo "</constraints></configuration><status/></cib>"
}

# The volume, its file system and the address of the service, as docs/pacemaker.md configures them.
write_resources() {
    cat <<XML
<resources>
<clone id="$RESOURCE-clone">
<meta_attributes id="$RESOURCE-clone-meta">
<nvpair id="$RESOURCE-promotable" name="promotable" value="true"/>
<nvpair id="$RESOURCE-notify" name="notify" value="true"/>
<nvpair id="$RESOURCE-interleave" name="interleave" value="true"/>
<nvpair id="$RESOURCE-clone-max" name="clone-max" value="2"/>
<nvpair id="$RESOURCE-promoted-max" name="promoted-max" value="1"/>
</meta_attributes>
<primitive id="$RESOURCE" class="ocf" provider="rhizome" type="replica">
<instance_attributes id="$RESOURCE-ia"><nvpair id="$RESOURCE-name" name="drbd_resource" value="$RESOURCE"/></instance_attributes>
<operations>
<op id="$RESOURCE-monitor-promoted" name="monitor" interval="5s" timeout="20s" role="Promoted"/>
<op id="$RESOURCE-monitor-unpromoted" name="monitor" interval="6s" timeout="20s" role="Unpromoted"/>
<op id="$RESOURCE-start" name="start" interval="0" timeout="60s"/>
<op id="$RESOURCE-stop" name="stop" interval="0" timeout="30s"/>
<op id="$RESOURCE-promote" name="promote" interval="0" timeout="60s"/>
<op id="$RESOURCE-demote" name="demote" interval="0" timeout="30s"/>
<op id="$RESOURCE-notify-op" name="notify" interval="0" timeout="20s"/>
</operations>
</primitive>
</clone>
<group id="service">
<primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem">
<instance_attributes id="fs-ia">
<nvpair id="fs-device" name="device" value="/dev/rhizome/$RESOURCE"/>
<nvpair id="fs-directory" name="directory" value="/srv/$RESOURCE"/>
<nvpair id="fs-fstype" name="fstype" value="ext4"/>
$(core_mount_options)
</instance_attributes>
<operations>
<op id="fs-monitor" name="monitor" interval="10s" timeout="40s"/>
<op id="fs-start" name="start" interval="0" timeout="60s"/>
<op id="fs-stop" name="stop" interval="0" timeout="20s"/>
</operations>
</primitive>
<primitive id="vip" class="ocf" provider="heartbeat" type="IPaddr2">
<instance_attributes id="vip-ia">
<nvpair id="vip-ip" name="ip" value="$VIP"/>
<nvpair id="vip-mask" name="cidr_netmask" value="24"/>
<nvpair id="vip-nic" name="nic" value="eth0"/>
</instance_attributes>
<operations><op id="vip-monitor" name="monitor" interval="10s" timeout="20s"/></operations>
</primitive>
$(core_primitive)
</group>
</resources>
XML
}

write_constraints() {
    cat <<XML
<constraints>
<rsc_colocation id="service-with-promoted" rsc="service" with-rsc="$RESOURCE-clone" with-rsc-role="Promoted" score="INFINITY"/>
<rsc_order id="promote-then-service" first="$RESOURCE-clone" first-action="promote" then="service" then-action="start"/>
</constraints>
XML
}
