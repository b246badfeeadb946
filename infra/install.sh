#!/usr/bin/env bash
# Installs what the full tests use beside npm: nats-server, a browser, a Vulkan loader, two shells and promtool. Run by `npm test`, or by hand; safe to repeat, and quick
# when everything is there. A part that cannot be had is named with the reason, and its tests are skipped: this never fails.
set -u

NATS_SERVER_VERSION=v2.15.2

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin="$root/.cache/bin"

say() { printf 'install: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command quietly; on failure shows the end of what it said.
quietly() {
  local log status
  log=$(mktemp)
  "$@" >"$log" 2>&1
  status=$?
  [ "$status" -eq 0 ] || tail -n 5 "$log" | sed 's/^/install:   /'
  rm -f "$log"
  return "$status"
}

# Installs a Debian package; fails without apt or root.
apt_install() {
  have apt-get && [ "$(id -u)" -eq 0 ] || return 1
  say "apt-get install $1"
  quietly apt-get -o DPkg::Lock::Timeout=120 update
  DEBIAN_FRONTEND=noninteractive quietly apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$1"
}

# Builds the pinned version into the repository's cache. Moved into place at the end, so that a broken build leaves nothing.
build_nats_server() {
  have go || return 1
  say "go install nats-server $NATS_SERVER_VERSION (a minute or two)"
  local target
  mkdir -p "$bin" || return 1
  target=$(mktemp -d "$bin/build.XXXXXX") || return 1
  GOBIN="$target" CGO_ENABLED=0 quietly go install -trimpath "github.com/nats-io/nats-server/v2@$NATS_SERVER_VERSION" &&
    mv "$target/nats-server" "$bin/nats-server"
  local status=$?
  rm -rf "$target"
  return "$status"
}

nats_server() {
  if [ -x "$bin/nats-server" ] || [ -x /usr/sbin/nats-server ] || have nats-server; then return 0; fi
  build_nats_server && return 0
  apt_install nats-server && return 0
  if have brew; then
    say "brew install nats-server"
    quietly brew install nats-server && return 0
  fi
  say "nats-server is not to be had: it takes Go, or Debian's apt-get as root, or Homebrew; tests of the JetStream bus are skipped"
}

browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if have "$name"; then return 0; fi
  done
  for name in "Google Chrome" Chromium; do
    if [ -x "/Applications/$name.app/Contents/MacOS/$name" ]; then return 0; fi
  done
  apt_install chromium && return 0
  if have brew; then
    # Homebrew's Chromium is not notarised, so macOS refuses to start it.
    say "brew install --cask google-chrome"
    quietly brew install --cask google-chrome && return 0
  fi
  say "a browser is not to be had: it takes Debian's apt-get as root, or Homebrew; tests in a browser are skipped"
}

# Shells whose completion scripts are parsed by the shells themselves.
shells() {
  local name
  for name in zsh fish; do
    have "$name" || apt_install "$name" || { have brew && quietly brew install "$name"; } ||
      say "$name is not to be had: it takes Debian's apt-get as root, or Homebrew; the test of its completion is skipped"
  done
}

# Prometheus's own parser. Taken out of its package: installed whole, the server would be started.
prometheus_parser() {
  if [ -x "$bin/promtool" ] || have promtool; then return 0; fi
  local folder status=1
  if have apt-get && have dpkg-deb; then
    say "promtool from Debian's package prometheus"
    mkdir -p "$bin" && folder=$(mktemp -d "$bin/promtool.XXXXXX") || return
    (cd "$folder" && { quietly apt-get download prometheus || { [ "$(id -u)" -eq 0 ] && quietly apt-get -o DPkg::Lock::Timeout=120 update && quietly apt-get download prometheus; }; } &&
      quietly dpkg-deb -x prometheus_*.deb . && mv usr/bin/promtool "$bin/promtool")
    status=$?
    rm -rf "$folder"
  elif have brew; then
    say "brew install prometheus"
    quietly brew install prometheus
    status=$?
  fi
  [ "$status" -eq 0 ] || say "promtool is not to be had: it takes Debian's apt-get, or Homebrew; the test by Prometheus's parser is skipped"
}

# With the browser's SwiftShader it makes a graphics device for tests of WebGPU.
vulkan_loader() {
  [ "$(uname -s)" = Linux ] || return 0
  ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' || apt_install libvulkan1 ||
    say "libvulkan1 is not to be had: it takes Debian's apt-get as root; tests of WebGPU are skipped"
}

nats_server
browser
vulkan_loader
shells
prometheus_parser
exit 0
