// Package sniff tells what a file is that is no WebAssembly module, or none that can be
// run, and what to do about it. It looks at files only when they have been refused: it
// decides nothing, and what it takes for something may be something else.
package sniff

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
)

// Found is what a file seems to be.
type Found struct {
	What   string // with its article: "a ZIP archive"
	Advice string // what to do, a clause without a full stop
}

// head is how many bytes at the beginning of a file are looked at.
const head = 64 << 10

// file is what there is to look at.
type file struct {
	head  []byte // the first bytes of the file
	text  string // head in lower case and without white space in front, where it is text
	size  int64
	name  string // as it was typed
	whole io.ReaderAt
}

// kind is a kind of files.
type kind struct {
	is func(f *file) bool
	Found
}

// File looks at a file of size bytes that was named name, and reports whether it knows
// what it is.
func File(r io.ReaderAt, size int64, name string) (Found, bool) {
	f := &file{size: size, name: name, whole: r, head: make([]byte, min(size, head))}
	n, err := r.ReadAt(f.head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Found{}, false
	}
	f.head = f.head[:n]
	if rest := behindScriptLine(f.head); rest > 0 {
		return File(io.NewSectionReader(r, rest, size-rest), size-rest, "script.wat")
	}
	if strings.HasPrefix(string(f.head), magic) {
		return module(f)
	}
	if isText(f.head) {
		f.text = strings.ToLower(strings.TrimLeft(string(f.head), " \t\r\n\f\v"))
		return texts(f)
	}
	for _, k := range binaries() {
		if k.is(f) {
			return k.Found, true
		}
	}
	return junkBefore(f)
}

// behindScriptLine is where a module begins behind a line for the system's loader, or 0 if
// there is no such line or something else behind it.
func behindScriptLine(b []byte) int64 {
	n := ScriptLine(b)
	for _, beginning := range []string{magic, "(", ";;"} {
		if n > 0 && bytes.HasPrefix(bytes.TrimLeft(b[n:], " \t\r\n"), []byte(beginning)) {
			return int64(n)
		}
	}
	return 0
}

// MaxScriptLine bounds the line of [ScriptLine]; systems read less of it.
const MaxScriptLine = 4 << 10

// ScriptLine is the length, with its end, of the line that b begins with if that tells the system what to run the
// file by ("#!"), and 0 if not.
func ScriptLine(b []byte) int {
	if !bytes.HasPrefix(b, []byte("#!")) {
		return 0
	}
	b = b[:min(len(b), MaxScriptLine)]
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n + 1
	}
	return len(b)
}

// begins recognises files by their first bytes.
func begins(magics ...string) func(*file) bool {
	return func(f *file) bool {
		for _, m := range magics {
			if strings.HasPrefix(string(f.head[:min(len(f.head), len(m))]), m) {
				return true
			}
		}
		return false
	}
}

// extension is the end of the file's name, in small letters and with its point.
func (f *file) extension() string { return strings.ToLower(filepath.Ext(f.name)) }

// isText reports whether b is text, of which the end may be cut: nothing in it is a
// control character but white space.
func isText(b []byte) bool {
	return len(b) > 0 && !bytes.ContainsFunc(b, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != '\x1b'
	})
}
