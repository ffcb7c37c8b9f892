//go:build unix

package hostfs

import (
	"os"
	"path/filepath"
	"testing"
)

// A mapping costs nothing that leads to nothing which is closed, and keeps its guard
// where it does.
func TestGuardOfWhatLeadsNowhereIsDropped(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{"other", "cache"} {
		if err := os.Mkdir(filepath.Join(home, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g := NewGuard([]string{filepath.Join(home, "cache"), filepath.Join(home, "none")}, nil)
	for at, guarded := range map[string]bool{"other": false, ".": true} {
		d, err := OpenDirectory(filepath.Join(home, at), Options{Guard: g})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.(*directory).Guard != nil; got != guarded {
			t.Errorf("%s is guarded: %v, want %v", at, got, guarded)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
