package value

import (
	"errors"
	"math"
	"testing"
)

// TestParseAndPrint gives what WasmEdge prints for an argument that a function
// hands back unchanged; an empty want with an error is a refusal.
func TestParseAndPrint(t *testing.T) {
	for _, tc := range []struct {
		kind Kind
		text string
		want string
		err  error
	}{
		{kind: I32, text: "12", want: "12"},
		{kind: I32, text: "-2147483648", want: "-2147483648"},
		{kind: I32, text: "2147483648", want: "-2147483648"},
		{kind: I32, text: "4294967295", want: "-1"},
		{kind: I32, text: "99999999999", want: "1215752191"},
		{kind: I32, text: "010", want: "10"},
		{kind: I32, text: "0x10", want: "0"},
		{kind: I32, text: " \t\n\v\f\r+5 ", want: "5"},
		{kind: I32, text: "12abc", want: "12"},
		{kind: I32, text: "1.9", want: "1"},
		{kind: I32, text: "-0", want: "0"},
		{kind: I32, text: "", err: ErrSyntax},
		{kind: I32, text: "-", err: ErrSyntax},
		{kind: I32, text: "+-1", err: ErrSyntax},
		{kind: I32, text: "- 1", err: ErrSyntax},
		{kind: I32, text: "five", err: ErrSyntax},
		{kind: I32, text: "9223372036854775808", err: ErrRange},
		{kind: I64, text: "9223372036854775807", want: "9223372036854775807"},
		{kind: I64, text: "-9223372036854775808", want: "-9223372036854775808"},
		{kind: I64, text: "9223372036854775808", err: ErrRange},
		{kind: I64, text: "-9223372036854775809", err: ErrRange},
		{kind: I64, text: "18446744073709551615", err: ErrRange},
		{kind: I64, text: "99999999999999999999999999", err: ErrRange},

		{kind: F32, text: "0.1", want: "0.1"},
		{kind: F32, text: "0.33333333333", want: "0.33333334"},
		{kind: F32, text: "16777216", want: "16777216"},
		{kind: F32, text: "3.4028235e38", want: "3.4028235e+38"},
		{kind: F32, text: "3.4028236e38", err: ErrRange},
		{kind: F32, text: "1e50", err: ErrRange},
		{kind: F32, text: "1e-50", err: ErrRange},
		{kind: F32, text: "1e-40", err: ErrRange},
		{kind: F32, text: "1e-45", err: ErrRange},
		{kind: F32, text: "0x1p-149", want: "1e-45"},
		{kind: F32, text: "0x1.8p-149", err: ErrRange},
		{kind: F32, text: "1.17549435e-38", want: "1.1754944e-38"},
		{kind: F32, text: "0x1.8p3", want: "12"},
		{kind: F32, text: "0x1P3z", want: "8"},
		{kind: F32, text: "0x.8", want: "0.5"},
		{kind: F32, text: "0xg", want: "0"},
		{kind: F32, text: "0x", want: "0"},
		{kind: F32, text: "0x.p1", want: "0"},
		{kind: F32, text: "1_000", want: "1"},
		{kind: F32, text: "0x1_0", want: "1"},
		{kind: F32, text: "-0", want: "-0"},
		{kind: F32, text: "0e-999999", want: "0"},
		{kind: F32, text: "nan", want: "nan"},
		{kind: F32, text: "-NaN(123)", want: "-nan"},
		{kind: F32, text: "nan(", want: "nan"},
		{kind: F32, text: "nan(1-", want: "nan"},
		{kind: F32, text: "INF", want: "inf"},
		{kind: F32, text: "-INFINITY", want: "-inf"},
		{kind: F32, text: "infinite", want: "inf"},
		{kind: F32, text: "in", err: ErrSyntax},
		{kind: F32, text: "pi", err: ErrSyntax},
		{kind: F64, text: "3.14159265358979323846", want: "3.141592653589793"},
		{kind: F64, text: "100", want: "100"},
		{kind: F64, text: ".5", want: "0.5"},
		{kind: F64, text: "5.", want: "5"},
		{kind: F64, text: ".", err: ErrSyntax},
		{kind: F64, text: "e5", err: ErrSyntax},
		{kind: F64, text: "2.5e", want: "2.5"},
		{kind: F64, text: "2.5e+", want: "2.5"},
		{kind: F64, text: "1e15", want: "1000000000000000"},
		{kind: F64, text: "1e16", want: "1e+16"},
		{kind: F64, text: "1e100", want: "1e+100"},
		{kind: F64, text: "1e-4", want: "0.0001"},
		{kind: F64, text: "1e-5", want: "1e-05"},
		{kind: F64, text: "-12345.6789", want: "-12345.6789"},
		{kind: F64, text: "1e400", err: ErrRange},
		{kind: F64, text: "-1e-400", err: ErrRange},
		{kind: F64, text: "5e-324", err: ErrRange},
		{kind: F64, text: "0x1p-1074", want: "5e-324"},
		// Just below the smallest normal number: rounds to it, but is tiny.
		{kind: F64, text: "2.2250738585072012e-308", err: ErrRange},
		{kind: F64, text: "2.2250738585072014e-308", want: "2.2250738585072014e-308"},
		{kind: F64, text: "2.22507385850720133e-308", want: "2.2250738585072014e-308"},
		{kind: V128, text: "1", err: ErrSyntax},
	} {
		got, err := Parse(tc.text, tc.kind)
		if !errors.Is(err, tc.err) {
			t.Errorf("Parse(%q, %v): error %v, want %v", tc.text, tc.kind, err, tc.err)
			continue
		}
		if err == nil && got.String() != tc.want {
			t.Errorf("Parse(%q, %v) prints as %q, want %q", tc.text, tc.kind, got, tc.want)
		}
	}
}

