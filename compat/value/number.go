package value

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// parseInteger reads text as strtol does in base 10: white space, a sign,
// digits; what follows the digits is ignored. The result has 64 bits.
func parseInteger(text string) (int64, error) {
	rest, negative := skipSign(text)
	n := digits(rest, isDecimal)
	if n == 0 {
		return 0, ErrSyntax
	}
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	var v uint64
	for _, c := range []byte(rest[:n]) {
		hi, lo := bits.Mul64(v, 10)
		sum, carry := bits.Add64(lo, uint64(c-'0'), 0)
		if hi != 0 || carry != 0 || sum > limit {
			return 0, ErrRange
		}
		v = sum
	}
	if negative {
		return -int64(v), nil
	}
	return int64(v), nil
}

// parseFloat reads text as strtof (size 32) or strtod (size 64) does: white
// space, a sign, then "inf", "infinity", "nan", "nan(chars)", a hexadecimal or a
// decimal number; what follows is ignored. As with glibc, a number that
// overflows is out of range, and so is one that is subnormal or zero for want of
// range and could not be represented exactly.
//
// The result is the bits of the number, f32 in the low half.
func parseFloat(text string, size int) (uint64, error) {
	rest, negative := skipSign(text)
	if word := floatWord(rest); word != "" {
		return floatWordBits(word, size, negative), nil
	}
	number, zero := floatPrefix(rest)
	if number == "" {
		return 0, ErrSyntax
	}
	f, err := strconv.ParseFloat(number, size)
	if err != nil || math.IsInf(f, 0) {
		return 0, ErrRange
	}
	if !zero && underflows(number, f, size) {
		return 0, ErrRange
	}
	return floatBits(f, size, negative), nil
}

// floatBits is the bits of f, or of -f, f32 in the low half.
func floatBits(f float64, size int, negative bool) uint64 {
	if negative {
		f = math.Copysign(f, -1)
	}
	if size == 32 {
		return uint64(math.Float32bits(float32(f)))
	}
	return math.Float64bits(f)
}

// underflows reports whether number, which is not zero and was rounded to f, is
// too small for its size: tiny after rounding and inexact (C's FE_UNDERFLOW as
// glibc determines it on x86-64).
func underflows(number string, f float64, size int) bool {
	smallest, precision := 0x1p-1022, 53
	if size == 32 {
		smallest, precision = 0x1p-126, 24
	}
	if f > smallest {
		return false
	}
	if f == 0 {
		return true
	}
	exact, ok := new(big.Rat).SetString(number)
	if !ok {
		return true
	}
	rounded := new(big.Rat).SetFloat64(f)
	if f < smallest {
		return exact.Cmp(rounded) != 0
	}
	// Rounded up to the smallest normal number: tiny if it were still below it
	// with the full precision that an unbounded exponent would leave.
	half := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), uint(precision+1)))
	border := new(big.Rat).Sub(rounded, half.Mul(half, rounded))
	return exact.Cmp(border) < 0
}

// skipSign skips white space (C's isspace) and one sign.
func skipSign(text string) (rest string, negative bool) {
	rest = strings.TrimLeft(text, " \t\n\v\f\r")
	switch {
	case strings.HasPrefix(rest, "-"):
		return rest[1:], true
	case strings.HasPrefix(rest, "+"):
		return rest[1:], false
	}
	return rest, false
}

// floatWord is the word for a number that is not finite which text starts with:
// "inf", or "nan" followed by the characters between its parentheses, or "".
func floatWord(text string) string {
	switch {
	case len(text) < 3:
		return ""
	case strings.EqualFold(text[:3], "inf"):
		return "inf"
	case !strings.EqualFold(text[:3], "nan"):
		return ""
	}
	if inside, ok := strings.CutPrefix(text[3:], "("); ok {
		n := digits(inside, isNaNChar)
		if strings.HasPrefix(inside[n:], ")") {
			return "nan" + inside[:n]
		}
	}
	return "nan"
}

// floatWordBits is the bits of a [floatWord]. As in glibc, the characters of
// "nan(chars)" are the payload of the quiet NaN if they form a whole number in
// C's notation.
func floatWordBits(word string, size int, negative bool) uint64 {
	exponent, fraction := uint64(0x7ff)<<52, uint(52)
	if size == 32 {
		exponent, fraction = uint64(0xff)<<23, uint(23)
	}
	v := exponent
	if chars, ok := strings.CutPrefix(word, "nan"); ok {
		v |= 1 << (fraction - 1)
		payload, err := strconv.ParseUint(chars, 0, 64)
		if err == nil && !strings.ContainsAny(chars, "_oO") {
			v |= payload & (1<<(fraction-1) - 1)
		}
	}
	if negative {
		v |= 1 << (size - 1)
	}
	return v
}

// floatPrefix is the longest prefix of text that is a number in C's notation, in
// the form that package strconv reads, and whether all its digits are zero.
func floatPrefix(text string) (number string, zero bool) {
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		if n := mantissa(text[2:], isHex); n > 0 {
			m := text[2 : 2+n]
			e := exponent(text[2+n:], 'p')
			if e == "" {
				e = "p0"
			}
			return "0x" + m + e, strings.Trim(m, "0.") == ""
		}
		return "0", true // the "0" of "0x" alone
	}
	n := mantissa(text, isDecimal)
	if n == 0 {
		return "", false
	}
	return text[:n] + exponent(text[n:], 'e'), strings.Trim(text[:n], "0.") == ""
}

// mantissa is the length of the digits with at most one point among them that
// text starts with, 0 if there is no digit.
func mantissa(text string, is func(byte) bool) int {
	whole := digits(text, is)
	if !strings.HasPrefix(text[whole:], ".") {
		return whole
	}
	fraction := digits(text[whole+1:], is)
	if whole+fraction == 0 {
		return 0
	}
	return whole + 1 + fraction
}

// exponent is the exponent that text starts with, "" if it is none. The mark is
// matched in either case.
func exponent(text string, mark byte) string {
	if text == "" || text[0]|0x20 != mark {
		return ""
	}
	at := 1
	if at < len(text) && (text[at] == '+' || text[at] == '-') {
		at++
	}
	n := digits(text[at:], isDecimal)
	if n == 0 {
		return ""
	}
	return text[:at+n]
}

// digits is the number of leading bytes of text that satisfy is.
func digits(text string, is func(byte) bool) int {
	for i := range len(text) {
		if !is(text[i]) {
			return i
		}
	}
	return len(text)
}

func isDecimal(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDecimal(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func isNaNChar(c byte) bool {
	return isDecimal(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
}
