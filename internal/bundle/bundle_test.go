package bundle

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
)

// program stands for the file of a program that can be a bundle.
func program() []byte {
	return append(append([]byte("begin "), marker[:]...), " end"...)
}

var header = Header{Name: "app.wasm", Target: "linux/amd64", Options: []string{"--dir=.", "--env=A=b c"}}

// written is the bundle of runtime.
func written(t testing.TB, runtime []byte, h Header, module string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, runtime, h, []byte(module)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRoundTrip states that a bundle has what was put into it, that its runtime is marked and
// otherwise as it was, and that it has the same bytes every time.
func TestRoundTrip(t *testing.T) {
	b := written(t, program(), header, "module")
	if !bytes.Equal(b, written(t, program(), header, "module")) {
		t.Error("other bytes the second time")
	}
	path := filepath.Join(t.TempDir(), "app")
	if err := os.WriteFile(path, b, 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if module, err := io.ReadAll(got.Module); err != nil || string(module) != "module" || !reflect.DeepEqual(got.Header, header) {
		t.Errorf("%q, %+v, %v", module, got.Header, err)
	}
	changed := program()
	changed[bytes.Index(changed, marker[:])+len(marker)-1] = marked
	if !bytes.HasPrefix(b, changed) {
		t.Errorf("%q does not begin with the marked program", b)
	}
	darwin := header
	darwin.Target = "darwin/arm64"
	if b := written(t, program(), darwin, "module"); !bytes.HasPrefix(b, program()) {
		t.Error("a signed program has been changed")
	}
}

// TestRuntimes states what is no runtime for a bundle.
func TestRuntimes(t *testing.T) {
	twice := append(program(), program()...)
	for name, carrier := range map[string][]byte{
		"another program": []byte("#!/bin/sh"), "two markers": twice, "cut behind the name": program()[:6+len(marker)-1],
		"a bundle": written(t, program(), header, ""),
	} {
		if err := Write(io.Discard, carrier, header, nil); err == nil {
			t.Errorf("%s is taken for a runtime", name)
		}
	}
}

// TestDamage states that a bundle that is cut is none any more, and that one with any byte of
// header or trailer changed is refused.
func TestDamage(t *testing.T) {
	whole := written(t, program(), header, "module")
	for n := range whole {
		if _, err := open(bytes.NewReader(whole[:n]), int64(n)); !errors.Is(err, ErrNone) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	for n := len(program()); n < len(whole); n++ {
		b := bytes.Clone(whole)
		b[n] ^= 0x10
		_, err := open(bytes.NewReader(b), int64(len(b)))
		if inModule := n >= len(whole)-trailerSize-len("module") && n < len(whole)-trailerSize; (err == nil) != inModule {
			t.Errorf("byte %d changed: %v", n, err)
		}
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("a directory: %v", err)
	}
}

// TestTargetOf states how the platform of a program is found in its file.
func TestTargetOf(t *testing.T) {
	for program, want := range map[string]string{
		platform: runtime.GOOS + "/" + runtime.GOARCH, "begin" + platform + "end": runtime.GOOS + "/" + runtime.GOARCH,
		platformMark + "plan9/mips\n": "plan9/mips", platformMark + "?" + platformMark + "a/b\nmore": "a/b",
		"": "", "#!/bin/sh": "", platformMark: "", platformMark + "/\n": "", platformMark + "a/b": "", platformMark + "a\x1b/b\n": "",
	} {
		if got, ok := TargetOf([]byte(program)); got != want || ok != (want != "") {
			t.Errorf("TargetOf(%q) = %q, %t, want %q", program, got, ok, want)
		}
	}
	if Target() != runtime.GOOS+"/"+runtime.GOARCH {
		t.Error(Target())
	}
}

// TestThisProgram states that a program as it was built is no bundle.
func TestThisProgram(t *testing.T) {
	if IsMarked() != looks {
		t.Errorf("IsMarked() = %t", IsMarked())
	}
	if _, err := Self(); err == nil {
		t.Error("a test is a bundle")
	}
}

// FuzzOpen states that no file makes the reader fail otherwise than by an error.
func FuzzOpen(f *testing.F) {
	f.Add(written(f, program(), header, "module"))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := open(bytes.NewReader(b), int64(len(b)))
		if err == nil && got.Module.Size() > int64(len(b)) {
			t.Errorf("a module of %d bytes in %d", got.Module.Size(), len(b))
		}
	})
}
