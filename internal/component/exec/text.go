package exec

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/component"
)

// tag is the bit of a length that says that a string in latin1+utf16 is in UTF-16.
func (p *passing) tag() uint64 { return 1 << (p.options.pointer.Size()*8 - 1) }

// loadString makes v of the string of n code units at an address. It stays in memory, in
// its encoding.
func (p *passing) loadString(v *Value, at, n uint64) error {
	size, align := uint64(1), uint64(1)
	switch p.options.encoding {
	case component.OptionUTF16:
		size, align, v.Encoding = 2, 2, UTF16
	case component.OptionLatin1UTF16:
		align, v.Encoding = 2, Latin1
		if n&p.tag() != 0 {
			n, size, v.Encoding = n^p.tag(), 2, CompactUTF16
		}
	}
	if n > maxBytes || n*size > maxBytes {
		return trap("string too long")
	}
	b, err := p.bytes(at, n*size, align)
	if err != nil {
		return err
	}
	v.Bytes = b
	return p.pieces(v, func(b []byte) error {
		switch v.Encoding {
		case UTF8:
			if !utf8.Valid(b) {
				return trap("invalid utf-8")
			}
		case UTF16, CompactUTF16:
			if !validUTF16(b) {
				return trap("unpaired surrogate in utf-16")
			}
		}
		return nil
	})
}

// pieceSize is how many bytes of a string are worked on at once.
const pieceSize = 1 << 16

// pieces calls f with the bytes of v, parted between code points.
func (p *passing) pieces(v *Value, f func(b []byte) error) error {
	for rest := v.Bytes; len(rest) > 0; {
		n := len(rest)
		if n > pieceSize {
			n = pieceSize
			switch {
			case v.Encoding == UTF8:
				for n > pieceSize-utf8.UTFMax && !utf8.RuneStart(rest[n]) {
					n--
				}
			case v.Encoding != Latin1 && rest[n+1]&0xfc == 0xdc: // the second of a pair
				n -= 2
			}
		}
		if err := f(rest[:n]); err != nil {
			return err
		}
		if err := p.work(uint64(n)); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// validUTF16 reports whether surrogates come in pairs.
func validUTF16(b []byte) bool {
	for i := 0; i < len(b); i += 2 {
		r := rune(binary.LittleEndian.Uint16(b[i:]))
		if !utf16.IsSurrogate(r) {
			continue
		}
		if i += 2; i >= len(b) || utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[i:]))) == utf8.RuneError {
			return false
		}
	}
	return true
}

// storeString writes v to memory that the component allocates, in its encoding, and
// returns address and length in code units. It asks for as much as the source makes
// likely, and for more or less when that was wrong, as the specification says.
func (p *passing) storeString(v *Value) (at, n uint64, err error) {
	switch p.options.encoding {
	case component.OptionUTF8:
		switch v.Encoding {
		case UTF8:
			return p.copyString(v.Bytes, 1, uint64(len(v.Bytes)))
		case Latin1:
			return p.growToUTF8(v, uint64(len(v.Bytes)), 2)
		}
		return p.growToUTF8(v, uint64(len(v.Bytes))/2, 3)
	case component.OptionUTF16:
		switch v.Encoding {
		case UTF8:
			return p.shrinkToUTF16(v)
		case Latin1:
			b, err := p.utf16(v)
			if err != nil {
				return 0, 0, err
			}
			return p.copyString(b, 2, uint64(len(v.Bytes)))
		}
		return p.copyString(v.Bytes, 2, uint64(len(v.Bytes))/2)
	}
	switch v.Encoding {
	case Latin1:
		return p.copyString(v.Bytes, 2, uint64(len(v.Bytes)))
	case CompactUTF16:
		return p.shrinkToLatin1(v)
	case UTF16:
		return p.growToUTF16(v, uint64(len(v.Bytes))/2)
	}
	return p.growToUTF16(v, uint64(len(v.Bytes)))
}

// copyString writes b, which has n code units.
func (p *passing) copyString(b []byte, align, n uint64) (uint64, uint64, error) {
	at, err := p.allocate(0, 0, align, uint64(len(b)))
	if err != nil {
		return 0, 0, err
	}
	return at, n, p.copy(at, b)
}

// errStop ends a walk of code points.
var errStop = errors.New("that is enough")

// runes calls f with each code point of v, until it returns false.
func (p *passing) runes(v *Value, f func(rune) bool) error {
	err := p.pieces(v, func(b []byte) error {
		if !runesOf(b, v.Encoding, f) {
			return errStop
		}
		return nil
	})
	if err == errStop {
		return nil
	}
	return err
}

// runesOf calls f with each code point of b, until it returns false, and reports whether it
// has not.
func runesOf(b []byte, e Encoding, f func(rune) bool) bool {
	switch e {
	case UTF8:
		for _, r := range string(b) {
			if !f(r) {
				return false
			}
		}
	case Latin1:
		for _, c := range b {
			if !f(rune(c)) {
				return false
			}
		}
	default:
		for i := 0; i < len(b); i += 2 {
			r := rune(binary.LittleEndian.Uint16(b[i:]))
			if utf16.IsSurrogate(r) {
				i += 2
				r = utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[i:])))
			}
			if !f(r) {
				return false
			}
		}
	}
	return true
}

