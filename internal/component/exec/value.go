package exec

import "unicode/utf16"

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

// String is the string that v is, whatever its encoding.
func (v *Value) String() string {
	switch v.Encoding {
	case UTF8:
		return string(v.Bytes)
	case Latin1:
		runes := make([]rune, len(v.Bytes))
		for i, b := range v.Bytes {
			runes[i] = rune(b)
		}
		return string(runes)
	}
	return string(utf16.Decode(units(v.Bytes)))
}

// units are the code units of UTF-16 in b.
func units(b []byte) []uint16 {
	list := make([]uint16, len(b)/2)
	for i := range list {
		list[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return list
}
