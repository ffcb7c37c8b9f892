package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// foldedPages is the largest memory, in pages, whose addresses the engine may know
// at compile time: constants below 2^31.
const foldedPages = 1 << 15

// Addresses hides constant addresses of 2^31 and more from the engine. Its compiler
// for amd64 takes a constant for signed where it makes it part of an access whose
// bounds it has checked before, and reaches 4 GiB below the place that is meant. A
// constant that comes out of i32.wrap_i64 is none to it: it knows i32.const alone,
// handed on through locals, operands of blocks and shifts by nothing.
//
// Modules whose memory cannot have such addresses stay what they are, and so do
// those that never use such a constant as an address.
//
// What i32.load8_s and i32.load16_s load is signed in the same way, and a memory of all
// that 32 bits can address has places that they can name: there, such a load is one
// that is not signed, and an instruction that extends it.
func Addresses(m *wasm.Module) (*wasm.Module, error) { return scannedBy(m, newAddressScan(m)) }

// reaches reports whether a memory of m may come to have so many pages.
func reaches(m *wasm.Module, pages uint64) bool {
	for i := range m.Memories {
		if l := m.Memories[i].Limits; !l.HasMax || l.Max >= pages {
			return true
		}
	}
	return importsMemory(m, pages)
}

// importsMemory reports whether m may import a memory that has so many pages.
func importsMemory(m *wasm.Module, pages uint64) bool {
	return slices.ContainsFunc(m.Imports, func(im wasm.Import) bool {
		return im.Kind == wasm.ExternMemory && (!im.Memory.Limits.HasMax || im.Memory.Limits.Max >= pages)
	})
}

// allPages is the size of a memory of all that 32 bits can address. A memory of m's
// own has as many from its beginning or never.
const allPages = 1 << 16

// reachesEnd reports whether an address of m's memory may be any number of 32 bits.
func reachesEnd(m *wasm.Module) bool {
	own := slices.ContainsFunc(m.Memories, func(t wasm.MemoryType) bool { return t.Limits.Min >= allPages })
	return own || importsMemory(m, allPages)
}

// A negative i32.const of a body is [known] by its number, counted from 1.

// addressScan finds constants of a body that the engine may see as the address of an
// access. Like the engine's SSA form it knows a local by the one constant that all
// ways to a place agree on; where it cannot tell, it takes the constant for one.
type addressScan struct {
	flow
	index   int     // of the body
	split   bool    // loads that extend a sign are replaced
	any     bool    // the body has a constant that may be one to hide
	again   bool    // so it is read once more, and values are followed
	consts  []int64 // offsets of the constants
	address []bool  // by constant: it is one to hide
	all     bool    // hide all constants from here on
	loads   []find
}

// How an instruction is replaced that this scan has found.
const (
	hideConstant int32 = iota
	splitLoad
)

// newAddressScan is nil for a module whose memory cannot have such addresses.
func newAddressScan(m *wasm.Module) scan {
	if !reaches(m, foldedPages+1) {
		return nil
	}
	s := &addressScan{split: reachesEnd(m)}
	s.flow = newFlow(m, s)
	return s
}

var (
	addressConstants  = &opSet{ops: []wasm.Op{wasm.OpI32Const}}
	constantsAndLoads = &opSet{ops: []wasm.Op{wasm.OpI32Const, wasm.OpI32Load8S, wasm.OpI32Load16S}}
)

func (s *addressScan) begin(i int, _ []wasm.LocalRun) *opSet {
	s.index, s.any, s.again, s.all = i, false, false, false
	s.consts, s.address, s.loads = s.consts[:0], s.address[:0], s.loads[:0]
	if s.split {
		return constantsAndLoads
	}
	return addressConstants
}

// look looks whether there is such a constant at all before it follows values.
func (s *addressScan) look(in *wasm.Instr) {
	if s.again {
		s.step(in)
		return
	}
	if in.Op == wasm.OpI32Const {
		s.any = s.any || int32(in.Val) < 0
	} else {
		s.loads = append(s.loads, find{offset: in.Offset, how: splitLoad})
	}
}

func (s *addressScan) end(at []find) ([]find, *opSet) {
	if s.any && !s.again {
		s.again = true
		s.flow.begin(s.index)
		return at, allOps
	}
	for n, is := range s.address {
		if is {
			at = append(at, find{offset: s.consts[n], how: hideConstant})
		}
	}
	return append(at, s.loads...), nil
}

func (s *addressScan) replace(b *body, in *wasm.Instr, how int32) bool {
	if how == hideConstant {
		b.I64(int64(uint32(in.Val)))
		b.Op(wasm.OpI32WrapI64)
		return true
	}
	unsigned, extend := *in, wasm.OpI32Extend8S
	unsigned.Op = wasm.OpI32Load8U
	if in.Op == wasm.OpI32Load16S {
		unsigned.Op, extend = wasm.OpI32Load16U, wasm.OpI32Extend16S
	}
	b.Instr(&unsigned)
	b.Op(extend)
	return true
}

// operate notes what is used as an address.
func (s *addressScan) operate(in *wasm.Instr, operands []known) known {
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		s.lose(operands[0])
	case wasm.ImmMem, wasm.ImmMemMem, wasm.ImmDataMem:
		for _, c := range operands {
			s.lose(c)
		}
	}
	if in.Op == wasm.OpI32Const && int32(in.Val) < 0 {
		s.consts = append(s.consts, in.Offset)
		s.address = append(s.address, s.all)
		return known(len(s.consts))
	}
	return nothing
}

// untouched is nothing: zero is no constant to hide.
func (s *addressScan) untouched(uint32) known { return nothing }

// lose notes that c is an address, or may come to be one.
func (s *addressScan) lose(c known) {
	if c != nothing {
		s.address[c-1] = true
	}
}

// loseAll takes all constants for addresses.
func (s *addressScan) loseAll() {
	s.all = true
	for i := range s.address {
		s.address[i] = true
	}
}

// either is the one constant, if both are it.
func (s *addressScan) either(a, b known) known {
	if a != b {
		return nothing
	}
	return a
}
