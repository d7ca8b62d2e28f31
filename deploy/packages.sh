# SPDX-License-Identifier: Apache-2.0
# Sourced by deploy/quickstart and tests/run: installs missing Debian packages and builds presets.

build_packages=(build-essential cmake ninja-build pkgconf libcurl4-openssl-dev libidn2-dev libjansson-dev
  libmicrohttpd-dev libpq-dev librabbitmq-dev librdkafka-dev libsimdjson-dev libsodium-dev libsqlite3-dev libssl-dev
  libsystemd-dev libyaml-dev)

# install_packages NAME...: installs what is missing; prints nothing if nothing is.
install_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "Missing Debian packages, run this as root to install them: ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "apt-get could not install the packages; its output is above." >&2
    return 1
  fi
  rm -f "$log"
}

# build_preset PRESET ON|OFF [TARGET...]: configures with or without the tests and builds the targets, or everything.
# With the tests, warnings are errors. Prints the compiler's output only on failure.
build_preset() {
  local preset=$1 tests=$2 log
  shift 2
  log=$(mktemp)
  if ! { cmake --preset "$preset" -DGANGWAY_TESTS="$tests" \
      -DGANGWAY_WERROR="$tests" &&
      cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    echo "The $preset build failed; its output is above." >&2
    return 1
  fi
  rm -f "$log"
}
