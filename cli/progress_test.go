package cli

import (
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	for _, test := range []struct {
		spent, expected time.Duration
		want            string
	}{
		{2 * time.Second, 4 * time.Second, "x, 2s at about 1.0 MiB/s, about 2s left"},
		{8 * time.Second, 4 * time.Second, "x, 8s at about 512.0 KiB/s, about to be done"},
	} {
		if got := progressLine("x", 4<<20, test.spent, test.expected); got != test.want {
			t.Errorf("after %v of %v: %q, want %q", test.spent, test.expected, got, test.want)
		}
	}
}
