package bundle

import "bytes"

// marker is a variable of this program that [Write] finds in its file, and of which it
// changes the last byte, so that a program that is no bundle need not look for one.
var marker = [...]byte{
	'w', 'a', 'z', 'e', 'd', 'g', 'e', ' ', 0xB7, 0x1D, 0xE5, 0x90, 'b', 'u', 'n', 'd', 'l', 'e', ' ', 0x3C, 0xA2, 0x6F, 0xD8, '=', unmarked,
}

const (
	unmarked = '0'
	marked   = '1'
)

// IsMarked reports whether this program may be a bundle.
//
//go:noinline
func IsMarked() bool { return marker[len(marker)-1] == marked || looks }

// mark is runtime, the file of a program like this one, with its marker changed. ok is false
// where it has none, or several.
func mark(runtime []byte) (out []byte, ok bool) {
	name := marker[:len(marker)-1]
	at := bytes.Index(runtime, name)
	if at < 0 || bytes.Contains(runtime[at+1:], name) || at+len(marker) > len(runtime) {
		return nil, false
	}
	out = bytes.Clone(runtime)
	out[at+len(name)] = marked
	return out, true
}
