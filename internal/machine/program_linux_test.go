//go:build amd64 || arm64

package machine

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

// TestReleaseProgram states that a program goes on behind it, and that what is released is never written to.
func TestReleaseProgram(t *testing.T) {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	for _, s := range constantSegments(f) {
		for _, line := range bytes.Split(maps, []byte("\n")) {
			var begin, end uint64
			var access string
			if n, _ := fmt.Sscanf(string(line), "%x-%x %s", &begin, &end, &access); n == 3 && begin < s[1] && s[0] < end && access[1] == 'w' {
				t.Errorf("%x to %x is released, where there is %s", s[0], s[1], line)
			}
		}
	}
	ReleaseProgram()
	if len(bytes.Repeat([]byte("a"), 100)) != 100 {
		t.Error("the program is not what it was")
	}
}

// TestNotAProgram states that nothing is released for what is no program of the kind that is known.
func TestNotAProgram(t *testing.T) {
	for _, b := range []string{"", "\x7fELF", elfMagic + string(make([]byte, 100)), string(make([]byte, 200))} {
		if list := constantSegments(bytes.NewReader([]byte(b))); list != nil {
			t.Errorf("%q: %x", b, list)
		}
	}
}
