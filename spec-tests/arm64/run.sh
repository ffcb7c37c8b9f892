#!/usr/bin/env bash
# Runs the official scripts for linux/arm64 on another machine, under user-mode emulation.
#
#   spec-tests/arm64/run.sh [flags of the test binary]
#
# Needs qemu-aarch64-static (Debian: qemu-user-static), or QEMU=command. Finds the scripts as
# go test ./spec-tests does. Compiled mode alone unless told otherwise: the interpreter's code
# is the same Go on every machine.
set -euo pipefail
cd "$(dirname "$0")/.."

qemu=${QEMU:-qemu-aarch64-static}
command -v "$qemu" >/dev/null || { echo "$qemu not found: apt-get install qemu-user-static" >&2; exit 1; }

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go test -c -o "$bin/spec.test" .

# The emulated binary cannot ask the go command.
WAZERO_DIR=${WAZERO_DIR:-$(go list -m -f '{{.Dir}}' github.com/tetratelabs/wazero)}
export WAZERO_DIR
if [ $# -eq 0 ]; then set -- -test.run 'TestScripts/run/compiled'; fi
"$qemu" "$bin/spec.test" -test.parallel "${PARALLEL:-$(nproc)}" "$@"
