package crypto

import (
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// What operands may be long.
const (
	maxName     = 64      // bytes of a name of an algorithm or option
	maxEncoding = 1 << 16 // of an encoded key or signature, of a value of an option, of a secret to be kept
	maxMessage  = 1 << 26 // of what an algorithm needs at once
)

// nameAt is the name of n bytes at p in capitals, and empty if it is too long for a name.
func nameAt(m abi.Memory, p abi.Ptr, n abi.Size) (string, Errno) {
	b, ok := m.Bytes(p, n)
	switch {
	case !ok:
		return "", badAddress
	case n > maxName:
		return "", success
	}
	return strings.ToUpper(string(b)), success
}

// copyAt is a copy of n bytes at p. More than limit are tooLong.
func copyAt(m abi.Memory, p abi.Ptr, n, limit abi.Size, tooLong Errno) ([]byte, Errno) {
	b, ok := m.Bytes(p, n)
	switch {
	case !ok:
		return nil, badAddress
	case n > limit:
		return nil, tooLong
	}
	return append([]byte(nil), b...), success
}

// none is the tag of an optional handle that there is not.
const none = 1

// optional is the handle in the option at p: a tag in a byte, and the handle at 4.
func optional(m abi.Memory, p abi.Ptr) (n uint32, some bool, e Errno) {
	b, ok := m.Bytes(p, 8)
	if !ok {
		return 0, false, badAddress
	}
	return abi.Get32(b[4:]), b[0] != none, success
}

// optionalObject is the object whose handle is in the option at p, with a reference for the caller,
// or nil if there is none.
func optionalObject[T object](h *Host, m abi.Memory, p abi.Ptr) (o T, e Errno) {
	n, some, e := optional(m, p)
	if e != success || !some {
		return o, e
	}
	return get[T](h, n)
}

// place is where a handle or size that is a result goes.
func place(m abi.Memory, p abi.Ptr32) ([]byte, Errno) {
	b, ok := m.U32(p)
	if !ok {
		return nil, badAddress
	}
	return b, success
}
