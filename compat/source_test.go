package compat_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
)

// loadFault is the error of loading and validating the file at path, or nil.
func loadFault(t *testing.T, path string) *fault.Error {
	t.Helper()
	vm := newVM(t, compat.Config{Streams: true})
	err := vm.LoadFile(path)
	if err == nil {
		err = vm.Validate()
	}
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("%s: %v, want an error with a code", path, err)
	}
	return e
}

// write makes a file with the contents b.
func write(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.wasm")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesThatAreNoModules(t *testing.T) {
	random := make([]byte, 1000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	for _, tc := range []struct {
		name, path string
		want       fault.Code
	}{
		{"directory", t.TempDir(), fault.IllegalPath},
		{"absent", filepath.Join(t.TempDir(), "absent"), fault.IllegalPath},
		{"empty", write(t, nil), fault.UnexpectedEnd},
		{"random", write(t, random), fault.MalformedMagic},
		{"text", write(t, []byte("(module)")), fault.MalformedMagic},
	} {
		e := loadFault(t, tc.path)
		if e == nil || e.Code != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, e, tc.want)
		} else if last := e.Info[len(e.Info)-1]; last != fault.FileName(tc.path) {
			t.Errorf("%s: ends with %q, not with the file's name", tc.name, last)
		}
	}
}

func TestModuleTruncatedAnywhere(t *testing.T) {
	t.Parallel()
	for _, guest := range []string{"hello.wasm", "values.wasm"} {
		whole, err := os.ReadFile(guests + guest)
		if err != nil {
			t.Fatal(err)
		}
		path := write(t, nil)
		for n := range whole {
			if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			// A file that ends between sections may be a module of its own.
			e := loadFault(t, path)
			if e != nil && e.Code.Phase() != "loading" && e.Code.Phase() != "validation" {
				t.Errorf("%s, %d bytes: %v", guest, n, e)
			}
			if e == nil && n < 8 {
				t.Errorf("%s, %d bytes: no error", guest, n)
			}
		}
	}
}

// allocatedBy is how many bytes of heap f has asked for.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHugeFileIsRefusedUnread(t *testing.T) {
	for _, head := range []string{"", "\x00asm\x01\x00\x00\x00"} {
		path := write(t, []byte(head))
		if err := os.Truncate(path, 4<<30); err != nil {
			t.Skipf("the file system has no sparse files: %v", err)
		}
		var e *fault.Error
		if n := allocatedBy(func() { e = loadFault(t, path) }); n > 1<<20 {
			t.Errorf("head %q: %d bytes are allocated", head, n)
		}
		if e == nil {
			t.Errorf("head %q: no error", head)
		}
	}
}

func TestModuleInMemoryTwiceAtMost(t *testing.T) {
	const size = 32 << 20
	custom := []byte{0, 0x80, 0x80, 0x80, 0x10, 1, 'x'}
	whole := append([]byte("\x00asm\x01\x00\x00\x00"), custom...)
	whole = append(whole, make([]byte, size-2)...)
	path := write(t, whole)
	n := allocatedBy(func() {
		if e := loadFault(t, path); e != nil {
			t.Fatal(e)
		}
	})
	if n > 2*size {
		t.Errorf("a module of %d bytes takes %d", len(whole), n)
	}
}

func TestModuleFromPipe(t *testing.T) {
	whole, err := os.ReadFile(guests + "values.wasm")
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	done := make(chan error)
	go func() {
		_, err := bytes.NewReader(whole).WriteTo(w)
		done <- errors.Join(err, w.Close())
	}()
	path := filepath.Join("/dev/fd", strconv.Itoa(int(r.Fd())))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("this system has no names for descriptors: %v", err)
	}
	if e := loadFault(t, path); e != nil {
		t.Errorf("from a pipe: %v", e)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
