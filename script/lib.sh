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
