package cells

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake is a store whose wazedge is a script that compiles by copying.
func fake(t *testing.T) Store {
	t.Helper()
	dir := t.TempDir()
	const script = "#!/bin/sh\n" +
		"PATH=/usr/bin:/bin\n" +
		"case $1 in trust) echo secret >\"$3\"; echo public >\"$3.pub\" ;; compile) while [ \"$1\" != -- ]; do shift; done; cp \"$2\" \"$3\" ;; esac\n"
	program := filepath.Join(dir, "wazedge")
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return Store{Dir: filepath.Join(dir, "state"), Wazedge: program}
}

// module is an open file with that content.
func module(t *testing.T, content string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "m.wasm")
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func digestOfText(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// TestReplaced states that a cell is named for what is in it, whatever is written to the image's file, or put in its
// place, between the look at it and the copy.
func TestReplaced(t *testing.T) {
	s := fake(t)
	f := module(t, "first")
	program, err := s.identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.directories(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Name(), []byte("second"), 0o644); err != nil { // to the same file
		t.Fatal(err)
	}
	dir, digest, err := s.make(f, "m.wasm", program, Variant{})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(s.Dir, "cells", key(digestOfText("second"), "m.wasm", program, Variant{})); dir != want || digest != digestOfText("second") {
		t.Errorf("cell %s of %s, want %s", dir, digest, want)
	}
	if kept, err := os.ReadFile(filepath.Join(dir, Module, "m.wasm")); err != nil || string(kept) != "second" {
		t.Errorf("kept %q, %v", kept, err)
	}
	other := filepath.Join(filepath.Dir(f.Name()), "other") // in the file's place
	if err := os.WriteFile(other, []byte("third"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, f.Name()); err != nil {
		t.Fatal(err)
	}
	if again, _, err := s.Prepare(f, "m.wasm", Variant{}); err != nil || again != dir {
		t.Errorf("cell %s, %v; want that of what was looked at, %s", again, err, dir)
	}
}

// TestForeignStore states that nothing is signed or executed where somebody else can write, whatever is there already.
func TestForeignStore(t *testing.T) {
	s := fake(t)
	use := func() (err, warm, bare error) {
		_, _, err = s.Prepare(module(t, "first"), "m.wasm", Variant{})
		_, _, warm = s.Lookup(module(t, "first"), "m.wasm", Variant{})
		_, bare = s.Bare()
		return err, warm, bare
	}
	if _, _, err := s.Lookup(module(t, "first"), "m.wasm", Variant{}); !errors.Is(err, ErrNone) {
		t.Errorf("nothing there: %v", err)
	}
	if err, warm, bare := use(); err != nil || warm != nil || bare != nil {
		t.Fatal(err, warm, bare)
	}
	for _, mode := range []os.FileMode{0o777, 0o775, 0o777 | os.ModeSticky} {
		if err := os.Chmod(s.Dir, mode); err != nil {
			t.Fatal(err)
		}
		err, warm, bare := use()
		for name, err := range map[string]error{"prepare": err, "lookup": warm, "bare": bare} {
			if err == nil || !strings.Contains(err.Error(), "nobody but user") {
				t.Errorf("mode %v, %s: %v", mode, name, err)
			}
		}
	}
	if err := os.RemoveAll(s.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(s.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	use()
	if entries, err := os.ReadDir(filepath.Join(s.Dir, "keys")); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestWayToStore states that nothing is used of a store that somebody else may put another in the place of.
func TestWayToStore(t *testing.T) {
	s := fake(t)
	above := filepath.Join(t.TempDir(), "above")
	s.Dir = filepath.Join(above, "state", "store")
	if _, _, err := s.Prepare(module(t, "first"), "m.wasm", Variant{}); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(above, link); err != nil {
		t.Fatal(err)
	}
	linked := s
	linked.Dir = filepath.Join(link, "state", "store")
	for _, c := range []struct {
		mode    os.FileMode
		refused bool
	}{{0o755, false}, {0o777, true}, {0o777 | os.ModeSticky, false}, {0o700, false}} {
		if err := os.Chmod(above, c.mode); err != nil {
			t.Fatal(err)
		}
		for _, s := range []Store{s, linked} {
			_, _, err := s.Lookup(module(t, "first"), "m.wasm", Variant{})
			if (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "on the way to the store") {
				t.Errorf("%s, mode %v: %v", s.Dir, c.mode, err)
			}
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(above, 12345, 0); err != nil {
		t.Skip(err)
	}
	if _, _, err := s.Lookup(module(t, "first"), "m.wasm", Variant{}); err == nil || !strings.Contains(err.Error(), "belongs to user 12345") {
		t.Errorf("another's: %v", err)
	}
}

// TestNames states which names of modules are none of files.
func TestNames(t *testing.T) {
	s := fake(t)
	for _, name := range []string{"", ".", "..", "a/b", "../m.wasm", "m\x00"} {
		if dir, _, err := s.Prepare(module(t, "x"), name, Variant{}); err == nil {
			t.Errorf("%q: %s", name, dir)
		}
	}
}

// TestReason states what of wazedge's log is told.
func TestReason(t *testing.T) {
	const log = "[2026-01-01 00:00:00.000] [info] compile start\n[2026-01-01 00:00:00.000] [error] loading failed: x, Code: 0x1\nwazedge: y\n\n"
	if got, want := reason(log), "loading failed: x, Code: 0x1; wazedge: y"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := reason(string(bytes.Repeat([]byte("z\n"), 100))); strings.Count(got, "z") != 6 {
		t.Errorf("%q", got)
	}
}
