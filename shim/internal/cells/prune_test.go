package cells

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestPrune states what is removed: what nobody has used for long, then what was used the longest ago, until the
// rest is within the bound; never what was used within the hour, whatever it takes.
func TestPrune(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	const hour, day = time.Hour, 24 * time.Hour
	type cell struct {
		name string
		size int
		age  time.Duration
	}
	for _, tc := range []struct {
		name  string
		bound int64
		cells []cell
		left  []string
	}{
		{"nothing to do", 100, []cell{{"a", 40, 2 * hour}, {"b", 40, 29 * day}}, []string{"a", "b"}},
		{"too old", 100, []cell{{"a", 1, 29 * day}, {"b", 1, 31 * day}}, []string{"a"}},
		{"too many bytes", 100, []cell{{"a", 60, 5 * hour}, {"b", 60, 2 * hour}, {"c", 30, 3 * hour}}, []string{"b", "c"}},
		{"too many bytes that are fresh", 100, []cell{{"a", 200, hour / 2}, {"b", 1, 2 * hour}}, []string{"a"}},
		{"what was left half done", 100, []cell{{"tmp-a", 1, 2 * hour}, {"tmp-b", 1, hour / 2}}, []string{"tmp-b"}},
	} {
		s := Store{Dir: t.TempDir(), Wazedge: os.Args[0], Bytes: tc.bound}
		if err := s.directories(); err != nil {
			t.Fatal(err)
		}
		for _, c := range tc.cells {
			dir := filepath.Join(s.Dir, "cells", c.name)
			if err := os.MkdirAll(filepath.Join(dir, Module), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, Module, "m.wasm"), bytes.Repeat([]byte{1}, c.size), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(dir, now.Add(-c.age), now.Add(-c.age)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Prune(now); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		var left []string
		entries, err := os.ReadDir(filepath.Join(s.Dir, "cells"))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if !slices.Equal(left, tc.left) {
			t.Errorf("%s: left %v, want %v", tc.name, left, tc.left)
		}
	}
}

// TestPrunePrograms states that a program goes with the last cell that has it, and that the one in use stays.
func TestPrunePrograms(t *testing.T) {
	s := Store{Dir: t.TempDir(), Wazedge: os.Args[0]}
	if err := s.directories(); err != nil {
		t.Fatal(err)
	}
	own, err := s.identity()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(s.Dir, "programs", name) }
	for _, name := range []string{own, "linked", "unused"} {
		if err := os.WriteFile(at(name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(at("linked"), filepath.Join(s.Dir, "cell")); err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at("unused")); err != nil {
		t.Errorf("removed at once: %v", err)
	}
	if err := s.Prune(time.Now().Add(2 * fresh)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{own: true, "linked": true, "unused": false} {
		if _, err := os.Stat(at(name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRemoveUsed states that what is used meanwhile stays.
func TestRemoveUsed(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	dir := filepath.Join(s.Dir, "cell")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	k := kept{path: dir, used: time.Now().Add(-time.Hour)}
	if !used(dir) {
		t.Fatal("not used")
	}
	if err := s.remove(k); err != nil || !used(dir) {
		t.Errorf("removed, %v", err)
	}
}

// TestMountedFrom states which cells of a list of mounts are in use.
func TestMountedFrom(t *testing.T) {
	const list = "1 0 8:1 / / rw - ext4 x rw\n" +
		"2 1 8:1 /var/lib/wazedge/cells/0123 /.wazedge ro - ext4 x ro\n" +
		"3 1 8:2 /lib/wazedge/cells/4567//deleted /.wazedge ro - ext4 x ro\n" +
		"4 1 8:2 /lib/cells /.wazedge ro - ext4 x ro\n5 1\n"
	if got, want := mountedFrom(list, "/cells/"), []string{"0123", "4567//deleted"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestParseBytes states which sizes are taken.
func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "2KiB": 2 << 10, "500MiB": 500 << 20, "4GiB": 4 << 30} {
		if got, err := ParseBytes(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "1GB", "GiB", "9999999999999GiB", "1.5GiB", " 1"} {
		if got, err := ParseBytes(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}
