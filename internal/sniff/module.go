package sniff

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
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
		return Found{"the beginning of a module", "the file was cut: build or download it again"}, true
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
	list, missing := f.sections()
	has := func(name string) bool {
		return slices.ContainsFunc(list, func(s section) bool { return s.id == 0 && s.name == name })
	}
	switch {
	case missing > 0:
		return Found{
			fmt.Sprintf("a module that was cut: %d bytes or more are missing at its end", missing),
			"a download or a copy of it was not finished: get it again",
		}, true
	case has("linking"):
		return Found{"an object file, which is not linked yet (the output of clang -c, or of wasm-ld -r)", "link it: clang --target=wasm32-wasip1 FILE -o app.wasm, or wasm-ld"}, true
	case has("dylink.0") || has("dylink"):
		return Found{"a library to be loaded by another module (it was linked as a shared one)", "build it without -shared, or as a main module"}, true
	}
	return Found{}, false
}

// sections are the sections of the file, as far as they can be told, and how many bytes
// are missing behind its end.
func (f *file) sections() (list []section, missing int64) {
	for off := int64(8); off < f.size && len(list) < maxSections; {
		b := make([]byte, min(f.size-off, 64))
		if n, err := f.whole.ReadAt(b, off); err != nil && err != io.EOF {
			return list, 0
		} else {
			b = b[:n]
		}
		size, n := binary.Uvarint(b[1:])
		if n <= 0 || n > 5 || b[0] > 13 {
			return list, 0
		}
		s := section{id: b[0], at: off + 1 + int64(n), size: int64(size)}
		if s.at+s.size > f.size {
			return list, s.at + s.size - f.size
		}
		if s.id == 0 {
			s.name = sectionName(b[1+n:])
		}
		list = append(list, s)
		off = s.at + s.size
	}
	return list, 0
}

// sectionName is the name that a custom section begins with, if all of it is in b.
func sectionName(b []byte) string {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return ""
	}
	return string(b[n : n+int(size)])
}
