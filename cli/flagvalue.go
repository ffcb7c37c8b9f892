package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// settable is the value of an option: one of pflag's values that can go back to
// what it is when the option is given without a value.
type settable interface {
	pflag.Value
	reset()
}

// toggle is an option without a value.
type toggle bool

func (v *toggle) Set(string) error { *v = true; return nil }
func (v *toggle) String() string   { return strconv.FormatBool(bool(*v)) }
func (v *toggle) Type() string     { return "bool" }
func (v *toggle) reset()           { *v = true }

// text is an option with one text; the last one given counts.
type text string

func (v *text) Set(s string) error { *v = text(s); return nil }
func (v *text) String() string     { return string(*v) }
func (v *text) Type() string       { return "string" }
func (v *text) reset()             { *v = "" }

// texts is an option whose texts all count, in the order given.
type texts []string

func (v *texts) Set(s string) error { *v = append(*v, s); return nil }
func (v *texts) String() string     { return strings.Join(*v, ",") }
func (v *texts) Type() string       { return "strings" }
func (v *texts) reset()             { *v = nil }
func (v *texts) list()              {}

// int32s is WasmEdge's list of 32-bit integers, of which the last one counts.
type int32s []int64

func (v *int32s) Set(s string) error {
	negative, magnitude, err := parseWholeNumber(s)
	limit := uint64(math.MaxInt32)
	if negative {
		limit++
	}
	if err != nil {
		return err
	}
	if magnitude > limit {
		return outOfRange(s)
	}
	if negative {
		magnitude = -magnitude
	}
	*v = append(*v, int64(int32(magnitude)))
	return nil
}

func (v *int32s) String() string {
	if len(*v) == 0 {
		return ""
	}
	return strconv.FormatInt((*v)[len(*v)-1], 10)
}

// setNumber also takes what does not fit 32 bits, as WasmEdge does not.
func (v *int32s) setNumber(n uint64) error {
	if n > math.MaxInt64 {
		return errRange
	}
	*v = append(*v, int64(n))
	return nil
}
func (v *int32s) Type() string { return "ints" }
func (v *int32s) reset()       { *v = nil }
func (v *int32s) list()        {}

// whole is WasmEdge's unsigned 64-bit integer. As strtoull does, it takes a
// negative number modulo 2^64.
type whole uint64

func (v *whole) Set(s string) error {
	negative, magnitude, err := parseWholeNumber(s)
	if err != nil {
		return err
	}
	if negative {
		magnitude = -magnitude
	}
	*v = whole(magnitude)
	return nil
}
func (v *whole) setNumber(n uint64) error { *v = whole(n); return nil }
func (v *whole) String() string           { return strconv.FormatUint(uint64(*v), 10) }
func (v *whole) Type() string             { return "uint" }
func (v *whole) reset()                   { *v = 0 }

// size is a number of bytes with an optional binary unit: 64, 10K, 2GiB.
type size uint64

func (v *size) Set(s string) error {
	n, err := byteCount(s)
	if errors.Is(err, errRange) {
		return outOfRange(s)
	}
	if err != nil {
		return errors.New("invalid size: " + s)
	}
	return v.setNumber(n)
}
func (v *size) setNumber(n uint64) error { *v = size(n); return nil }
func (v *size) String() string           { return strconv.FormatUint(uint64(*v), 10) }
func (v *size) Type() string             { return "bytes" }
func (v *size) reset()                   { *v = 0 }

// switches is a set of options without value, by name.
type switches map[string]bool

// switchOf is the value of one option in a set.
type switchOf struct {
	set  *switches
	name string
}

func (v switchOf) Set(string) error {
	if *v.set == nil {
		*v.set = switches{}
	}
	(*v.set)[v.name] = true
	return nil
}
func (v switchOf) String() string { return strconv.FormatBool((*v.set)[v.name]) }
func (v switchOf) Type() string   { return "bool" }
func (v switchOf) reset()         { v.Set("") }

// parseWholeNumber reads s as strtol and strtoull do in base 10, refusing text
// behind the digits, and reports in WasmEdge's words what is wrong with it.
func parseWholeNumber(s string) (negative bool, magnitude uint64, err error) {
	digits := strings.TrimLeft(s, " \t\n\v\f\r")
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		negative, digits = true, rest
	} else {
		digits = strings.TrimPrefix(digits, "+")
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return false, 0, errors.New("invalid integer value: " + s)
	}
	magnitude, err = strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return false, 0, outOfRange(s)
	}
	return negative, magnitude, nil
}

func outOfRange(s string) error { return errors.New("integer value out of range: " + s) }
