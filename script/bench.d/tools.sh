# The tools that script/bench compares. prepare_<tool> is not timed, run_<tool> is; both get the
# data set, the number of jobs and the target database.

source_of() { echo "host=$work/source dbname=$1 user=postgres"; }
pg_dump_of() { "$pg_bindir/pg_dump" -h "$work/source" -U postgres -d "$@"; }

prepare_pgclone() { sql_on target "$3" -c "CREATE EXTENSION pgclone"; }
run_pgclone() {
  [ "$(sql_on target "$3" -c "SELECT pgclone.wait(pgclone.schema_async('$(source_of "$1")', 'bench', true,
    '{\"parallel\": $2}'))")" = completed ] || {
    sql_on target "$3" -c "SELECT error_message, error_detail FROM pgclone.job"
    return 1
  }
}

# Uncompressed: on one machine compression only costs.
prepare_dump_restore() { :; }
run_dump_restore() {
  pg_dump_of "$1" -n bench -Fd -Z0 -j "$2" -f "$work/dump.$3" &&
    "$pg_bindir/pg_restore" -h "$work/target" -U postgres -d "$3" -j "$2" "$work/dump.$3"
  local status=$?
  [ "$1" = many ] || rm -rf "$work/dump.$3"
  return $status
}

prepare_dump_psql() { :; }
run_dump_psql() { pg_dump_of "$1" -n bench | sql_on target "$3"; }

prepare_pgcopydb() { rm -rf "$work/pgcopydb"; }
run_pgcopydb() {
  PATH="$pg_bindir:$PATH" pgcopydb clone --source "postgres://postgres@/$1?host=$work/source" \
    --target "postgres://postgres@/$3?host=$work/target" --dir "$work/pgcopydb" --table-jobs "$2" \
    --index-jobs "$2" --skip-large-objects --skip-extensions --no-comments
}

# Rows alone, into tables without an index. Each job is one pair of psql with its share of the
# tables, dealt out by size.
prepare_copy_copy() {
  pg_dump_of "$1" -n bench --section=pre-data | sql_on target "$3" >/dev/null
  rm -f "$work"/copy.*
  tables_by_size "$1" | awk -v jobs="$2" -v to="$work/copy." '{
    print "\\echo COPY " $1 " FROM stdin;\nCOPY " $1 " TO STDOUT;\n\\echo \047\\\\.\047" > (to NR % jobs) }'
}
run_copy_copy() {
  local script pids=() pid status=0
  for script in "$work"/copy.*; do
    sql_on source "$1" -f "$script" | sql_on target "$3" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || status=1; done
  return $status
}

# One connection and one process: jobs don't apply. After the first round a tool runs with the
# number of jobs that was its best, ours with the last one.
worth_running() {
  local set=$1 tool=$2 n=$3 round=$4
  if [ "$tool" = dump_psql ]; then [ "$n" = "${jobs%% *}" ]; return; fi
  if [ "$round" -eq 1 ]; then return 0; fi
  if [ "$tool" = pgclone ]; then [ "$n" = "${jobs##* }" ]; return; fi
  [ "$n" = "$(best_jobs "$set" "$tool")" ]
}

best_jobs() {
  awk -F '\t' -v s="$1" -v t="$2" '$1 == s && $2 == t && (!n || $4 < best) { best = $4; n = $3 }
    END { print n }' "$work/times"
}
