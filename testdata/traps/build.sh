#!/usr/bin/env bash
# Rebuilds the committed .wasm from the sources beside them, with debugging information.
set -euo pipefail
cd "$(dirname "$0")"
# In two steps, as clang has a module optimised that it compiles and links at once, which costs names.
clang --target=wasm32-wasi -g -O1 -fdebug-compilation-dir=. -c -o null.o null.c
clang --target=wasm32-wasi -o null.wasm null.o
rm null.o
clang --target=wasm32 -g -O0 -nostdlib -fdebug-compilation-dir=. -c -o locals.o locals.c
wasm-ld --no-entry -o locals.wasm locals.o
rm locals.o
rustc --target wasm32-wasip1 --crate-type cdylib --crate-name locals -C panic=abort -C opt-level=1 -C debuginfo=2 -C lto=fat \
  -C codegen-units=1 -C link-self-contained=no -C link-arg=--no-entry --remap-path-prefix="$PWD=/guest" -o locals_rs.wasm locals.rs
# Without the standard library and its start-up code. The prefix keeps this directory's name out.
rustc --target wasm32-wasip1 -C panic=abort -C opt-level=s -C debuginfo=line-tables-only -C lto=fat \
  -C codegen-units=1 -C link-self-contained=no --remap-path-prefix="$PWD=/guest" -o panic.wasm panic.rs
# By asc 0.28.20 (npm install assemblyscript), whose map repeats the sources, its library's too: they are left out.
asc bounds.ts -O0 --debug --runtime stub --initialMemory 1 --sourceMap --outFile bounds.wasm
node -e 'const fs = require("fs"), map = JSON.parse(fs.readFileSync("bounds.wasm.map"));
  delete map.sourcesContent; fs.writeFileSync("bounds.wasm.map", JSON.stringify(map) + "\n")'
# By TinyGo 0.39.0, with a target like its wasm-unknown but for what is built of other sources: libc, compiler-rt, assembly. In a directory
# of this name, which is in the module.
mkdir /guest && cp nil_tinygo.go tinygo.json /guest
(cd /guest && tinygo build -target ./tinygo.json -o nil_tinygo.wasm nil_tinygo.go)
mv /guest/nil_tinygo.wasm . && rm -r /guest
chmod 644 nil_tinygo.wasm locals.wasm locals_rs.wasm null.wasm panic.wasm bounds.wasm bounds.wasm.map
