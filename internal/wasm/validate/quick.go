package validate

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// quickKind tells how [checker.quick] checks an instruction.
type quickKind uint8

const (
	slow          quickKind = iota // not at all
	quickGet                       // local.get
	quickSet                       // local.set
	quickTee                       // local.tee
	quickGlobal                    // global.get
	quickAssign                    // global.set
	quickConst                     // a constant of integers: out
	quickFixed                     // a constant of size bytes: out
	quickLoad                      // an address: out
	quickStore                     // an address, in[1]
	quickUnary                     // in[0]: out
	quickBinary                    // in[0], in[1]: out
	quickNothing                   // nop
	quickBlock                     // block, loop
	quickIf                        // if
	quickEnd                       // end
	quickBranch                    // br
	quickBranchIf                  // br_if
	quickTable                     // br_table
	quickReturn                    // return
	quickCall                      // call
	quickIndirect                  // call_indirect
	quickDrop                      // drop
	quickSelect                    // select
	quickTrap                      // unreachable
)

// quickRow is what [checker.quick] knows of the instruction that a byte stands for. It
// repeats some of the instruction's row of the table, so that it takes little memory.
type quickRow struct {
	kind  quickKind
	in    [2]uint8
	out   uint8
	align uint8 // log2
	size  uint8 // of the immediates, when fixed
	op    wasm.Op
}

// quickOps are the instructions with a kind of their own.
var quickOps = [wasm.NumOps]quickKind{
	wasm.OpLocalGet: quickGet, wasm.OpLocalSet: quickSet, wasm.OpLocalTee: quickTee,
	wasm.OpGlobalGet: quickGlobal, wasm.OpGlobalSet: quickAssign,
	wasm.OpBlock: quickBlock, wasm.OpLoop: quickBlock, wasm.OpIf: quickIf, wasm.OpEnd: quickEnd,
	wasm.OpBr: quickBranch, wasm.OpBrIf: quickBranchIf, wasm.OpBrTable: quickTable, wasm.OpReturn: quickReturn,
	wasm.OpCall: quickCall, wasm.OpCallIndirect: quickIndirect,
	wasm.OpDrop: quickDrop, wasm.OpSelect: quickSelect, wasm.OpUnreachable: quickTrap, wasm.OpNop: quickNothing,
}

// quickRows are the instructions without prefix that the proposals of f allow, by their
// bytes.
func quickRows(f wasm.Features) *[256]quickRow {
	rows, sigs := new([256]quickRow), signatures()
	for op := range wasm.NumOps {
		info := op.Info()
		if info.Prefix != 0 || info.Needs&^f != 0 {
			continue
		}
		s := &sigs[op]
		r := quickRow{in: [2]uint8{s.in[0], s.in[1]}, out: s.out, align: s.align, op: op}
		if r.kind = quickOps[op]; r.kind == slow {
			r.kind, r.size = quickKindOf(info.Imm, s)
		}
		rows[info.Code] = r
	}
	return rows
}

// quickKindOf is the kind of an instruction with immediates imm, and their size if it is
// always the same.
func quickKindOf(imm wasm.ImmKind, s *signature) (kind quickKind, size uint8) {
	switch {
	case imm == wasm.ImmI32, imm == wasm.ImmI64:
		return quickConst, 0
	case imm == wasm.ImmF32:
		return quickFixed, 4
	case imm == wasm.ImmF64:
		return quickFixed, 8
	case imm == wasm.ImmMemArg && s.nin == 1 && s.out != 0:
		return quickLoad, 0
	case imm == wasm.ImmMemArg && s.nin == 2 && s.out == 0:
		return quickStore, 0
	case imm == wasm.ImmNone && s.rule == ruleSimple && s.nin == 1 && s.out != 0:
		return quickUnary, 0
	case imm == wasm.ImmNone && s.rule == ruleSimple && s.nin == 2 && s.out != 0:
		return quickBinary, 0
	}
	return slow, 0
}

