package guests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// loadError is the line of the log that says why a module was not loaded.
var loadError = regexp.MustCompile(`(?m)^\[[^]]+\] \[error\] loading failed: .+, Code: 0x1[0-9a-f]{2}$`)

// wantLoadError holds a run on something that is no module against what is promised: status 1, one error
// line with a code, nothing on standard error.
func wantLoadError(t *testing.T, o outcome, what string) {
	t.Helper()
	if n := len(loadError.FindAllString(o.stdout, -1)); n != 1 || o.status != 1 || o.stderr != "" {
		t.Errorf("%s: status %d, %d lines with a loading error, want 1 and 1; stdout %q, stderr %q",
			what, o.status, n, o.stdout, o.stderr)
	}
}

func TestNotAModule(t *testing.T) {
	dir := t.TempDir()
	random := make([]byte, 1<<16)
	rng := rand.NewChaCha8([32]byte{1})
	rng.Read(random)
	disguised := append([]byte("\x00asm\x01\x00\x00\x00"), random...)
	for _, tt := range []struct {
		name, path, says string
	}{
		{"missing", filepath.Join(dir, "missing.wasm"), "invalid path, Code: 0x"},
		{"empty file", writeFile(t, dir, "empty.wasm", nil), "unexpected end, Code: 0x102"},
		{"directory", dir, "Code: 0x"},
		{"random bytes", writeFile(t, dir, "random.wasm", random), "Code: 0x"},
		{"random bytes after a header", writeFile(t, dir, "disguised.wasm", disguised), "Code: 0x"},
		{"text", writeFile(t, dir, "text.wasm", []byte("hello\n")), "magic header not detected, Code: 0x103"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := run(t, tt.path)
			wantLoadError(t, o, tt.path)
			if !strings.Contains(o.stdout, tt.says) {
				t.Errorf("stdout %q does not say %q", o.stdout, tt.says)
			}
		})
	}
}

// A beginning of a module that does not end between two sections is no module.
func TestTruncatedAtEveryLength(t *testing.T) {
	module, err := os.ReadFile(guest(t, "guests/hello.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	ends := sectionEnds(module)
	dir := t.TempDir()
	for n := range module {
		o := run(t, writeFile(t, dir, "short.wasm", module[:n]))
		if ends[n] {
			continue // may be a module of its own; that it did not crash is enough
		}
		wantLoadError(t, o, fmt.Sprintf("the first %d bytes", n))
	}
}

// sectionEnds is the set of offsets at which a section ends, the header counted as one. All sections of the
// module are shorter than 128 bytes.
func sectionEnds(module []byte) map[int]bool {
	ends := map[int]bool{}
	for at := 8; at <= len(module); at += 2 + int(module[at+1]) {
		ends[at] = true
		if at == len(module) {
			break
		}
	}
	return ends
}

// A file is not read further than its beginning tells that it is a module, and never held twice.
func TestHugeFileTakesNoMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse.wasm")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, tt := range []struct{ name, header string }{
		{"zeros", ""},
		{"zeros after a header", "\x00asm\x01\x00\x00\x00"},
		// a custom section that claims most of the file
		{"one section", "\x00asm\x01\x00\x00\x00\x00\xf0\xff\xff\xff\x0f"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := f.WriteAt([]byte(tt.header), 0); err != nil {
				t.Fatal(err)
			}
			if err := f.Truncate(4 << 30); err != nil {
				t.Skipf("no sparse file of 4 GiB here: %v", err)
			}
			o := run(t, path)
			wantLoadError(t, o, "4 GiB of nothing")
			const most = 200 << 20
			if o.peak > most {
				t.Errorf("%d MiB resident, want at most %d", o.peak>>20, most>>20)
			}
		})
	}
}