// recoded is v in another encoding, in the host's memory: each code point is what add makes of
// it.
func (p *passing) recoded(v *Value, add func(b []byte, r rune) []byte) ([]byte, error) {
	const most = 4 // times as much as v, with the room for more that append makes
	if err := p.take(most * uint64(len(v.Bytes))); err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(v.Bytes))
	err := p.runes(v, func(r rune) bool { b = add(b, r); return true })
	return b, err
}

// utf8 and utf16 are v in these encodings.
func (p *passing) utf8(v *Value) ([]byte, error) {
	if v.Encoding == UTF8 {
		return v.Bytes, nil
	}
	return p.recoded(v, utf8.AppendRune)
}

func (p *passing) utf16(v *Value) ([]byte, error) {
	if v.Encoding == UTF16 || v.Encoding == CompactUTF16 {
		return v.Bytes, nil
	}
	return p.recoded(v, func(b []byte, r rune) []byte {
		if r < 1<<16 {
			return binary.LittleEndian.AppendUint16(b, uint16(r))
		}
		first, second := utf16.EncodeRune(r)
		return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(first)), uint16(second))
	})
}

// first is how many code points of v are below bound, up to the first that is not.
func (p *passing) first(v *Value, bound rune) (n uint64, all bool, err error) {
	all = true
	err = p.runes(v, func(r rune) bool {
		if r >= bound {
			all = false
			return false
		}
		n++
		return true
	})
	return n, all, err
}

// growToUTF8 writes v, of n code units, first as if each took a byte, and else takes as
// many as each may.
func (p *passing) growToUTF8(v *Value, n, most uint64) (uint64, uint64, error) {
	at, err := p.allocate(0, 0, 1, n)
	if err != nil {
		return 0, 0, err
	}
	b, err := p.utf8(v)
	if err != nil {
		return 0, 0, err
	}
	ascii, all, err := p.first(v, utf8.RuneSelf)
	if err == nil {
		err = p.copy(at, b[:ascii])
	}
	if all || err != nil {
		return at, n, err
	}
	if at, err = p.allocate(at, n, 1, n*most); err != nil {
		return 0, 0, err
	}
	if err := p.copy(at+ascii, b[ascii:]); err != nil {
		return 0, 0, err
	}
	if size := uint64(len(b)); size < n*most {
		if at, err = p.allocate(at, n*most, 1, size); err != nil {
			return 0, 0, err
		}
	}
	return at, uint64(len(b)), nil
}

// shrinkToUTF16 writes v as if each byte became a code unit, and gives back what is left.
func (p *passing) shrinkToUTF16(v *Value) (uint64, uint64, error) {
	most := 2 * uint64(len(v.Bytes))
	at, err := p.allocate(0, 0, 2, most)
	if err != nil {
		return 0, 0, err
	}
	b, err := p.utf16(v)
	if err == nil {
		err = p.copy(at, b)
	}
	if err != nil {
		return 0, 0, err
	}
	size := uint64(len(b))
	if size < most {
		if at, err = p.allocate(at, most, 2, size); err != nil {
			return 0, 0, err
		}
	}
	return at, size / 2, nil
}

// growToUTF16 writes v, of n code units, as Latin-1 if that is possible, and else as
// UTF-16.
func (p *passing) growToUTF16(v *Value, n uint64) (uint64, uint64, error) {
	at, err := p.allocate(0, 0, 2, n)
	if err != nil {
		return 0, 0, err
	}
	latin, all, err := p.first(v, 1<<8)
	if err != nil {
		return 0, 0, err
	}
	i := at
	m := p.memory()
	err = p.runes(v, func(r rune) bool {
		if i-at == latin {
			return false
		}
		m[i] = byte(r)
		i++
		return true
	})
	if err != nil {
		return 0, 0, err
	}
	if all {
		if latin < n {
			at, err = p.allocate(at, n, 2, latin)
		}
		return at, latin, err
	}
	if at, err = p.allocate(at, n, 2, 2*n); err != nil {
		return 0, 0, err
	}
	b, err := p.utf16(v)
	if err == nil {
		err = p.copy(at, b)
	}
	if err != nil {
		return 0, 0, err
	}
	size := uint64(len(b))
	if size < 2*n {
		if at, err = p.allocate(at, 2*n, 2, size); err != nil {
			return 0, 0, err
		}
	}
	return at, size/2 | p.tag(), nil
}

// shrinkToLatin1 writes v, which its source has chosen to have in UTF-16, so, and as
// Latin-1 if that turns out to be possible.
func (p *passing) shrinkToLatin1(v *Value) (uint64, uint64, error) {
	size := uint64(len(v.Bytes))
	at, err := p.allocate(0, 0, 2, size)
	if err != nil {
		return 0, 0, err
	}
	if err := p.copy(at, v.Bytes); err != nil {
		return 0, 0, err
	}
	if _, all, err := p.first(v, 1<<8); !all || err != nil {
		return at, size/2 | p.tag(), err
	}
	m := p.memory()
	for i := uint64(0); i < size/2; i++ {
		m[at+i] = m[at+2*i]
	}
	at, err = p.allocate(at, size, 1, size/2)
	return at, size / 2, err
}
