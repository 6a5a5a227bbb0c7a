# What the scripts share. Sourced, never run.
set -euo pipefail

root_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pg_bindir=/usr/lib/postgresql/15/bin
mkdir -p "$root_dir/build"

say() { printf '\n==> %s\n' "$*"; }
die() { printf '\nFAILED: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "'$*' needs root, and there is no sudo"
  fi
}

# Runs a command as a user that PostgreSQL servers accept: they refuse to run as root.
as_server_user() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

# build <preset> [target…]: configures when needed, then builds with all cores.
build() {
  local preset=$1
  shift
  (cd "$root_dir" && cmake --preset "$preset" >"$root_dir/build/$preset.configure.log" 2>&1) || {
    cat "$root_dir/build/$preset.configure.log" >&2
    die "cmake could not configure the preset '$preset'"
  }
  cmake --build "$root_dir/build/$preset" -j "$(nproc)" ${1:+--target "$@"}
}

# Where PostgreSQL finds it. Asks for root only when the folder isn't ours.
install_release() {
  as_root cmake --install "$root_dir/build/release" >"$root_dir/build/install.log" ||
    die "the installation failed, see build/install.log"
}

# Extensions that only the tests need.
install_for_tests() {
  as_root cmake --install "$root_dir/build/release" --component tests >>"$root_dir/build/install.log" ||
    die "the installation failed, see build/install.log"
}

# make_work_dir <prefix>: $work, for throw-away servers, stopped and removed when the script ends.
make_work_dir() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/$1-XXXXXX")
  chmod 755 "$work"
  [ "$(id -u)" -ne 0 ] || chown postgres "$work"
  trap stop_servers EXIT
  trap 'exit 130' INT TERM
}

stop_servers() {
  local name
  for name in source target; do
    [ ! -f "$work/$name/data/postmaster.pid" ] ||
      as_server_user "$pg_bindir/pg_ctl" -D "$work/$name/data" -m immediate -s stop || true
  done
  rm -rf "$work"
}

# start_server <name> <settings…>: with nothing but a unix socket in its own folder, so no port that
# anybody else could have.
start_server() {
  local name=$1
  shift
  as_server_user mkdir "$work/$name"
  as_server_user "$pg_bindir/initdb" -D "$work/$name/data" -A trust -U postgres -E UTF8 \
    --locale=C.UTF-8 --no-sync >/dev/null
  printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work/$name'" "$@" |
    as_server_user tee -a "$work/$name/data/postgresql.conf" >/dev/null
  as_server_user "$pg_bindir/pg_ctl" -D "$work/$name/data" -l "$work/$name/log" -s -w start ||
    { cat "$work/$name/log" >&2; die "the $name server did not start"; }
}

# sql_on <server> <database> <psql options…>: bare values, stops at the first error.
sql_on() {
  local server=$1 database=$2
  shift 2
  PGOPTIONS="-c client_min_messages=warning ${PGOPTIONS:-}" "$pg_bindir/psql" -X -q -A -t \
    -P pager=off -v ON_ERROR_STOP=1 -h "$work/$server" -U postgres -d "$database" "$@"
}
