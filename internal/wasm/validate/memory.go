package validate

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// access checks a load, store or atomic instruction.
func (c *checker) access(s *signature) bool {
	if !c.hasMemory(c.in.X) {
		return false
	}
	atomic := c.in.Op >= wasm.OpMemoryAtomicNotify
	switch {
	case !atomic && c.in.Align > uint32(s.align):
		return c.fail(misaligned(fault.AlignmentTooLarge, s.align, c.in.Align))
	case atomic && c.in.Align != uint32(s.align):
		return c.fail(misaligned(fault.InvalidAlignment, s.align, c.in.Align))
	}
	addr := c.memories[c.in.X].Limits.AddrType()
	if c.in.Val > maxAddress(addr) {
		return c.fail(fault.New(fault.InvalidOffset))
	}
	return c.lane(s) && c.apply(s, addr)
}

// misaligned is the error for an alignment of got, the logarithm. WasmEdge compares
// it with the number of bytes to choose the words.
func misaligned(code fault.Code, natural uint8, got uint32) *fault.Error {
	bytes := uint32(1) << natural
	relation := "<="
	if got < bytes {
		relation = "=="
	}
	return fault.New(code, fault.Mismatched("memory alignment",
		fmt.Sprintf("need to %s %d", relation, bytes), fmt.Sprint(got)))
}

// lane checks the lane indices of an instruction that has any.
func (c *checker) lane(s *signature) bool {
	switch {
	case s.lanes == 0:
	case c.in.Op == wasm.OpI8x16Shuffle:
		// Sixteen indices, a byte each, all below 32.
		if (c.in.Val|c.in.Hi)&0xE0E0E0E0E0E0E0E0 != 0 {
			return c.fail(fault.New(fault.InvalidLaneIdx))
		}
	case c.in.Lane >= s.lanes:
		return c.fail(beyond(fault.InvalidLaneIdx, "lane", uint32(c.in.Lane), int(s.lanes)))
	}
	return true
}

// memoryOrTable checks the instructions that name memories, tables and segments.
func (c *checker) memoryOrTable(op wasm.Op, s *signature) bool {
	x, y := c.in.X, c.in.Y
	switch op {
	case wasm.OpMemorySize, wasm.OpMemoryGrow, wasm.OpMemoryFill:
		return c.hasMemory(x) && c.apply(s, c.memories[x].Limits.AddrType())
	case wasm.OpMemoryInit:
		return c.hasMemory(y) && c.hasData(x) && c.apply(s, c.memories[y].Limits.AddrType())
	case wasm.OpMemoryCopy:
		return c.hasMemory(x) && c.hasMemory(y) && c.popCopy(c.memories[x].Limits, c.memories[y].Limits)
	case wasm.OpDataDrop:
		return c.hasData(x)
	case wasm.OpElemDrop:
		return c.hasElem(x)
	case wasm.OpTableInit:
		return c.hasTable(y) && c.hasElem(x) && c.fits(c.tables[y].Elem, c.elems[x]) &&
			c.apply(s, c.tables[y].Limits.AddrType())
	case wasm.OpTableCopy:
		return c.hasTable(x) && c.hasTable(y) && c.fits(c.tables[x].Elem, c.tables[y].Elem) &&
			c.popCopy(c.tables[x].Limits, c.tables[y].Limits)
	}
	if !c.hasTable(x) {
		return false
	}
	elem, addr := c.tables[x].Elem, c.tables[x].Limits.AddrType()
	switch op {
	case wasm.OpTableGet:
		return c.trade(addr, elem)
	case wasm.OpTableSet:
		return c.pop(elem) && c.pop(addr)
	case wasm.OpTableGrow:
		return c.trade2(elem, addr, addr)
	case wasm.OpTableFill:
		return c.pop(addr) && c.pop(elem) && c.pop(addr)
	}
	return c.apply(s, addr) // table.size
}

// popCopy takes destination, source and length; the length is an i64 only if both
// addresses are.
func (c *checker) popCopy(to, from wasm.Limits) bool {
	n := wasm.I32
	if to.Addr64 && from.Addr64 {
		n = wasm.I64
	}
	return c.pop(n) && c.pop(from.AddrType()) && c.pop(to.AddrType())
}

// fits checks that elements of type got may be put where want is.
func (c *checker) fits(want, got wasm.ValType) bool {
	return c.types.Matches(got, want) || c.fail(mismatch(fault.TypeCheckFailed, want, got))
}

func (c *checker) hasMemory(x uint32) bool {
	return int64(x) < int64(len(c.memories)) ||
		c.fail(beyond(fault.InvalidMemoryIdx, "memory", x, len(c.memories)))
}

func (c *checker) hasTable(x uint32) bool {
	return int64(x) < int64(len(c.tables)) ||
		c.fail(beyond(fault.InvalidTableIdx, "table", x, len(c.tables)))
}

func (c *checker) hasData(x uint32) bool {
	return int64(x) < int64(c.datas) || c.fail(beyond(fault.InvalidDataIdx, "data", x, c.datas))
}

func (c *checker) hasElem(x uint32) bool {
	return int64(x) < int64(len(c.elems)) ||
		c.fail(beyond(fault.InvalidElemIdx, "element", x, len(c.elems)))
}
