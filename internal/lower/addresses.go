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
func Addresses(m *wasm.Module) (*wasm.Module, error) {
	if !reaches(m, foldedPages+1) {
		return m, nil
	}
	if reachesEnd(m) {
		var err error
		if m, err = splitLoads(m); err != nil {
			return nil, err
		}
	}
	return rewriteFound(m, newAddressScan(m).body, hideConstants)
}

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

// splitLoads gives the loads of m that extend a sign to 32 bits another instruction
// for that.
func splitLoads(m *wasm.Module) (*wasm.Module, error) {
	return withInstructions(m, func(b *body, in *wasm.Instr) (bool, error) {
		load, extend := wasm.OpI32Load8U, wasm.OpI32Extend8S
		switch in.Op {
		case wasm.OpI32Load8S:
		case wasm.OpI32Load16S:
			load, extend = wasm.OpI32Load16U, wasm.OpI32Extend16S
		default:
			return false, nil
		}
		unsigned := *in
		unsigned.Op = load
		b.Instr(&unsigned)
		b.Op(extend)
		return true, nil
	})
}

// hideConstants rewrites the i32.const at the offsets at, which are in order.
func hideConstants(at []int64) func(*body, wasm.Body) (rewriteFunc, error) {
	return func(*body, wasm.Body) (rewriteFunc, error) {
		return func(b *body, in *wasm.Instr) (bool, error) {
			if len(at) == 0 || in.Offset != at[0] {
				return false, nil
			}
			at = at[1:]
			b.I64(int64(uint32(in.Val)))
			b.Op(wasm.OpI32WrapI64)
			return true, nil
		}, nil
	}
}

// A negative i32.const of a body is [known] by its number, counted from 1.

// addressScan finds constants of a body that the engine may see as the address of an
// access. Like the engine's SSA form it knows a local by the one constant that all
// ways to a place agree on; where it cannot tell, it takes the constant for one.
type addressScan struct {
	flow
	consts  []int64 // offsets of the constants
	address []bool  // by constant: it is one to hide
	all     bool    // hide all constants from here on
	found   []int64
}

func newAddressScan(m *wasm.Module) *addressScan {
	s := &addressScan{}
	s.flow = newFlow(m, s)
	return s
}

// body is where in body i the constants to hide are, in order.
func (s *addressScan) body(i int) ([]int64, error) {
	s.consts, s.address, s.found, s.all = s.consts[:0], s.address[:0], s.found[:0], false
	if err := s.flow.body(i); err != nil {
		return nil, err
	}
	for n, is := range s.address {
		if is {
			s.found = append(s.found, s.consts[n])
		}
	}
	return s.found, nil
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
