#!/usr/bin/env bash
# Builds the real programs of the suite `real` of the bench into a directory, for WASI and for this
# machine, from what the registries of Rust, Go and npm have and from the sources beside this file.
#
#   bash bench/real/build.sh DIR [NAME...]     all programs, or those named
#
# It needs clang with wasi-libc (Debian: clang lld wasi-libc libclang-rt-dev-wasm32), cargo with the
# target wasm32-wasip1, go and npm. What is there already is not built again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -lt 1 ]; then
	sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
mkdir -p "$1/src"
out=$(cd "$1" && pwd)
shift
wanted=("$@")

# want NAME: whether NAME is to be built.
want() {
	[ ! -e "$out/$1.wasm" ] || [ ! -e "$out/$1.native" ] || return 1
	[ ${#wanted[@]} = 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]]
}

# both NAME FLAGS...: builds C for WASI and for this machine.
both() {
	local name=$1
	shift
	echo "$name"
	clang --target=wasm32-wasi -O2 -w -Wl,--strip-all -Wl,-z,stack-size=8388608 -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_SIGNAL \
		-o "$out/$name.wasm" "$@" -lwasi-emulated-process-clocks -lwasi-emulated-signal -lm
	clang -O2 -w -o "$out/$name.native" "$@" -lm -lpthread
}

# The sources of C that crates carry.
if [ ! -e "$out/src/vendor" ]; then
	mkdir -p "$out/src/crates"
	cat >"$out/src/crates/Cargo.toml" <<-'END'
		[package]
		name = "sources"
		version = "0.0.0"
		edition = "2021"
		[lib]
		path = "lib.rs"
		[dependencies]
		libsqlite3-sys = { version = "=0.30.1", features = ["bundled"] }
		lua-src = "=547.0.0"
		rquickjs-sys = "=0.9.0"
		bzip2-sys = "=0.1.13"
		libz-sys = "=1.1.20"
	END
	: >"$out/src/crates/lib.rs"
	(cd "$out/src/crates" && cargo vendor -q "$out/src/vendor" >/dev/null)
fi
v=$out/src/vendor

if want sqlite; then
	both sqlite -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_WAL -DSQLITE_DEFAULT_MEMSTATUS=0 \
		-DSQLITE_OS_OTHER=1 -I"$v/libsqlite3-sys/sqlite3" "$here/sqlite.c" "$v/libsqlite3-sys/sqlite3/sqlite3.c"
fi
if want lua; then
	l=$v/lua-src/lua-5.4.7
	both lua -I"$here/without" -I"$l" -include "$here/errors.h" "$here/lua.c" "$l"/{lapi,lauxlib,lbaselib,lcode,lctype,ldebug,ldo,ldump,lfunc,lgc,llex,lmathlib,lmem,lobject,lopcodes,lparser,lstate,lstring,lstrlib,ltable,ltablib,ltm,lundump,lvm,lzio}.c
fi
if want quickjs; then
	q=$v/rquickjs-sys/quickjs
	both quickjs -D_GNU_SOURCE -DQUICKJS_NG_BUILD -I"$q" "$here/quickjs.c" "$q"/{quickjs,libregexp,libunicode,cutils,libbf}.c
fi
if want bzip2; then
	z=$v/bzip2-sys/bzip2-1.0.8
	both bzip2 -DBZ_NO_STDIO -I"$z" "$here/bzip2.c" "$z"/{blocksort,huffman,crctable,randtable,compress,decompress,bzlib}.c
fi
if want zlib; then
	z=$v/libz-sys/src/zlib
	both zlib -I"$z" "$here/zlib.c" "$z"/{adler32,compress,crc32,deflate,infback,inffast,inflate,inftrees,trees,uncompr,zutil}.c
fi
if want raytracer; then both raytracer "$here/raytracer.c"; fi
if want matrix; then both matrix "$here/matrix.c"; fi
if want matrix-vectors; then
	echo matrix-vectors
	# In two steps: else clang runs a wasm-opt that it finds, and does not tell it of vectors.
	clang --target=wasm32-wasi -O3 -msimd128 -ffast-math -DVECTORS -c -o "$out/src/matrix-vectors.o" "$here/matrix.c"
	clang --target=wasm32-wasi -Wl,--strip-all -o "$out/matrix-vectors.wasm" "$out/src/matrix-vectors.o"
	clang -O3 -ffast-math -DVECTORS -o "$out/matrix-vectors.native" "$here/matrix.c"
fi
for name in regex json; do
	if want $name; then
		echo $name
		(cd "$here/$name" && CARGO_TARGET_DIR=$out/src/target cargo build -q --release --target wasm32-wasip1 &&
			CARGO_TARGET_DIR=$out/src/target cargo build -q --release)
		cp "$out/src/target/wasm32-wasip1/release/$name.wasm" "$out/$name.wasm"
		cp "$out/src/target/release/$name" "$out/$name.native"
	fi
done

# go_both NAME PACKAGE: builds Go for WASI and for this machine.
go_both() {
	echo "$1"
	GOOS=wasip1 GOARCH=wasm go build -o "$out/$1.wasm" "$2"
	CGO_ENABLED=0 go build -o "$out/$1.native" "$2"
}
if want png; then (cd "$here/png" && go_both png .); fi
if want gofmt; then go_both gofmt cmd/gofmt; fi
if want esbuild; then
	mkdir -p "$out/src/esbuild"
	(
		cd "$out/src/esbuild"
		[ -e go.mod ] || go mod init bundler >/dev/null 2>&1
		go get github.com/evanw/esbuild/cmd/esbuild@v0.25.10 2>/dev/null
		go_both esbuild github.com/evanw/esbuild/cmd/esbuild
	)
fi

# What the programs work on.
mkdir -p "$out/work"
if [ ! -e "$out/work/large.go" ]; then
	# The largest file of Go's standard library that a person wrote.
	cp "$(go env GOROOT)/src/net/http/h2_bundle.go" "$out/work/large.go" 2>/dev/null ||
		cp "$(go env GOROOT)/src/reflect/value.go" "$out/work/large.go"
fi
if [ ! -e "$out/work/large.js" ]; then
	(cd "$out/src" && npm pack -s three@0.170.0 >/dev/null && tar xzf three-0.170.0.tgz package/build/three.module.js)
	cp "$out/src/package/build/three.module.js" "$out/work/large.js"
fi
cp "$here/work.lua" "$here/work.js" "$out/work/"
