package value

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ParseStrictly reads the whole of text as a value of kind k, for people: what is left
// behind the number, and what does not fit, is refused where [Parse] drops it.
//
//   - i32, i64: decimal or 0x and hexadecimal digits, signed or not, in the range of
//     the signed and the unsigned integers of that size
//   - f32, f64: decimal or hexadecimal, inf, nan, nan:0x and a payload
//   - v128: 0x and up to 32 hexadecimal digits
//   - references: null
//
// Underscores may stand between digits. The error is [ErrSyntax] or [ErrRange].
func ParseStrictly(text string, k Kind) (Value, error) {
	v := Value{Kind: k}
	var err error
	switch {
	case k == I32 || k == I64:
		v.Lo, err = wholeNumber(text, k)
	case k == F32 || k == F64:
		v.Lo, err = wholeFloat(text, k)
	case k == V128:
		v.Lo, v.Hi, err = wholeVector(text)
	case k.IsRef() && text == "null":
		v.Null = true
	default:
		err = ErrSyntax
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// wholeNumber is the bits of an integer of kind k.
func wholeNumber(text string, k Kind) (uint64, error) {
	digits, negative := sign(text)
	n, ok := parseUnsigned(digits)
	if !ok {
		return 0, ErrSyntax
	}
	size := uint(64)
	if k == I32 {
		size = 32
	}
	most := new(big.Int).Lsh(big.NewInt(1), size)
	if negative {
		most.Rsh(most, 1)
		if n.Cmp(most) > 0 {
			return 0, ErrRange
		}
		return -n.Uint64() & (math.MaxUint64 >> (64 - size)), nil
	}
	if n.Cmp(most) >= 0 {
		return 0, ErrRange
	}
	return n.Uint64(), nil
}

// wholeVector is the halves of a vector.
func wholeVector(text string) (low, high uint64, err error) {
	n, ok := parseUnsigned(text)
	if !ok || !isHexadecimal(text) {
		return 0, 0, ErrSyntax
	}
	if n.BitLen() > 128 {
		return 0, 0, ErrRange
	}
	var b [16]byte
	n.FillBytes(b[:])
	for i := range 8 {
		high, low = high<<8|uint64(b[i]), low<<8|uint64(b[8+i])
	}
	return low, high, nil
}

// wholeFloat is the bits of a float of kind k.
func wholeFloat(text string, k Kind) (uint64, error) {
	size := 64
	if k == F32 {
		size = 32
	}
	rest, negative := sign(text)
	if word, ok := wholeFloatWord(strings.ToLower(rest)); ok {
		return floatWordBits(word, size, negative), nil
	}
	number, ok := withoutUnderscores(rest)
	prefix, _ := floatPrefix(number)
	if !ok || number == "" || prefix != number && prefix != number+"p0" {
		return 0, ErrSyntax
	}
	f, err := strconv.ParseFloat(prefix, size)
	if err != nil {
		return 0, ErrRange
	}
	return floatBits(f, size, negative), nil
}

// wholeFloatWord is the word for a number that is not finite, as [floatWord] has it.
func wholeFloatWord(text string) (string, bool) {
	if payload, ok := strings.CutPrefix(text, "nan:"); ok {
		n, ok := parseUnsigned(payload)
		return "nan" + payload, ok && isHexadecimal(payload) && n.IsUint64()
	}
	return strings.TrimSuffix(text, "inity"), text == "inf" || text == "infinity" || text == "nan"
}

// sign cuts one sign.
func sign(text string) (rest string, negative bool) {
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		return rest, true
	}
	return strings.TrimPrefix(text, "+"), false
}

func isHexadecimal(text string) bool {
	return len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x'
}

// parseUnsigned reads a decimal or hexadecimal number without a sign.
func parseUnsigned(text string) (*big.Int, bool) {
	base, is := 10, isDecimal
	if isHexadecimal(text) {
		text, base, is = text[2:], 16, isHex
	}
	plain, ok := withoutUnderscores(text)
	if !ok || plain == "" || digits(plain, is) != len(plain) || len(plain) > 200 {
		return nil, false
	}
	return new(big.Int).SetString(plain, base)
}

// withoutUnderscores is text without those between two of its digits; there may be no
// others.
func withoutUnderscores(text string) (string, bool) {
	for i := range len(text) {
		if text[i] == '_' && (i == 0 || i == len(text)-1 || !isHex(text[i-1]) || !isHex(text[i+1])) {
			return "", false
		}
	}
	return strings.ReplaceAll(text, "_", ""), true
}

// Wanted is what [ParseStrictly] reads for a value of kind k, for who has written
// something else; err is its error.
func Wanted(k Kind, err error) string {
	out := errors.Is(err, ErrRange)
	switch {
	case k == I32 && out:
		return "from -2147483648 to 4294967295"
	case k == I64 && out:
		return "from -9223372036854775808 to 18446744073709551615"
	case k == I32 || k == I64:
		return "a whole number, like 42 or 0x2a"
	case k == F32 && out:
		return "up to 3.4e38"
	case k == F64 && out:
		return "up to 1.7e308"
	case k == F32 || k == F64:
		return "a number, like 1.5, 1e-3, 0x1.8p0, inf or nan"
	case k == V128:
		return "0x and up to 32 hexadecimal digits"
	}
	return "null"
}
