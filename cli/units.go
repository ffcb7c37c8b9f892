package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is how wazedge reads the number of an option, of which WasmEdge takes digits only.
type unit struct {
	read func(text string) (uint64, error)
	noun string
	// wanted is what may be written.
	wanted string
}

// The units of numbers.
var (
	inMilliseconds = &unit{milliseconds, "time", "milliseconds, or a time like 1.5s, 500ms or 2m"}
	inCounts       = &unit{count, "integer value", "a whole number, like 1000000, 1_000_000, 1e6 or 1M"}
	inPages        = &unit{pages, "number of pages", "pages of 64 KiB, or a size like 64MiB"}
	inBytes        = &unit{byteCount, "size", "bytes, or a size like 64MiB or 1.5GiB"}
)

var (
	errNumber = errors.New("not a number")
	errRange  = errors.New("out of range")
)

// milliseconds reads a time.
func milliseconds(text string) (uint64, error) {
	if strings.Trim(text, "0123456789_") == "" {
		n, err := count(text)
		if err != nil {
			return 0, err
		}
		if n > math.MaxInt64/uint64(time.Millisecond) {
			return 0, errRange
		}
		return n, nil
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil || d < 0 {
		return 0, errNumber
	}
	return uint64((d + time.Millisecond - 1) / time.Millisecond), nil
}

// count reads a whole number with an optional decimal unit.
func count(text string) (uint64, error) {
	return scaled(text, map[string]float64{"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12})
}

// byteCount reads a number of bytes with an optional binary unit: 64, 10K, 2GiB.
func byteCount(text string) (uint64, error) {
	return scaled(text, map[string]float64{
		"": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
		"g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tb": 1 << 40, "tib": 1 << 40,
	})
}

// pages reads a number of pages, or of bytes with their unit.
func pages(text string) (uint64, error) {
	n, err := count(text)
	if err != nil || strings.Trim(text, "0123456789_e") != "" {
		if n, err = byteCount(text); err == nil {
			n >>= 16
		}
	}
	if err == nil && n > math.MaxUint32 {
		return 0, errRange
	}
	return n, err
}

// scaled reads a number and the unit behind it, of which factors has those that there
// are, in small letters. What is not whole is refused.
func scaled(text string, factors map[string]float64) (uint64, error) {
	end := len(text)
	for end > 0 && (text[end-1]|0x20 >= 'a' && text[end-1]|0x20 <= 'z' || text[end-1] == ' ') {
		end--
	}
	factor, ok := factors[strings.ToLower(strings.TrimSpace(text[end:]))]
	number := strings.ReplaceAll(text[:end], "_", "")
	if !ok || strings.Trim(number, "0123456789.eE+") != "" {
		return 0, errNumber
	}
	if n, err := strconv.ParseUint(number, 10, 64); err == nil && n <= math.MaxUint64/uint64(factor) {
		return n * uint64(factor), nil
	}
	f, err := strconv.ParseFloat(number, 64)
	f *= factor
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, errNumber
	case err != nil || f >= 1<<63:
		return 0, errRange
	case f != math.Trunc(f):
		return 0, errNumber
	}
	return uint64(f), nil
}

// numbered is the value of an option that is a number.
type numbered interface{ setNumber(n uint64) error }

// setIn gives the option the number text, in u.
func (u *unit) setIn(o *option, v numbered, text string) error {
	n, err := u.read(text)
	if err == nil {
		err = v.setNumber(n)
	}
	switch {
	case errors.Is(err, errRange):
		return usageError(fmt.Sprintf("--%s: %v; want %s", o.name, outOfRange(text), u.wanted))
	case err != nil:
		return usageError(fmt.Sprintf("--%s: invalid %s: %s; want %s", o.name, u.noun, text, u.wanted))
	}
	return nil
}
