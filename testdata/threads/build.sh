#!/usr/bin/env bash
# Rebuilds the modules with threads, here and in bench/guests, from the sources beside them. It wants the
# clang of Zig (`python3 -m pip install ziglang`) for C, and rustc with the target wasm32-wasip1-threads
# (`rustup target add`), whose library brings along a wasi-libc with threads that the C programs are linked with.
set -euo pipefail
cd "$(dirname "$0")"

python=${PYTHON:-python3}
library=$(rustc --print sysroot)/lib/rustlib
self=$library/wasm32-wasip1-threads/lib/self-contained
host=$(rustc -vV | sed -n 's/^host: //p')
object=$(mktemp)
trap 'rm -f "$object"' EXIT

c() {
	"$python" -m ziglang cc -target wasm32-wasi -mcpu=generic+atomics+bulk_memory -pthread -O2 -Wall -c "$1" -o "$object"
	"$library/$host/bin/rust-lld" -flavor wasm -o "${1%.c}.wasm" "$self/crt1-command.o" "$object" "$self/libc.a" "$self"/../libcompiler_builtins-*.rlib \
		--shared-memory --import-memory --export-memory --max-memory=1073741824 ${2:---strip-all}
}

go run ../wat2wasm.go ./*.wat
c pthreads.c --strip-debug # with the names of functions
c ends.c
c ../../bench/guests/mergesort_threads.c
rustc --target wasm32-wasip1-threads -C opt-level=s -C panic=abort -C lto -C codegen-units=1 -C strip=symbols -o std.wasm std.rs
chmod 644 ./*.wasm
