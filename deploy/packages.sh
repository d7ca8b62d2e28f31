# SPDX-License-Identifier: Apache-2.0
# Sourced by deploy/quickstart and tests/run: Debian packages, installed when they are missing and not otherwise.

build_packages=(build-essential cmake ninja-build pkgconf libpq-dev librdkafka-dev libsimdjson-dev libsodium-dev
  libsqlite3-dev libyaml-dev)

# install_packages NAME...: quiet when there is nothing to do.
install_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "These Debian packages are missing, and installing them needs root: ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "The packages could not be installed; above is what apt-get said." >&2
    return 1
  fi
  rm -f "$log"
}

# build_preset PRESET ON|OFF [TARGET...]: configures with or without the tests, and builds everything or the targets; with
# the tests a warning is an error. Prints the compiler's output only when it fails.
build_preset() {
  local preset=$1 tests=$2 log
  shift 2
  log=$(mktemp)
  if ! { cmake --preset "$preset" -DGANGWAY_TESTS="$tests" \
      -DGANGWAY_WERROR="$tests" &&
      cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    echo "The $preset build failed; above is what the compiler said." >&2
    return 1
  fi
  rm -f "$log"
}