// word is how many bytes [checker.quick] looks at at once: behind the first, the longest
// index and a byte.
const word = 8

// noType is the type of no operand.
const noType wasm.ValType = unset

// quick checks instructions as long as they are of those that nearly all code is made of,
// find operands of just the types that they want, and are written in few bytes. It stops
// in front of the first that is not, having changed nothing for it, and leaves it to
// [checker.run]. So it finds no errors, and accepts nothing that run would refuse.
func (c *checker) quick() {
	code, at := c.r.Rest(), uint32(c.r.Pos()-c.start)
	rows, flat := c.rows, c.locals.flat
	stack, n, base := c.stack[:cap(c.stack)], len(c.stack), c.base // the operands are stack[:n]
	p := 0
scan:
	for p <= len(code)-word {
		w := binary.LittleEndian.Uint64(code[p : p+word])
		row := &rows[byte(w)]
		size := 1 // of the instruction
		switch row.kind {
		case quickGet:
			var x uint32
			if x, size = local(w); uint(x) >= uint(len(flat)) || uint(n) >= uint(len(stack)) || flat[x]&unset != 0 {
				break scan
			}
			stack[n] = flat[x]
			n++
		case quickSet, quickTee:
			var x uint32
			if x, size = local(w); uint(x) >= uint(len(flat)) || n <= base || stack[n-1] != flat[x] {
				break scan
			}
			if row.kind == quickSet {
				n--
			}
		case quickConst:
			if size = 2; w&0x8000 != 0 {
				size = constant(w, row.out)
			}
			if size == 0 || uint(n) >= uint(len(stack)) {
				break scan
			}
			stack[n] = wasm.ValType(row.out)
			n++
		case quickLoad:
			if size = access(w, row.align); size == 0 || n <= base || stack[n-1] != c.address {
				break scan
			}
			stack[n-1] = wasm.ValType(row.out)
		case quickStore:
			if size = access(w, row.align); size == 0 || n-1 <= base ||
				stack[n-1] != wasm.ValType(row.in[1]) || stack[n-2] != c.address {
				break scan
			}
			n -= 2
		case quickUnary:
			if n <= base || stack[n-1] != wasm.ValType(row.in[0]) {
				break scan
			}
			stack[n-1] = wasm.ValType(row.out)
		case quickBinary:
			if n-1 <= base || stack[n-1] != wasm.ValType(row.in[1]) || stack[n-2] != wasm.ValType(row.in[0]) {
				break scan
			}
			n--
			stack[n-1] = wasm.ValType(row.out)
		default:
			c.stack, c.base = stack[:n], base
			if size = c.quickly(row, w, code[p:], at+uint32(p)); size == 0 {
				break scan
			}
			stack, n, base = c.stack[:cap(c.stack)], len(c.stack), c.base
		}
		c.plain[byte(w)] = true
		p += size
	}
	c.stack, c.base = stack[:n], base
	c.r.Skip(p)
}

// quickly is quick for the instruction at the beginning of code that has the row row, the
// bytes w, and lies at pos in the body. It gives the instruction's size, or 0.
func (c *checker) quickly(row *quickRow, w uint64, code []byte, pos uint32) int {
	ok, size := false, 1
	switch row.kind {
	case quickEnd:
		ok = c.quickEnd()
	case quickBlock, quickIf:
		size = 2
		ok = c.quickBlock(row, byte(w>>8), pos)
	case quickReturn:
		ok = c.quickLeave(c.returns())
	case quickDrop:
		if ok = len(c.stack) > c.base; ok {
			c.stack = c.stack[:len(c.stack)-1]
		}
	case quickSelect:
		ok = c.quickSelect()
	case quickTrap:
		ok = true
		c.unreach()
	case quickNothing:
		ok = true
	case quickTable:
		return c.quickTable(code)
	case quickFixed:
		size = 1 + int(row.size)
		if ok = size <= len(code); ok {
			c.push(wasm.ValType(row.out))
		}
	default:
		return c.quickIndexed(row.kind, w)
	}
	if !ok {
		return 0
	}
	return size
}

