package sniff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

const magic = "\x00asm"

// section is a section of a module: where its contents are, and the name of a custom one.
type section struct {
	id   byte
	at   int64
	size int64
	name string
}

// maxSections bounds how many sections are looked at.
const maxSections = 10_000

// module looks at a file that begins as a module does.
func module(f *file) (Found, bool) {
	switch {
	case f.size < 8:
		return cutModule, true
	case at(f.head, 4, "\x01\x00\x00\x00"):
		return sections(f)
	case at(f.head, 6, "\x01\x00"):
		return Found{"a component (WASI 0.2 or later), not a core module", "build a core module: for the target wasm32-wasip1 in place of wasm32-wasip2, or without the step that makes a component of it"}, true
	}
	version := binary.LittleEndian.Uint32(f.head[4:])
	if version > 0xffff {
		return Found{"a module with a damaged head", "the file may have been changed as if it were text: get it again, as a binary file"}, true
	}
	return Found{fmt.Sprintf("a module of version %d of the format, of which only version 1 is in use", version), "build it with a compiler of today"}, true
}

// sections looks at what a module is made of.
func sections(f *file) (Found, bool) {
	if how := changedAsText(f.head); how != "" {
		return Found{"a module that was changed as if it were text: " + how, "get it again, as a binary file (for Git: *.wasm binary in .gitattributes)"}, true
	}
	list, end, missing := f.sections()
	has := func(name string) bool {
		return slices.ContainsFunc(list, func(s section) bool { return s.id == 0 && s.name == name })
	}
	switch {
	case missing > 0:
		return Found{
			fmt.Sprintf("a module that was cut: %d bytes or more are missing at its end", missing),
			"a download or a copy of it was not finished: get it again",
		}, true
	case end < f.size && len(list) > 0 && len(list) < maxSections:
		return Found{fmt.Sprintf("a module with something else behind it, from byte %d on", end), fmt.Sprintf("cut that off: head -c %d FILE > app.wasm", end)}, true
	case has("corestack"):
		return Found{"a core dump, not a program", "a debugger reads it (wasmgdb), wazedge inspect shows what it has; what is run is the module it was made of"}, true
	case has("linking"):
		return Found{"an object file, which is not linked yet (the output of clang -c, or of wasm-ld -r)", "link it: clang --target=wasm32-wasip1 FILE -o app.wasm, or wasm-ld"}, true
	case has("dylink.0") || has("dylink"):
		return Found{"a library to be loaded by another module (it was linked as a shared one)", "build it without -shared, or as a main module"}, true
	}
	return Found{}, false
}

// changedAsText says how the module that begins with b was changed, by what takes all files for text; it is empty where
// nothing tells.
func changedAsText(b []byte) string {
	ends, replaced := bytes.Count(b, []byte("\n")), bytes.Count(b, []byte("\ufffd"))
	switch {
	case ends >= 4 && ends == bytes.Count(b, []byte("\r\n")):
		return "its line ends are those of Windows"
	case replaced >= 4:
		return "characters stand for bytes that are none"
	}
	for n := range utf8.UTFMax { // the end of b may be within a character
		if whole := b[:max(len(b)-n, 0)]; utf8.Valid(whole) && utf8.RuneCount(whole) <= len(whole)-16 {
			return "it is in UTF-8"
		}
	}
	return ""
}

// sections are the sections of the file, as far as they can be told, where they end, and how many bytes
// are missing behind the end of the file.
func (f *file) sections() (list []section, end, missing int64) {
	off := int64(8)
	for off < f.size && len(list) < maxSections {
		b := make([]byte, min(f.size-off, 64))
		if n, err := f.whole.ReadAt(b, off); err != nil && err != io.EOF {
			return list, off, 0
		} else {
			b = b[:n]
		}
		size, n := binary.Uvarint(b[1:])
		if n <= 0 || n > 5 || b[0] > 13 {
			return list, off, 0
		}
		s := section{id: b[0], at: off + 1 + int64(n), size: int64(size)}
		if s.at+s.size > f.size {
			return list, off, s.at + s.size - f.size
		}
		if s.id == 0 {
			s.name = sectionName(b[1+n:])
		}
		list = append(list, s)
		off = s.at + s.size
	}
	return list, off, 0
}

// sectionName is the name that a custom section begins with, if all of it is in b.
func sectionName(b []byte) string {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return ""
	}
	return string(b[n : n+int(size)])
}
