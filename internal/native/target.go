package native

import "runtime"

// target is a processor that code is made for.
type target interface {
	// convention is how functions are called, and which registers there are.
	convention() *convention

	// facts are those that code for this processor relies on, and no other.
	facts() []fact

	// lower lowers the value x where that is done in a way of the processor's own, and reports whether
	// it has.
	lower(l *lowering, x value, v *val) bool

	// upper lowers to = the upper half of a * b, all of 64 bits.
	upper(l *lowering, to, a, b vreg, signed bool)

	// emit writes the code of a function, whose operands have places.
	emit(l *lfn) machineCode

	// verify proves of the code of a function what can be proven of it by itself.
	verify(l *lfn, c *machineCode) error

	// carries reports whether a function can begin with an instruction that reads 64 bits from the distance at behind the
	// module's context.
	carries(at int32) bool

	// guards reports whether accesses may be left to the pages around a memory.
	guards() bool

	// tails is the code of the ends of traps, and where in it that of each exit code begins. They are
	// called, so that the return address is the place of the trap, and do not return.
	tails() ([]byte, map[uint8]int)

	// padding is what stands between functions.
	padding() []byte

	// jump is a jump without a distance, and where in it the distance is.
	jump() (code []byte, at int)

	// link has the jump or call whose distance is at the offset at of code lead to the offset to. It
	// reports whether it can.
	link(code []byte, at, to int) bool

	// decode is the first instruction of code as text, and its size.
	decode(code []byte) (string, int)
}

// convention is how the engine's functions are called on a processor (see docs/ENGINE.md), and what
// registers there are for values.
type convention struct {
	intArgs, floatArgs []reg // of parameters and of results

	carrying reg // what [carrying] is passed in, the last of intArgs: what keeps those for a larger stack keeps it

	calleeSaved regs
	callerSaved regs
	ofMemmove   regs // that Go's memmove may change

	// The registers that values are given, those first that need not be saved.
	intOrder, floatOrder []reg

	operands    bool // of instructions may be in memory
	checkpoints bool // there is [mCheckpoint]
	late        bool // frames may be made behind the first blocks, see [lfn.shrink]
}

// targetOf is the processor named as Go does it, nil if there is no compiler for it.
func targetOf(arch string) target {
	switch arch {
	case "amd64":
		return amd64{}
	case "arm64":
		return arm64{}
	}
	return nil
}

// here is the processor of this machine.
func here() target { return targetOf(runtime.GOARCH) }
