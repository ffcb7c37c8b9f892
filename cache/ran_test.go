package cache

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRanAddsUp states that runs add up, each key's by themselves, and what happens where that is not to be known.
func TestRanAddsUp(t *testing.T) {
	s, _ := newStore(t, 1<<20)
	key, same, other := Key{1}, Key{1, 2}, Key{2}
	for n, c := range []struct {
		key     Key
		d, want time.Duration
	}{
		{key, time.Second, time.Second},
		{key, time.Minute, 61 * time.Second},
		{other, 3, 3},
		{key, 1, 61*time.Second + 1},
		{same, 5, 5}, // they share a file
		{key, 7, 7},
		{key, math.MaxInt64, math.MaxInt64}, // and 7 would be none
	} {
		if got := s.Ran(c.key, c.d); got != c.want {
			t.Errorf("%d: %v, want %v", n, got, c.want)
		}
	}
	for _, content := range []string{"", "short", string(make([]byte, 40)), string(make([]byte, 4000))} {
		if err := os.WriteFile(s.lockPath(ranPrefix, key), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := s.Ran(key, 9); got != 9 {
			t.Errorf("behind %q: %v", content, got)
		}
	}
	if _, err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.lockPath(ranPrefix, key)); !os.IsNotExist(err) {
		t.Errorf("there is something left behind clear: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := New(file, Options{Keyring: testKeyring}).Ran(key, 5); got != 5 {
		t.Errorf("without a directory: %v", got)
	}
}
