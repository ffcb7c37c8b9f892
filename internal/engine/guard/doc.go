// Package guard turns accesses of machine code beyond the end of a memory into jumps to where the
// code traps, so that it need not compare addresses before: the memory is followed by pages that
// nobody may touch, and the fault of an instruction that is known is sent to where that instruction
// says.
//
// The handler is put in front of that of Go for SIGSEGV, once and for the whole process, by [Ready]; all
// that is not the fault of an instruction that [Add] was told of goes on to Go's as if there were no other.
// There is one for linux on amd64; elsewhere, and wherever anything is other than it is known to work with,
// [Ready] says so and code compares addresses.
package guard

// Below and Above are the bytes in front of and behind the beginning of a memory that nobody else may
// have: what an instruction reaches from there with an index of 32 bits without a sign, a distance of 31
// bits and an operand, and what it would with an index that were taken for negative.
const (
	Below = 1 << 31
	Above = 1<<33 + 1<<16
)

// Site is an instruction that may fault, and where it goes on then: offsets in the code.
type Site struct{ At, To uint32 }

// Unavailable is why there are no guards.
type Unavailable string

func (u Unavailable) Error() string { return "no guard pages: " + string(u) }

const (
	errUnsupported Unavailable = "not for this system and processor"
	errFull        Unavailable = "too many modules"
	errSites       Unavailable = "the code has no sites"
)