func TestNaNPayload(t *testing.T) {
	for _, tc := range []struct {
		text string
		kind Kind
		want uint64
	}{
		{"nan", F32, 0x7fc00000},
		{"nan(0x1)", F32, 0x7fc00001},
		{"-nan(010)", F32, 0xffc00008},
		{"nan(1_0)", F32, 0x7fc00000},
		{"nan", F64, 0x7ff8000000000000},
		{"-nan(5)", F64, 0xfff8000000000005},
	} {
		v, err := Parse(tc.text, tc.kind)
		if err != nil || v.Lo != tc.want {
			t.Errorf("Parse(%q, %v) = %#x, %v, want %#x", tc.text, tc.kind, v.Lo, err, tc.want)
		}
	}
}

func TestPrint(t *testing.T) {
	for _, tc := range []struct {
		v    Value
		want string
	}{
		{OfI32(-1), "-1"},
		{OfI64(math.MinInt64), "-9223372036854775808"},
		{Value{Kind: V128}, "0"},
		{Value{Kind: V128, Hi: 1}, "18446744073709551616"},
		{Value{Kind: V128, Lo: 2<<32 | 1, Hi: 4<<32 | 3}, "316912650112397582603894390785"},
		{Value{Kind: V128, Lo: math.MaxUint64, Hi: math.MaxUint64}, "340282366920938463463374607431768211455"},
		{Value{Kind: V128, Lo: 0x8ac7230489e80000}, "10000000000000000000"},
		{Value{Kind: V128, Hi: 0x4b3b4ca85a86c47a, Lo: 0x098a224000000000}, "100000000000000000000000000000000000000"},
		{Value{Kind: FuncRef}, "<funcref>"},
		{Value{Kind: ExternRef, Null: true}, "<null externref>"},
		{Value{Kind: AnyRef}, "<anyref>"},
		{Value{}, ""},
	} {
		if got := tc.v.String(); got != tc.want {
			t.Errorf("%+v prints as %q, want %q", tc.v, got, tc.want)
		}
	}
}

func TestParseArguments(t *testing.T) {
	for _, tc := range []struct {
		params []Kind
		texts  []string
		want   []Value
		err    string
	}{
		{[]Kind{I32, I64}, []string{"1", "2"}, []Value{OfI32(1), OfI64(2)}, ""},
		{[]Kind{I32, I32}, []string{"1"}, nil, "function `f` expects 2 argument(s), got 1"},
		{[]Kind{I32}, []string{"1", "2", "-3"}, []Value{OfI32(1), OfI64(2), OfI64(-3)}, ""},
		{[]Kind{I32, I32}, []string{"1", "2", "x"}, nil, "Invalid argument 'x' for parameter 4: expected i64"},
		{[]Kind{FuncRef, V128, I32}, []string{"a", "b", "3"}, []Value{OfI32(3)}, ""},
		{[]Kind{F32}, []string{"1e99"}, nil, "Argument '1e99' for parameter 1: f32 out of range"},
	} {
		got, err := ParseArguments("f", tc.params, tc.texts)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != tc.err || len(got) != len(tc.want) {
			t.Errorf("ParseArguments(%v, %q) = %v, %q, want %v, %q", tc.params, tc.texts, got, text, tc.want, tc.err)
			continue
		}
		for i := range got {
			if got[i] != tc.want[i] {
				t.Errorf("ParseArguments(%v, %q)[%d] = %v, want %v", tc.params, tc.texts, i, got[i], tc.want[i])
			}
		}
	}
}

// FuzzParse states that no text breaks the parser, and that what was read
// survives printing and reading again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"0", "-1", " 12x", "0x1.8p3", "nan(7)", "inf", "1e-310", "2.2250738585072012e-308", "1e99999999999", "0x.0p9"} {
		for _, k := range []Kind{I32, I64, F32, F64} {
			f.Add(text, uint8(k))
		}
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		v, err := Parse(text, Kind(kind))
		if err != nil {
			if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrRange) {
				t.Fatalf("Parse(%q): unknown error %v", text, err)
			}
			return
		}
		again, err := Parse(v.String(), v.Kind)
		if errors.Is(err, ErrRange) {
			return // an exact subnormal, printed with fewer digits than are exact
		}
		if err != nil || again.String() != v.String() {
			t.Fatalf("Parse(%q) = %v, read again as %v, %v", text, v, again, err)
		}
	})
}
