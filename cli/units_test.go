package cli

import (
	"errors"
	"math"
	"testing"
)

// TestUnits holds what numbers with units stand for.
func TestUnits(t *testing.T) {
	for _, c := range []struct {
		unit *unit
		text string
		want uint64
		err  error
	}{
		{inMilliseconds, "500", 500, nil},
		{inMilliseconds, "1s", 1000, nil},
		{inMilliseconds, "1.5s", 1500, nil},
		{inMilliseconds, "2m", 120_000, nil},
		{inMilliseconds, "1h30m", 5_400_000, nil},
		{inMilliseconds, "1us", 1, nil},
		{inMilliseconds, "0", 0, nil},
		{inMilliseconds, "-1", 0, errNumber},
		{inMilliseconds, "-1s", 0, errNumber},
		{inMilliseconds, "1x", 0, errNumber},
		{inMilliseconds, "", 0, errNumber},
		{inMilliseconds, "18446744073709551615", 0, errRange},
		{inCounts, "1000000", 1_000_000, nil},
		{inCounts, "1_000_000", 1_000_000, nil},
		{inCounts, "1e6", 1_000_000, nil},
		{inCounts, "1.5M", 1_500_000, nil},
		{inCounts, "18446744073709551615", math.MaxUint64, nil},
		{inCounts, "18446744073709551616", 0, errRange},
		{inCounts, "1e400", 0, errRange},
		{inCounts, "1.5", 0, errNumber},
		{inCounts, "0x10", 0, errNumber},
		{inCounts, "1MiB", 0, errNumber},
		{inCounts, "inf", 0, errNumber},
		{inPages, "16", 16, nil},
		{inPages, "64MiB", 1024, nil},
		{inPages, "100K", 1, nil},
		{inPages, "65537", 65537, nil},
		{inPages, "1e12", 0, errRange},
		{inBytes, "64", 64, nil},
		{inBytes, "10K", 10 << 10, nil},
		{inBytes, "2GiB", 2 << 30, nil},
		{inBytes, "2gb", 2 << 30, nil},
		{inBytes, "1.5 GiB", 3 << 29, nil},
		{inBytes, "16777216T", 0, errRange},
		{inBytes, "10X", 0, errNumber},
		{inBytes, "10IIBB", 0, errNumber},
		{inBytes, "much", 0, errNumber},
	} {
		if n, err := c.unit.read(c.text); n != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %d, %v, want %d, %v", c.text, n, err, c.want, c.err)
		}
	}
}
