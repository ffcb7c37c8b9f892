#!/usr/bin/env bash
# Rebuilds every committed .wasm from the source beside it. README.md names the tools.
set -euo pipefail
cd "$(dirname "$0")"

rustc=${RUSTC:-/usr/bin/rustc} # the one that has a wasm32-wasi library
wat2wasm=${WAT2WASM:-wat2wasm}

python3 hostile/brtable.py > hostile/brtable.wat
for source in guests/*.wat hostile/*.wat; do
	"$wat2wasm" --enable-tail-call "$source" -o "${source%.wat}.wasm"
done
for source in guests/*.c hostile/*.c; do
	clang --target=wasm32-wasi -Os -Wall -Wno-unused-command-line-argument -o "${source%.c}.wasm" "$source"
	wasm-strip "${source%.c}.wasm"
done
for source in guests/*.rs; do
	"$rustc" --target wasm32-wasi -C opt-level=s -C panic=abort -C lto -C codegen-units=1 \
		-o "${source%.rs}.wasm" "$source"
	wasm-strip "${source%.rs}.wasm"
done
chmod 644 guests/*.wasm hostile/*.wasm
rm hostile/brtable.wat
