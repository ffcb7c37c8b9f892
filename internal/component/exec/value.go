package exec

import (
	"iter"
	"strings"
)

// Value is a value of a component's type. Which fields it has depends on the type:
//
//   - Bits: a bool, an integer (a signed one extended to 64 bits), the bits of a float, a
//     char, the case of a variant, enum, option (1 is some) or result (1 is error), the
//     set flags from bit 0 on, or the representation of a handle's resource
//   - Bytes: a string, in the encoding that Encoding says; a list of numbers that are no
//     floats, as in memory. They are good until the call that passes them returns.
//   - List: the fields of a record or tuple, the elements of another list (those of a map
//     are tuples), or the one value of a variant's case
type Value struct {
	Bits     uint64
	Bytes    []byte
	List     []Value
	Encoding Encoding
}

// Composed reports whether v is more than its Bits.
func (v *Value) Composed() bool { return len(v.Bytes) > 0 || len(v.List) > 0 }

// Encoding is how a string is encoded.
type Encoding uint8

// The encodings. A string of a component whose encoding is latin1+utf16 is one of the
// last two.
const (
	UTF8 Encoding = iota
	UTF16
	Latin1       // one byte for each of the first 256 code points
	CompactUTF16 // UTF-16 where Latin-1 was possible
)

// Text is the string s as a value.
func Text(s string) Value { return Value{Bytes: []byte(s)} }

// Runes are the code points of the string that v is, whatever its encoding.
func (v *Value) Runes() iter.Seq[rune] {
	return func(yield func(rune) bool) { runesOf(v.Bytes, v.Encoding, yield) }
}

// String is the string that v is, whatever its encoding.
func (v *Value) String() string {
	if v.Encoding == UTF8 {
		return string(v.Bytes)
	}
	var b strings.Builder
	b.Grow(len(v.Bytes))
	for r := range v.Runes() {
		b.WriteRune(r)
	}
	return b.String()
}
