package wat

import (
	"math"
	"strconv"
	"strings"
)

// parseUint reads a natural number of up to bits bits, decimal or hexadecimal,
// with underscores between digits (core 6.3.1).
func parseUint(s string, bits uint) (v uint64, ok bool) {
	base := uint64(10)
	if strings.HasPrefix(s, "0x") {
		base, s = 16, s[2:]
	}
	limit := uint64(math.MaxUint64) >> (64 - bits)
	digit := false
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && digit {
			digit = false
			continue
		}
		d := hexValue(s[i])
		if d < 0 || uint64(d) >= base || v > (limit-uint64(d))/base {
			return 0, false
		}
		v = v*base + uint64(d)
		digit = true
	}
	return v, digit
}

// parseInt reads an integer of bits bits that may be signed or not; the result is
// sign-extended from bits to 64.
func parseInt(s string, bits uint) (v uint64, ok bool) {
	if s == "" {
		return 0, false
	}
	switch s[0] {
	case '-':
		v, ok = parseUint(s[1:], bits)
		if v > 1<<(bits-1) {
			return 0, false
		}
		return -v, ok
	case '+':
		s = s[1:]
		v, ok = parseUint(s, bits)
		if v >= 1<<(bits-1) {
			return 0, false
		}
	default:
		v, ok = parseUint(s, bits)
	}
	shift := 64 - bits
	return uint64(int64(v<<shift) >> shift), ok
}

// floatFormat is a binary interchange format of IEEE 754.
type floatFormat struct {
	bits, mantissa uint
}

var (
	format32 = floatFormat{32, 23}
	format64 = floatFormat{64, 52}
)

// infinity is the bits of positive infinity.
func (f floatFormat) infinity() uint64 { return (1<<(f.bits-1-f.mantissa) - 1) << f.mantissa }

// quiet is the payload bit of the canonical NaN.
func (f floatFormat) quiet() uint64 { return 1 << (f.mantissa - 1) }

// parse reads a floating-point literal and rounds it to the nearest value of the
// format, ties to even; what rounds to infinity is no literal (core 6.3.2).
func (f floatFormat) parse(s string) (bits uint64, ok bool) {
	sign := uint64(0)
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = 1 << (f.bits - 1)
		}
		s = s[1:]
	}
	switch {
	case s == "inf":
		return sign | f.infinity(), true
	case s == "nan":
		return sign | f.infinity() | f.quiet(), true
	case strings.HasPrefix(s, "nan:0x"):
		payload, ok := parseUint(s[len("nan:"):], f.mantissa)
		return sign | f.infinity() | payload, ok && payload != 0
	}
	v, ok := f.parseFinite(s)
	return sign | v, ok
}

// parseFinite reads an unsigned number. strconv rounds correctly; it wants no
// underscores and an exponent on hexadecimal numbers.
func (f floatFormat) parseFinite(s string) (bits uint64, ok bool) {
	hex := strings.HasPrefix(s, "0x")
	if !floatGrammar(strings.TrimPrefix(s, "0x"), hex) {
		return 0, false
	}
	s = strings.ReplaceAll(s, "_", "")
	if hex && !strings.ContainsAny(s, "pP") {
		s += "p0"
	}
	v, err := strconv.ParseFloat(s, int(f.bits))
	if err != nil {
		return 0, false
	}
	if f.bits == 32 {
		return uint64(math.Float32bits(float32(v))), true
	}
	return math.Float64bits(v), true
}

// floatGrammar reports whether s is digits, an optional fraction and an optional
// exponent as the grammar writes them: underscores only between digits.
func floatGrammar(s string, hex bool) bool {
	s, ok := skipDigits(s, hex)
	if !ok {
		return false
	}
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		if rest, ok := skipDigits(s, hex); ok {
			s = rest
		}
	}
	if s == "" {
		return true
	}
	mark := byte('e')
	if hex {
		mark = 'p'
	}
	if s[0]|0x20 != mark {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	s, ok = skipDigits(s, false)
	return ok && s == ""
}

// skipDigits is what follows the digits that s begins with; ok is false if there
// are none or an underscore is not between two.
func skipDigits(s string, hex bool) (rest string, ok bool) {
	digit := false
	for i := 0; i < len(s); i++ {
		v := hexValue(s[i])
		switch {
		case v >= 0 && (hex || v < 10):
			digit = true
		case s[i] == '_' && digit:
			digit = false
		default:
			return s[i:], digit
		}
	}
	return "", digit
}
