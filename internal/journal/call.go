package journal

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// Function is a function of the host.
type Function struct {
	Module, Name    string
	Params, Results []byte // value types, as in a module
}

// The value types of 32 bits. The upper half of a parameter means nothing.
const (
	typeI32 = 0x7f
	typeF32 = 0x7d
)

// width is how many bytes a value of type t has in a journal.
func width(t byte) int {
	if t == typeI32 || t == typeF32 {
		return 4
	}
	return 8
}

// arg is argument n as it counts.
func (f *Function) arg(n int, v uint64) uint64 {
	if width(f.Params[n]) == 4 {
		return uint64(uint32(v))
	}
	return v
}

// text is the call of f with args, as a person reads it.
func (f *Function) text(args []uint64) string {
	var b strings.Builder
	b.WriteString(f.Name + "(")
	for n := range args {
		if n > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, f.arg(n, args[n]))
	}
	return b.String() + ")"
}

// Use is what a call does with a piece of memory.
type Use uint8

// The uses.
const (
	Written Use = iota // it may have been written
	Read               // it has been looked at
)

// The kinds of what a call has used, as they are written. In the upper half of the byte
// stands the number of the stream.
const (
	spanWritten = iota // address, length, the bytes
	spanRead           // address, length
	spanSent           // address, length: read, and sent to a stream
	spanSaid           // length, bytes that were sent to a stream but come from the host
)

// The ways in which a call comes to its end, as they are written.
const (
	returned = iota // the results follow
	exited          // the status follows
	faulted         // code, line, number of information lines, and these
	errored         // a text
	outcomes        // how many there are
)

// Ending is how a call has ended the guest.
type Ending struct {
	Exit   bool   // as the guest has asked for
	Status uint32 // if so
	Code   uint16 // of WasmEdge's; 0 for none
	Line   string // in the place of the code's own
	Info   []string
	Text   string // of an error without a code
}

// checked is how many bytes at the beginning and at the end of a piece are looked at to tell
// whether a guest has written something else.
const checked = 4 << 10

// Sum adds b to the checksum sum: 8 bytes at a time, multiplied and folded. It tells apart
// what guests write by chance, and need not withstand those who mean to deceive: who can
// write a record can write anything into it.
func Sum(sum uint64, b []byte) uint64 {
	n := len(b)
	sum ^= uint64(n)
	if 8 <= n && n <= 16 { // as most are
		return fold(sum^binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:]))
	}
	if n > 2*checked {
		sum = Sum(sum, b[:checked])
		b = b[n-checked:]
	}
	for ; len(b) >= 8; b = b[8:] {
		sum = fold(sum^binary.LittleEndian.Uint64(b), 0)
	}
	var last uint64
	for n, c := range b {
		last |= uint64(c) << (8 * n)
	}
	return fold(sum^last, 0)
}

// fold mixes the bits of a and b.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xa0761d6478bd642f)
	return hi ^ lo
}
