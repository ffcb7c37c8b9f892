package wat

import (
	"fmt"
	"testing"
)

func TestIntegers(t *testing.T) {
	for _, tc := range []struct {
		text string
		bits uint
		want string // of the value, or "refused"
	}{
		{"0", 32, "0"}, {"-0", 32, "0"}, {"1_000", 32, "1000"}, {"0xFf_ff", 32, "65535"},
		{"4294967295", 32, "18446744073709551615"}, {"4294967296", 32, "refused"},
		{"-2147483648", 32, "18446744071562067968"}, {"-2147483649", 32, "refused"},
		{"+2147483647", 32, "2147483647"}, {"+2147483648", 32, "refused"},
		{"18446744073709551615", 64, "18446744073709551615"}, {"18446744073709551616", 64, "refused"},
		{"-0x8000000000000000", 64, "9223372036854775808"}, {"-0x8000000000000001", 64, "refused"},
		{"255", 8, "18446744073709551615"}, {"256", 8, "refused"}, {"-128", 8, "18446744073709551488"},
		{"", 32, "refused"}, {"-", 32, "refused"}, {"_1", 32, "refused"}, {"1_", 32, "refused"}, {"1__0", 32, "refused"},
		{"0x", 32, "refused"}, {"0x_1", 32, "refused"}, {"0X1", 32, "refused"}, {"1a", 32, "refused"}, {"- 1", 32, "refused"},
	} {
		got := "refused"
		if v, ok := parseInt(tc.text, tc.bits); ok {
			got = fmt.Sprint(v)
		}
		if got != tc.want {
			t.Errorf("%q as i%d: %s, want %s", tc.text, tc.bits, got, tc.want)
		}
	}
}

// TestFloats holds literals to the nearest value, ties to even.
func TestFloats(t *testing.T) {
	for _, tc := range []struct{ text, f32, f64 string }{
		{"0", "00000000", "0000000000000000"},
		{"-0.0", "80000000", "8000000000000000"},
		{"1.", "3f800000", "3ff0000000000000"},
		{"1_0.2_5e-0_1", "3f833333", "3ff0666666666666"},
		{"0x1.8", "3fc00000", "3ff8000000000000"},
		{"0x1p-149", "00000001", "36a0000000000000"},
		{"0x1p-150", "00000000", "3690000000000000"},
		{"0x1.000001p-150", "00000001", "3690000010000000"},
		{"0x1.000001p+0", "3f800000", "3ff0000010000000"},
		{"0x1.00000100000000000000000001p+0", "3f800001", "3ff0000010000000"},
		{"0x1.000003p+0", "3f800002", "3ff0000030000000"},
		{"16777217", "4b800000", "4170000010000000"},
		{"0x1.fffffep127", "7f7fffff", "47efffffe0000000"},
		{"0x1.ffffffp127", "refused", "47effffff0000000"},
		{"1e39", "refused", "48078287f49c4a1d"},
		{"1e309", "refused", "refused"},
		{"inf", "7f800000", "7ff0000000000000"},
		{"-nan", "ffc00000", "fff8000000000000"},
		{"nan:0x1", "7f800001", "7ff0000000000001"},
		{"nan:0x800000", "refused", "7ff0000000800000"},
		{"nan:0x0", "refused", "refused"},
		{"nan:1", "refused", "refused"},
		{".5", "refused", "refused"}, {"1e", "refused", "refused"}, {"0x1p", "refused", "refused"}, {"1_.0", "refused", "refused"},
		{"0x1e+1", "refused", "refused"}, {"Infinity", "refused", "refused"}, {"0b1", "refused", "refused"}, {"1.e_1", "refused", "refused"},
	} {
		for _, f := range []struct {
			format floatFormat
			want   string
		}{{format32, tc.f32}, {format64, tc.f64}} {
			got := "refused"
			if v, ok := f.format.parse(tc.text); ok {
				got = fmt.Sprintf("%0*x", f.format.bits/4, v)
			}
			if got != f.want {
				t.Errorf("%q as f%d: %s, want %s", tc.text, f.format.bits, got, f.want)
			}
		}
	}
}
