#!/usr/bin/env bash
# Rebuilds the committed .wasm from the source beside it, with the tools of testdata/README.md.
set -euo pipefail
cd "$(dirname "$0")"

rustc=${RUSTC:-/usr/bin/rustc} # the one that has a wasm32-wasi library

for source in *.rs; do
	"$rustc" --target wasm32-wasi -C opt-level=3 -C panic=abort -C lto -C codegen-units=1 \
		-o "${source%.rs}.wasm" "$source"
	wasm-strip "${source%.rs}.wasm"
done
chmod 644 ./*.wasm
