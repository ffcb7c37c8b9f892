#!/usr/bin/env bash
# Rebuilds every committed .wasm from the source beside it. README.md names the tools.
set -euo pipefail
cd "$(dirname "$0")"

rustc=${RUSTC:-/usr/bin/rustc} # the one that has a wasm32-wasi library

python3 hostile/brtable.py > hostile/brtable.wat
go run wat2wasm.go guests/*.wat hostile/*.wat
for source in guests/*.c hostile/*.c; do
	clang --target=wasm32-wasi -Os -Wall -Wl,--strip-all -o "${source%.c}.wasm" "$source"
done
for source in guests/*.rs; do
	"$rustc" --target "${TARGET:-wasm32-wasi}" -C opt-level=s -C panic=abort -C lto -C codegen-units=1 \
		-C strip=symbols -o "${source%.rs}.wasm" "$source"
done
chmod 644 guests/*.wasm hostile/*.wasm
rm hostile/brtable.wat
