#!/usr/bin/env bash
# Rebuilds every component here, by others' tools: npm's jco, which has wasm-tools and the public
# adapter for preview 1, cargo with the target wasm32-wasip2, and the crate wac-graph. What they
# download and build goes to $1, which is kept (default: a new directory).
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(cd "${1:-$(mktemp -d)}" && pwd)

[ -x "$work/node_modules/.bin/jco" ] || npm install --prefix "$work" --silent --no-fund --no-audit @bytecodealliance/jco@1.35.0
for program in hello files_c files_rust; do
	"$work/node_modules/.bin/jco" new "../guests/$program.wasm" --wasi-command -o "$program.wasm"
done

export CARGO_TARGET_DIR=$work/target
for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do # whose paths panics would name
	RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$sources=crates"
done
export RUSTFLAGS
for crate in report text words; do
	(cd $crate && cargo build --release --target wasm32-wasip2)
done
(cd compose && cargo build)
built=$CARGO_TARGET_DIR/wasm32-wasip2/release
cp "$built/report.wasm" .
"$CARGO_TARGET_DIR/debug/compose" "$built/words.wasm" "$built/text.wasm" "$here/pair.wasm"
chmod 644 ./*.wasm
