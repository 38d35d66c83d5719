# How long the service is away. Sourced after the verbs. All nodes have this machine's clock.

# In a node: waits until the volume is mounted, writes there and syncs, and says when that was done.
# shellcheck disable=SC2016
PROBE='
until grep -q " $0 " /proc/mounts; do sleep 0.01; done
echo "$EPOCHREALTIME" >"$0/probe" && sync "$0/probe" && echo "$EPOCHREALTIME"'

# The first line of a node's pacemaker.log after a time, by its end: when, as an EPOCHREALTIME.
result_time() { # NODE OPERATION RESOURCE SINCE
    local line at
    while read -r line; do
        at=$(date -d "${line:0:19}" +%s.%6N) || continue
        if ((${at/./} > ${4/./})); then
            echo "$at"
            return 0
        fi
    done < <(grep -F "Result of $2 operation for $3 on $1: ok" "$STATE/log/$1/pacemaker/pacemaker.log")
    return 1
}

# When the agent's promote was begun: the daemon says that the node becomes Primary after it; Pacemaker says it before.
promote_begin() { # NODE SINCE
    local line at
    while read -r line; do
        at=$(date -d "${line:0:19}" +%s.%6N) || continue
        if ((${at/./} > ${2/./})); then
            echo "$at"
            return 0
        fi
    done < <(grep -hE "(Requesting local execution of|Initiating) promote operation (for )?${RESOURCE}(_promote_0)?( locally)? on $1" "$STATE"/log/*/pacemaker/pacemaker.log | sort)
    return 1
}

event_time() { # PATTERN SINCE
    awk -v pattern="$1" -v since="$2" '$1 > since && $0 ~ pattern { print $1; exit }' "$STATE/events.log"
}

seconds() { # FROM TO: with three decimals, or - if one is not known
    [[ -n $1 && -n $2 ]] || { echo -; return; }
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b - a }'
}

# One outage: the probe waits on the other node while COMMAND is done. Sets AWAY_FROM, WRITTEN, and PROMOTING.
outage() { # COMMAND...
    local from to pipe
    from=$(active_node) || lab_die "the service runs nowhere"
    to=$(other_node "$from")
    exec {pipe}< <(in_node "$to" timeout 90 bash -c "$PROBE" "/srv/$RESOURCE")
    sleep 1
    AWAY_FROM=$EPOCHREALTIME
    "$@" "$from"
    read -r -t 90 WRITTEN <&"$pipe" || lab_die "the service does not come up on $to within 90 s"
    exec {pipe}<&-
    PROMOTING=$(promote_begin "$to" "$AWAY_FROM")
    TO=$to
}

kill_node() { hub_call __hub_kill "$1"; }
move_from() { move; }

failover_times() { # [RUNS]
    local runs=${1:-3} i fenced
    [[ $runs =~ ^[1-9][0-9]*$ ]] || lab_die "failover-times: how often is a number"
    wait_verb
    printf 'The active node loses its power; token %s ms. Seconds:\n' "$TOKEN_MS"
    printf '%8s %8s %8s %8s %8s\n' fenced promote mounted storage whole
    for ((i = 0; i < runs; i++)); do
        outage kill_node
        fenced=$(event_time "^[0-9.]+ fence .* action=reboot" "$AWAY_FROM")
        row "$fenced"
        hub_call __hub_start "$(other_node "$TO")"
        wait_verb >/dev/null
    done
    printf 'A planned move. Seconds:\n'
    printf '%8s %8s %8s %8s %8s\n' fenced promote mounted storage whole
    for ((i = 0; i < runs; i++)); do
        outage move_from
        row ''
        wait_verb >/dev/null
    done
    printf 'fenced, promote, mounted: from the beginning until the node was fenced, the promotion was begun, the volume was mounted.\n'
    printf 'storage: from the begin of the promotion until a write to the mounted file system was durable on the other node. whole: from the beginning.\n'
}

row() { # FENCED
    printf '%8s %8s %8s %8s %8s\n' "$(seconds "${1:+$AWAY_FROM}" "$1")" "$(seconds "$AWAY_FROM" "$PROMOTING")" \
        "$(seconds "$AWAY_FROM" "$(result_time "$TO" start fs "$AWAY_FROM")")" "$(seconds "$PROMOTING" "$WRITTEN")" "$(seconds "$AWAY_FROM" "$WRITTEN")"
}
