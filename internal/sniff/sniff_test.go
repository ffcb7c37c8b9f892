package sniff

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"unicode/utf16"
)

const head8 = "\x00asm\x01\x00\x00\x00"

// TestFile holds what files are taken for: by the first words of what is said.
func TestFile(t *testing.T) {
	zipped := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write([]byte(text))
		w.Close()
		return b.String()
	}
	utf16Text := func(text string, low bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(text)) {
			if low {
				b.Write([]byte{byte(u), byte(u >> 8)})
			} else {
				b.Write([]byte{byte(u >> 8), byte(u)})
			}
		}
		return b.String()
	}
	for _, c := range []struct{ name, text, want string }{
		{"a.wasm", "", "an empty file"},
		{"a.wasm", strings.Repeat("\x00", 100), "a file of nothing but zeros"},
		{"a.wasm", zipped(head8), "a module that is compressed with gzip"},
		{"a.tgz", zipped("something else"), "a file that is compressed with gzip"},
		{"a.wasm", "PK\x03\x04\x14\x00\x00", "a ZIP archive"},
		{"a.wasm", "\x28\xb5\x2f\xfd\x00", "a file that is compressed with Zstandard"},
		{"a.wasm", "\xfd7zXZ\x00\x00", "a file that is compressed with xz"},
		{"a.wasm", "BZh91AY\x00", "a file that is compressed with bzip2"},
		{"a.tar", strings.Repeat("a", 257-100) + strings.Repeat("\x00", 100) + "ustar\x00", "a tar archive"},
		{"a.a", "!<arch>\n\x00", "a library of object files"},
		{"a.cwasm", "\x7fELF\x02\x01\x01\xc8\x00", "code that Wasmtime has compiled"},
		{"a.out", "\x7fELF\x02\x01\x01\x00", "machine code for Linux"},
		{"a.dylib", "\xcf\xfa\xed\xfe\x0c\x00", "machine code for macOS"},
		{"a.dylib", "\xca\xfe\xba\xbe\x00\x00\x00\x02", "machine code for macOS"},
		{"A.class", "\xca\xfe\xba\xbe\x00\x00\x00\x34", "a Java class"},
		{"a.exe", "MZ\x90\x00\x03", "machine code for Windows"},
		{"a.bc", "BC\xc0\xde\x35\x14", "LLVM bitcode"},
		{"a.aot", "\x00aot\x04\x00", "code that WAMR has compiled"},
		{"a.pdf", "%PDF-1.7\n\xe2\xe3\x00", "a PDF document"},
		{"a.pdf", "%PDF-1.7\n", "a PDF document"},
		{"a.wat", "\xff\xfe" + utf16Text("(module)", true), "text in UTF-16"},
		{"a.wat", "\xfe\xff" + utf16Text("(module)", false), "text in UTF-16"},
		{"a.wat", utf16Text("(module)", true), "text in UTF-16"},
		{"a.wasm", "\x01\x02" + head8, "a file with a module in it, from byte 2"},
		{"a.wasm", "\x01\x02\x03", ""},
		{"a.wasm", "\x00as", "the beginning of a module"},
		{"a.wasm", head8 + "\x00\x02\x01a" + "garbage", "a module with something else behind it, from byte 12"},
		{"a.wasm", head8 + "\x00\x0b\x01ab\r\n\r\n\r\n\r\n", "a module that was changed as if it were text: its line ends"},
		{"a.wasm", head8 + strings.Repeat("\u00ff", 20), "a module that was changed as if it were text: it is in UTF-8"},
		{"a.wasm", head8 + strings.Repeat("\ufffd", 4), "a module that was changed as if it were text: characters"},
		{"a.wasm", head8 + "\x00\x0a\x09corestack", "a core dump"},

		{"a.wasm", "\n<!DOCTYPE HTML>\n<html>", "a page of HTML"},
		{"a.wasm", "<html lang=en>", "a page of HTML"},
		{"a.wasm", "<?xml version=\"1.0\"?><Error>", "XML"},
		{"a.wasm", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a pointer of Git LFS"},
		{"a.wasm", "../.git/annex/objects/Zz/SHA256E-s1--0.wasm\n", "a pointer of git-annex"},
		{"a.wasm", "AGFzbQEAAAA=\n", "a module in base64"},
		{"a.wasm", "0061736D01000000\n", "a module in hexadecimal"},
		{"a.wasm", "00000000: 0061 736d 0100 0000  .asm....\n", "a dump of a module"},
		{"a.wat", "\ufeff(module)", "text behind a byte order mark"},
		{"a.wast", "(module (func))\n(assert_return (invoke \"f\"))", "a script of tests"},
		{"a.wast", ";; c\n(invoke \"f\")", "a script of tests"},
		{"a.wat", "(; c ;) (component (core module))", "a component in the text format"},
		{"a.txt", "( module (func))", "a module in the text format"},
		{"a.wat", "(module (fun))", ""},
		{"a.wat", "(modul)", ""},
		{"a.wit", "package a:b;\nworld w {}\n", "a description of interfaces"},
		{"a.wasm", "{\"message\": \"Not Found\"}", "JSON"},
		{"a.wasm", "[1,", "JSON"},
		{"a.wasm", "{ a }", "text: \"{ a }\""},
		{"a.wasm", "404: Not Found", "a message that a download failed"},
		{"a.js", "x", "JavaScript"},
		{"a.wasm", "// glue\nimport * as wasm from './a.wasm'\n", "JavaScript"},
		{"run", "#!/bin/sh\nexec true\n", "a script"},
		{"run", "#!/usr/bin/env wazedge\n\x00asm\x0d\x00\x01\x00", "a component"},
		{"run", "#!/usr/bin/env wazedge\n(component)", "a component in the text format"},
		{"run", "#!/usr/bin/env wazedge\n(module (fun))", ""},
		{"main.go", "package main", "source code in Go"},
		{"main.rs", "fn main() {}", "source code in Rust"},
		{"main.c", "<!doctype html>", "a page of HTML"},
		{"a.wasm", "hello", "text: \"hello\""},
		{"a.wasm", strings.Repeat("long ", 40), "text: \"long long"},

		{"a.wasm", "\x00asm", "the beginning of a module"},
		{"a.wasm", "\x00asm\x0d\x00\x01\x00", "a component"},
		{"a.wasm", "\x00asm\x0b\x00\x00\x00", "a module of version 11"},
		{"a.wasm", "\x00asm\x01\x00\x00\x0d", "a module with a damaged head"},
		{"a.wasm", head8 + "\x01\x04\x01\x60", "a module that was cut: 2 bytes"},
		{"a.o", head8 + "\x00\x08\x07linking", "an object file"},
		{"a.so", head8 + "\x00\x09\x08dylink.0", "a library to be loaded by another module"},
		{"a.wasm", head8 + "\x01\x04\x01\x60\x00\x00", ""},
		{"a.wasm", head8 + "\x01", ""},
		{"a.wasm", head8 + "\x00\x05\xff\xff\xff\xff\x0f", ""},
	} {
		found, ok := File(strings.NewReader(c.text), int64(len(c.text)), c.name)
		if ok != (c.want != "") || !strings.HasPrefix(found.What, c.want) {
			t.Errorf("%s, %.20q: %q, %v, want %q", c.name, c.text, found.What, ok, c.want)
		}
		if ok && found.Advice == "" {
			t.Errorf("%s, %.20q: %q, and what to do about it?", c.name, c.text, found.What)
		}
	}
}

// TestFileReadsLittle looks at a large file of text.
func TestFileReadsLittle(t *testing.T) {
	r := &counting{}
	if found, ok := File(r, 1<<40, "a.wasm"); !ok || r.read > 1<<20 {
		t.Errorf("%v, %v: read %d bytes", found, ok, r.read)
	}
}

// counting is a file without end.
type counting struct{ read int }

func (c *counting) ReadAt(b []byte, _ int64) (int, error) {
	c.read += len(b)
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(head8+"\x00\x08\x07linking"), "a.wasm")
	f.Add([]byte("(module"), "a.wat")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		if found, ok := File(bytes.NewReader(b), int64(len(b)), name); ok && (found.What == "" || found.Advice == "" || strings.ContainsAny(found.What+found.Advice, "\n\x1b")) {
			t.Errorf("%+v", found)
		}
	})
}
