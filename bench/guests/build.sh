#!/usr/bin/env bash
# Rebuilds the committed .wasm from the source beside it, with the tools of testdata/README.md.
set -euo pipefail
cd "$(dirname "$0")"

rustc=${RUSTC:-/usr/bin/rustc} # the one that has a wasm32-wasi library

go run ../../testdata/wat2wasm.go ./*.wat
for source in *.rs; do
	"$rustc" --target wasm32-wasi -C opt-level=3 -C panic=abort -C lto -C codegen-units=1 \
		-C strip=symbols -o "${source%.rs}.wasm" "$source"
done
for source in *.c; do
	case $source in
	sortbare.c)
		for bits in 32 64; do
			clang --target=wasm$bits -O2 -Wall -ffreestanding -mbulk-memory -nostdlib -Wl,--strip-all \
				-o sortbare$bits.wasm "$source"
		done
		;;
	mergesort_threads.c) ;; # testdata/threads/build.sh
	simd.c)
		clang --target=wasm32-wasi -O2 -Wall -msimd128 -Wl,--strip-all -o simd.wasm "$source"
		;;
	*)
		clang --target=wasm32-wasi -O2 -Wall -Wl,--strip-all -o "${source%.c}.wasm" "$source"
		;;
	esac
done
chmod 644 ./*.wasm
