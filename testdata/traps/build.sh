#!/usr/bin/env bash
# Rebuilds the committed .wasm from the source beside it: with debugging information, and in two
# steps, as clang has a module optimised that it compiles and links at once, which costs names.
set -euo pipefail
cd "$(dirname "$0")"
clang --target=wasm32-wasi -g -O1 -fdebug-compilation-dir=. -c -o null.o null.c
clang --target=wasm32-wasi -o null.wasm null.o
rm null.o
# Without the standard library and its start-up code. The prefix keeps this directory's name out.
rustc --target wasm32-wasip1 -C panic=abort -C opt-level=s -C debuginfo=line-tables-only -C lto=fat \
  -C codegen-units=1 -C link-self-contained=no --remap-path-prefix="$PWD=/guest" -o panic.wasm panic.rs
chmod 644 null.wasm panic.wasm
