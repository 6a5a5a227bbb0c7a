# The two throw-away servers of script/bench: their settings, their CPU time, what is in them.

hz=$(getconf CLK_TCK)
databases=0

# Defaults but for these: no autovacuum that would fall upon some tools and not upon others, and
# worker processes for the pool, which are no use to the other tools.
start_servers() {
  local settings=("autovacuum = off" "max_worker_processes = 16")
  make_work_dir pgclone-bench
  start_server source "${settings[@]}"
  start_server target "${settings[@]}" "shared_preload_libraries = 'pgclone'"
}

# CPU that servers have used so far, with all that have ended below them, and the ended children of
# a process, together, in ticks.
cpu_ticks() {
  local who pid pids=() parents=()
  for who in "$@"; do
    case "$who" in
      source | target)
        pid=$(head -n 1 "$work/$who/data/postmaster.pid")
        pids+=("$pid" $(pgrep -P "$pid"))
        parents+=("$pid")
        ;;
      *) parents+=("$who") ;;
    esac
  done
  {
    for pid in "${pids[@]}"; do ticks_of "$pid" '$12 + $13'; done
    for pid in "${parents[@]}"; do ticks_of "$pid" '$14 + $15'; done
  } | awk '{ sum += $1 } END { print sum + 0 }'
}

# Fields of /proc/<pid>/stat behind the name, which may have blanks. A process that has just ended
# is in its parent's sum.
ticks_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk "{ print $2 }" || true; }

tables_by_size() {
  sql_on source "$1" -c "SELECT pg_catalog.format('bench.%I', relname) FROM pg_catalog.pg_class
    WHERE relnamespace = 'bench'::regnamespace AND relkind = 'r'
    ORDER BY pg_catalog.pg_table_size(oid) DESC, relname"
}

# fingerprint <server> <database> [rows]: rows by checksum; indexes and constraints by definition.
# By the text of a row where it has an enum, whose hash is its OID's.
fingerprint() {
  sql_on "$1" "$2" <<'SQL'
SELECT pg_catalog.format('SELECT %L, count(*), sum(pg_catalog.%s) FROM bench.%I AS t', relname,
  CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE a.attrelid = c.oid AND y.typtype = 'e')
  THEN 'hashtextextended(t::text, 0)' ELSE 'hash_record_extended(t.*, 0)' END, relname)
  FROM pg_catalog.pg_class c WHERE relnamespace = 'bench'::regnamespace AND relkind = 'r' ORDER BY relname
\gexec
SQL
  [ "${3:-}" != rows ] || return 0
  sql_on "$1" "$2" -c "SELECT indexdef FROM pg_catalog.pg_indexes WHERE schemaname = 'bench' ORDER BY indexdef" \
    -c "SELECT conname, conrelid::regclass, convalidated, pg_catalog.pg_get_constraintdef(oid)
      FROM pg_catalog.pg_constraint WHERE connamespace = 'bench'::regnamespace ORDER BY 1, 2"
}

# check_result <set> <tool> <database>
check_result() {
  local only=
  [ "$2" != copy_copy ] || only=rows
  fingerprint target "$3" $only >"$work/$1.found"
  if [ -n "$only" ]; then
    head -n "$(wc -l <"$work/$1.found")" "$work/$1.expected" | cmp -s - "$work/$1.found"
  else
    cmp -s "$work/$1.expected" "$work/$1.found"
  fi || die "$2 has not made the same of the set '$1': compare $(diff "$work/$1.expected" "$work/$1.found" | head -n 5)"
}
