# What the two servers need at least, each part measured alone in the same run: the CPU of binary
# COPY out, of binary COPY in, and of the builds of indexes and keys and the checks of foreign keys,
# on one core each.

# cpu_of <server> <command…>: the CPU that the server spends on a command, in seconds.
cpu_of() {
  local server=$1 before
  before=$(cpu_ticks "$server")
  shift
  "$@" >&2
  awk -v t=$(($(cpu_ticks "$server") - before)) -v hz="$hz" 'BEGIN { print t / hz }'
}

# limit_part <set> <what> <command…>: appends <set> <what> <seconds> to $work/limits.
limit_part() {
  local set=$1 what=$2 seconds
  shift 2
  seconds=$("$@")
  echo "$set $what $seconds" >>"$work/limits"
}

copy_out_of() { # <set> <tables…>
  local set=$1 table
  shift
  for table in "$@"; do echo "COPY $table TO STDOUT (FORMAT binary) \\g '$work/rows/$table'"; done | sql_on source "$set"
}

copy_in_of() { # <database> <tables…>
  local db=$1 table
  shift
  for table in "$@"; do echo "\\copy $table FROM '$work/rows/$table' (FORMAT binary)"; done | sql_on target "$db"
}

build_indexes() { # <set> <database>
  pg_dump_of "$1" -n bench --section=post-data | PGOPTIONS="-c max_parallel_maintenance_workers=0" sql_on target "$2"
}

# The most expensive index of a table, built again.
longest_index() { # <database> <table>
  local index indexes
  mapfile -t indexes < <(sql_on target "$1" -c "SELECT indexrelid::regclass FROM pg_catalog.pg_index
    WHERE indrelid = '$2'::regclass")
  for index in "${indexes[@]}"; do
    PGOPTIONS="-c max_parallel_maintenance_workers=0" cpu_of target sql_on target "$1" -c "REINDEX INDEX $index"
  done | sort -rn | head -n 1
}

# The order of work counts: an index of the largest table can't begin before its copy has ended.
measure_limit() {
  local set=$1 db=limit_$1 tables largest
  note "== $set: measuring the limit"
  mapfile -t tables < <(tables_by_size "$set")
  largest=${tables[0]}
  mkdir -p "$work/rows"
  "$pg_bindir/createdb" -h "$work/target" -U postgres "$db"
  pg_dump_of "$set" -n bench --section=pre-data | sql_on target "$db" >/dev/null
  limit_part "$set" largest_out cpu_of source copy_out_of "$set" "$largest"
  limit_part "$set" largest_in cpu_of target copy_in_of "$db" "$largest"
  limit_part "$set" rest_out cpu_of source copy_out_of "$set" "${tables[@]:1}"
  limit_part "$set" rest_in cpu_of target copy_in_of "$db" "${tables[@]:1}"
  limit_part "$set" build cpu_of target build_indexes "$set" "$db"
  limit_part "$set" longest longest_index "$db" "$largest"
  rm -rf "$work/rows"
  [ "$set" != many ] || return 0
  "$pg_bindir/dropdb" -h "$work/target" -U postgres "$db"
}
