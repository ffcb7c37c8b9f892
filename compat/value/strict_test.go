package value

import (
	"errors"
	"testing"
)

// TestParseStrictly holds what is read, what is refused, and why.
func TestParseStrictly(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		text   string
		lo, hi uint64
		err    error
	}{
		{I32, "42", 42, 0, nil},
		{I32, "-1", 0xffffffff, 0, nil},
		{I32, "+7", 7, 0, nil},
		{I32, "010", 10, 0, nil},
		{I32, "0x10", 16, 0, nil},
		{I32, "-0x10", 0xfffffff0, 0, nil},
		{I32, "0Xff_ff", 0xffff, 0, nil},
		{I32, "1_000_000", 1000000, 0, nil},
		{I32, "4294967295", 0xffffffff, 0, nil},
		{I32, "4294967296", 0, 0, ErrRange},
		{I32, "-2147483648", 0x80000000, 0, nil},
		{I32, "-2147483649", 0, 0, ErrRange},
		{I32, "99999999999", 0, 0, ErrRange},
		{I32, "1.5", 0, 0, ErrSyntax},
		{I32, "1e3", 0, 0, ErrSyntax},
		{I32, "", 0, 0, ErrSyntax},
		{I32, "-", 0, 0, ErrSyntax},
		{I32, "--1", 0, 0, ErrSyntax},
		{I32, "0x", 0, 0, ErrSyntax},
		{I32, "12a", 0, 0, ErrSyntax},
		{I32, " 1", 0, 0, ErrSyntax},
		{I32, "_1", 0, 0, ErrSyntax},
		{I32, "1__0", 0, 0, ErrSyntax},
		{I64, "0xffffffffffffffff", 0xffffffffffffffff, 0, nil},
		{I64, "18446744073709551616", 0, 0, ErrRange},
		{I64, "-9223372036854775808", 0x8000000000000000, 0, nil},
		{I64, "-9223372036854775809", 0, 0, ErrRange},
		{F32, "1.5", 0x3fc00000, 0, nil},
		{F32, "-0", 0x80000000, 0, nil},
		{F32, "0x1.8p0", 0x3fc00000, 0, nil},
		{F32, "0x10", 0x41800000, 0, nil},
		{F32, "inf", 0x7f800000, 0, nil},
		{F32, "-Infinity", 0xff800000, 0, nil},
		{F32, "nan", 0x7fc00000, 0, nil},
		{F32, "nan:0x1", 0x7fc00001, 0, nil},
		{F32, "1e39", 0, 0, ErrRange},
		{F32, "1e-50", 0, 0, nil},
		{F32, "1.5x", 0, 0, ErrSyntax},
		{F32, "one", 0, 0, ErrSyntax},
		{F32, "infinit", 0, 0, ErrSyntax},
		{F32, "nan:1", 0, 0, ErrSyntax},
		{F64, "1_000.5", 0x408f440000000000, 0, nil},
		{F64, "1e400", 0, 0, ErrRange},
		{F64, ".5", 0x3fe0000000000000, 0, nil},
		{F64, "5e", 0, 0, ErrSyntax},
		{V128, "0x1_0000_0000_0000_0002", 2, 1, nil},
		{V128, "1", 0, 0, ErrSyntax},
		{V128, "0x100000000000000000000000000000000", 0, 0, ErrRange},
		{FuncRef, "0", 0, 0, ErrSyntax},
		{ExternRef, "null", 0, 0, nil},
	} {
		v, err := ParseStrictly(c.text, c.kind)
		if v.Lo != c.lo || v.Hi != c.hi || !errors.Is(err, c.err) || err == nil && v.Kind != c.kind {
			t.Errorf("%v %q: %#x %#x, %v, want %#x %#x, %v", c.kind, c.text, v.Lo, v.Hi, err, c.lo, c.hi, c.err)
		}
		if err != nil && Wanted(c.kind, err) == "" {
			t.Errorf("%v: nothing is wanted", c.kind)
		}
	}
}