// quickIndexed is quickly for instructions with an index.
func (c *checker) quickIndexed(kind quickKind, w uint64) int {
	x, used := index(w >> 8)
	if used == 0 {
		return 0
	}
	ok, size := false, 1+used
	switch kind {
	case quickCall:
		ok = int64(x) < int64(len(c.funcs)) && c.quickCall(&c.m.Types[c.funcs[x]].Func, 0)
	case quickIndirect:
		ok = byte(w>>(8*size)) == 0 && int64(x) < int64(c.known) && c.m.Types[x].Kind == wasm.CompFunc &&
			c.has(c.callee) && c.quickCall(&c.m.Types[x].Func, 1)
		size++
	case quickGlobal:
		if ok = int64(x) < int64(len(c.globals)); ok {
			c.push(c.globals[x].Type)
		}
	case quickAssign:
		ok = int64(x) < int64(len(c.globals)) && c.globals[x].Mutable && c.quickPop(c.globals[x].Type)
	case quickBranch:
		ok = int64(x) < int64(len(c.ctrl)) && c.quickLeave(c.label(&c.ctrl[len(c.ctrl)-1-int(x)]))
	case quickBranchIf:
		ok = c.takesNothing(x) && c.quickPop(wasm.I32)
	}
	if !ok {
		return 0
	}
	return size
}

// quickSelect checks select between two numbers of the same type.
func (c *checker) quickSelect() bool {
	n := len(c.stack)
	if n-3 < c.base || c.stack[n-1] != wasm.I32 || c.stack[n-2] != c.stack[n-3] || !c.stack[n-2].IsNum() {
		return false
	}
	c.stack = c.stack[:n-2]
	return true
}

// has reports whether the last operand is of type t.
func (c *checker) has(t wasm.ValType) bool {
	n := len(c.stack)
	return n > c.base && c.stack[n-1] == t
}

// quickPop takes the last operand if it is of type t.
func (c *checker) quickPop(t wasm.ValType) bool {
	ok := c.has(t)
	if ok {
		c.stack = c.stack[:len(c.stack)-1]
	}
	return ok
}

// quickLeave is leave if the last operands are of just the given types.
func (c *checker) quickLeave(types []wasm.ValType) bool {
	ok := endsIn(c.stack[c.base:], types)
	if ok {
		c.unreach()
	}
	return ok
}

// quickBlock begins a block at pos whose type is written as b, if it has no result or a
// number.
func (c *checker) quickBlock(row *quickRow, b byte, pos uint32) bool {
	t := wasm.ValType(b)
	if b == 0x40 {
		t = wasm.Bottom
	} else if !t.IsNum() {
		return false
	}
	if len(c.stack) > c.maxStack || row.kind == quickIf && !c.quickPop(wasm.I32) {
		return false
	}
	c.base = len(c.stack)
	c.ctrl = append(c.ctrl, frame{
		result: [1]wasm.ValType{t},
		height: uint32(c.base),
		inits:  uint32(len(c.inits)),
		pos:    pos,
		op:     row.op,
		falls:  row.kind == quickIf && t == wasm.Bottom,
	})
	return true
}

// quickEnd ends a block that is not the function and has as its operands just its results,
// of which there is one at most.
func (c *checker) quickEnd() bool {
	last := len(c.ctrl) - 1
	f := &c.ctrl[last]
	if last == 0 || f.indexed || f.op == wasm.OpIf && !f.falls || int(f.inits) != len(c.inits) {
		return false
	}
	if t := f.result[0]; t == wasm.Bottom {
		if len(c.stack) != c.base {
			return false
		}
	} else if len(c.stack) != c.base+1 || c.stack[c.base] != t {
		return false
	}
	c.base = int(c.ctrl[last-1].height)
	c.ctrl = c.ctrl[:last]
	return true
}

