# The tables of script/bench, in Markdown.

describe_machine() {
  printf 'Machine: %s cores (%s), %s GB of memory, %s, %s.\n' "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)" \
    "$(stat -f -c %T "$work")" "$("$pg_bindir/postgres" --version)"
  printf 'Settings: defaults, but `autovacuum = off` and `max_worker_processes = 16`; both servers on\n'
  printf 'this machine, unix sockets. Command: `script/bench` with scale %s, %s rounds, jobs %s.\n' \
    "$scale" "$runs" "$jobs"
}

# report_set <set>
report_set() {
  local set=$1 bytes tables
  IFS='|' read -r tables bytes < <(sql_on source "$set" -c "SELECT count(*), sum(pg_catalog.pg_table_size(oid))
    FROM pg_catalog.pg_class WHERE relnamespace = 'bench'::regnamespace AND relkind = 'r'")
  printf '\n### %s: %s tables, %s MB without indexes\n\n' "$set" "$tables" "$((bytes / 1000000))"
  awk -F '\t' -v set="$set" -v mb="$((bytes / 1000))" -v cores="$(nproc)" -v limits="$work/limits" \
    -f "$root_dir/script/bench.d/report.awk" "$work/times"
}
