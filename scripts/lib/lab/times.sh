failover_times() { lab_die "later"; }