// takesNothing reports whether label l exists and takes nothing.
func (c *checker) takesNothing(l uint32) bool {
	if int64(l) >= int64(len(c.ctrl)) {
		return false
	}
	f := &c.ctrl[len(c.ctrl)-1-int(l)]
	return !f.indexed && (f.op == wasm.OpLoop || f.result[0] == wasm.Bottom)
}

// quickTable checks the br_table at the beginning of code, if its labels all take nothing
// and have one or two bytes, and gives its size.
func (c *checker) quickTable(code []byte) int {
	n, used := index(binary.LittleEndian.Uint64(code) >> 8)
	p := 1 + used
	if used == 0 || int64(n) >= int64(len(code)-p) || !c.has(wasm.I32) {
		return 0
	}
	for range n + 1 {
		if p+1 >= len(code) {
			return 0
		}
		l := uint32(code[p])
		p++
		if l >= 0x80 {
			if code[p] >= 0x80 {
				return 0
			}
			l = l&0x7F | uint32(code[p])<<7
			p++
		}
		if !c.takesNothing(l) {
			return 0
		}
	}
	c.unreach()
	return p
}

// quickCall takes the arguments of a call of type t and above operands more, and leaves
// the results: at most one, so that nothing is spent.
func (c *checker) quickCall(t *wasm.FuncType, above int) bool {
	n := len(c.stack) - above
	if n < c.base || len(t.Results) > 1 || !endsIn(c.stack[c.base:n], t.Params) {
		return false
	}
	if n -= len(t.Params); n+len(t.Results) > c.maxStack {
		return false
	}
	c.stack = append(c.stack[:n], t.Results...)
	return true
}

// index reads an unsigned number of 32 bits in the lowest bytes of w, of which there are
// at least five, and says how many bytes it takes; none if it is not well-formed.
func index(w uint64) (x uint32, size int) {
	if size = length(w, 5); size <= 1 {
		return uint32(w & 0x7F), size
	}
	w &= 1<<(8*size) - 1
	if w>>36 != 0 {
		return 0, 0
	}
	return uint32(w&0x7F | w>>1&0x3F80 | w>>2&0x1F_C000 | w>>3&0xFE0_0000 | w>>4&0xF000_0000), size
}

// local is the index in the instruction in w, which names a local, and the instruction's
// size. Indices of more than two bytes are one that no local has.
func local(w uint64) (x uint32, size int) {
	switch {
	case w&0x8000 == 0:
		return uint32(w>>8) & 0x7F, 2
	case w&0x80_0000 == 0:
		return uint32(w>>8)&0x7F | uint32(w>>9)&0x3F80, 3
	}
	return math.MaxUint32, 0
}

// length is how many of the lowest bytes of w a number takes; none if it goes on behind
// most bytes.
func length(w uint64, most int) int {
	n := bits.TrailingZeros64(^w&0x8080_8080_8080_8080)/8 + 1
	if n > most {
		return 0
	}
	return n
}

// constant is the size of the instruction in w, a constant of type t; 0 if it is not all
// in w, or not well-formed.
func constant(w uint64, t uint8) int {
	n := length(w>>8, word-1)
	if n < 5 && n > 0 || wasm.ValType(t) == wasm.I64 && n > 0 {
		return 1 + n
	}
	if top := w >> 40 & 0x78; n == 5 && (top == 0 || top == 0x78) {
		return 1 + n // what is beyond the 32nd bit repeats the sign
	}
	return 0
}

// access is the size of the instruction in w, an access to memory 0 with an alignment of
// at most natural; 0 if it is something else.
func access(w uint64, natural uint8) int {
	if byte(w>>8) > natural {
		return 0
	}
	if w&0x80_0000 == 0 {
		return 3
	}
	if _, used := index(w >> 16); used != 0 {
		return 2 + used
	}
	return 0
}

// endsIn reports whether the last of operands are of the given types.
func endsIn(operands, types []wasm.ValType) bool {
	from := len(operands) - len(types)
	if from < 0 {
		return false
	}
	for i, t := range types {
		if operands[from+i] != t {
			return false
		}
	}
	return true
}
