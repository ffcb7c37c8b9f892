package sniff

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf16"
)

const unpack = "unpack it, and run the .wasm file in it"

// binaries are the kinds of files that are no text. The first that fits counts.
var binaries = sync.OnceValue(func() []kind {
	return []kind{
		{func(f *file) bool { return f.size == 0 }, Found{"an empty file", "whatever was to write it has failed: build or download it again"}},
		{isZero, Found{"a file of nothing but zeros", "a copy or a download of it was not finished: get it again"}},
		{func(f *file) bool { return strings.HasPrefix(magic, string(f.head)) }, cutModule},
		{isModuleInGzip, Found{"a module that is compressed with gzip", "uncompress it first: gunzip < FILE > app.wasm"}},
		{begins("\x1f\x8b"), Found{"a file that is compressed with gzip", "uncompress it first (gunzip, tar xzf), and run the .wasm file in it"}},
		{begins("PK\x03\x04", "PK\x05\x06"), Found{"a ZIP archive", unpack + " (unzip)"}},
		{begins("\x28\xb5\x2f\xfd"), Found{"a file that is compressed with Zstandard", "uncompress it first (unzstd), and run the .wasm file in it"}},
		{begins("\xfd7zXZ\x00"), Found{"a file that is compressed with xz", "uncompress it first (unxz, tar xJf), and run the .wasm file in it"}},
		{begins("BZh"), Found{"a file that is compressed with bzip2", "uncompress it first (bunzip2, tar xjf), and run the .wasm file in it"}},
		{begins("\x04\x22\x4d\x18"), Found{"a file that is compressed with LZ4", "uncompress it first (unlz4), and run the .wasm file in it"}},
		{begins("7z\xbc\xaf\x27\x1c"), Found{"a 7z archive", unpack}},
		{begins("Rar!"), Found{"a RAR archive", unpack}},
		{func(f *file) bool { return at(f.head, 257, "ustar") }, Found{"a tar archive", unpack + " (tar xf)"}},
		{begins("!<arch>\n"), Found{"a library of object files (.a)", "link it with a program for WebAssembly, and run that"}},
		{func(f *file) bool { return at(f.head, 0, "\x7fELF") && at(f.head, 7, "\xc8") }, Found{"code that Wasmtime has compiled (.cwasm)", "run the module that it was made from"}},
		{begins("\x7fELF"), Found{"machine code for Linux or the like (ELF)", madeFrom}},
		{begins("\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe"), Found{"machine code for macOS (Mach-O)", madeFrom}},
		{isJava, Found{"a Java class", "build a module of it with a compiler for WebAssembly"}},
		{begins("\xca\xfe\xba\xbe", "\xca\xfe\xba\xbf"), Found{"machine code for macOS (Mach-O)", madeFrom}},
		{begins("MZ"), Found{"machine code for Windows (PE)", madeFrom}},
		{begins("BC\xc0\xde", "\xde\xc0\x17\x0b"), Found{"LLVM bitcode", "compile and link it for WebAssembly: clang --target=wasm32-wasip1"}},
		{begins("\x00aot"), Found{"code that WAMR has compiled (.aot)", "run the module that it was made from"}},
		{begins("wasmer-universal", "WASMER"), Found{"code that Wasmer has compiled", "run the module that it was made from"}},
		{begins("\x00webc"), Found{"a package of Wasmer (.webc)", unpack + " (wasmer package unpack)"}},
		{begins("%PDF-"), Found{"a PDF document", "name the module instead"}},
		{begins("\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF", "\x00\x00\x01\x00"), Found{"a picture or a recording", "name the module instead"}},
		{begins("SQLite format 3\x00"), Found{"a database of SQLite", "give it to a guest with --dir, and name the module first"}},
		{begins("\xff\xfe", "\xfe\xff"), Found{"text in UTF-16", "save it as UTF-8; a module in the text format is named .wat"}},
		{isUTF16, Found{"text in UTF-16", "save it as UTF-8; a module in the text format is named .wat"}},
	}
})

// cutModule is a module of which hardly anything is there.
var cutModule = Found{"the beginning of a module", "the file was cut: build or download it again"}

const madeFrom = "run the WebAssembly module that it was made from, or build one from the same sources"

// at reports whether b has s at the offset off.
func at(b []byte, off int, s string) bool {
	return len(b) >= off+len(s) && string(b[off:off+len(s)]) == s
}

// isZero recognises what has never been written.
func isZero(f *file) bool { return len(bytes.Trim(f.head, "\x00")) == 0 }

// isJava tells a class from a universal binary of macOS, which begins with the same
// bytes: behind them stands the version of Java, or how few parts there are.
func isJava(f *file) bool {
	return at(f.head, 0, "\xca\xfe\xba\xbe") && len(f.head) >= 8 && binary.BigEndian.Uint32(f.head[4:]) >= 45
}

// isUTF16 recognises text without a mark: every other byte of it is zero.
func isUTF16(f *file) bool {
	if len(f.head) < 4 {
		return false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		units := make([]uint16, min(len(f.head)/2, 64))
		for i := range units {
			units[i] = order.Uint16(f.head[2*i:])
		}
		if s := string(utf16.Decode(units)); isText([]byte(s)) && strings.IndexFunc(s, func(r rune) bool { return r > 0x7f }) < 0 {
			return true
		}
	}
	return false
}

// isModuleInGzip recognises compressed modules.
func isModuleInGzip(f *file) bool {
	r, err := gzip.NewReader(bytes.NewReader(f.head))
	if err != nil {
		return false
	}
	b := make([]byte, len(magic))
	_, err = io.ReadFull(r, b)
	return err == nil && string(b) == magic
}

// junkBefore finds a module behind something else.
func junkBefore(f *file) (Found, bool) {
	n := bytes.Index(f.head, []byte(magic+"\x01\x00\x00\x00"))
	if n <= 0 {
		return Found{}, false
	}
	return Found{
		fmt.Sprintf("a file with a module in it, from byte %d on", n),
		fmt.Sprintf("take it out: tail -c +%d FILE > app.wasm", n+1),
	}, true
}
