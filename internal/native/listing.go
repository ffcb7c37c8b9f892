package native

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// own are the names of the operations that are not instructions of WebAssembly, from opParam on.
var own = [...]string{
	0: "param", opCtx - opParam: "context", opMctx - opParam: "module", opConst - opParam: "const", opVector - opParam: "vector",
	opKept - opParam: "kept", opPhi - opParam: "phi", opSelect - opParam: "select", opBase - opParam: "memory.base", opLen - opParam: "memory.length",
	opLimit - opParam: "limit", opCheck - opParam: "check", opCheckLim - opParam: "check.limit", opLoad - opParam: "load", opStore - opParam: "store",
	opGlobalGet - opParam: "global.get", opGlobalSet - opParam: "global.set", opCall - opParam: "call", opCallIndirect - opParam: "call_indirect",
	opResult - opParam: "result", opMemGrow - opParam: "memory.grow", opMemCopy - opParam: "memory.copy", opMemFill - opParam: "memory.fill",
	opTableGet - opParam: "table.get", opTableSize - opParam: "table.size",
}

func (t typ) String() string {
	switch t {
	case none:
		return "none"
	case i32:
		return "i32"
	case f32:
		return "f32"
	case f64:
		return "f64"
	case v128:
		return "v128"
	}
	return "i64"
}

// listing writes functions as they are on their way, for people. A nil one writes nothing.
type listing struct {
	w *bufio.Writer
}

func listingTo(w io.Writer) *listing {
	if w == nil {
		return nil
	}
	return &listing{bufio.NewWriter(w)}
}

// end writes what is left, and says why something could not be written.
func (l *listing) end() error {
	if l == nil {
		return nil
	}
	return l.w.Flush()
}

func (l *listing) printf(format string, args ...any) {
	fmt.Fprintf(l.w, format, args...) // what fails is told in the end
}

// values writes the values of f, block by block.
func (l *listing) values(f *fn) {
	if l == nil {
		return
	}
	l.printf("function %d: %d parameters, %d results\n", f.index, len(f.typ.Params), len(f.typ.Results))
	for n := range f.blocks {
		b := &f.blocks[n]
		l.printf("block %d", n)
		if b.header {
			l.printf(" (loop of depth %d, up to block %d)", b.depth, b.loopEnd)
		}
		if len(b.preds) > 0 {
			l.printf(" <- %s", strings.Trim(fmt.Sprint(b.preds), "[]"))
		}
		l.printf("\n")
		for _, list := range [][]value{b.phis, b.ins} {
			for _, x := range list {
				if f.vals[x].op != opConst { // which is written where it is used
					l.printf("  %s\n", f.describe(x))
				}
			}
		}
		switch b.term {
		case termJump:
			l.printf("  jump %d\n", b.succs[0])
		case termBranch:
			l.printf("  if%s then %d else %d\n", f.named(b.cond), b.succs[0], b.succs[1])
		case termSwitch:
			l.printf("  switch%s: %s\n", f.named(b.cond), strings.Trim(fmt.Sprint(b.succs), "[]"))
		case termReturn:
			l.printf("  return%s\n", f.named(b.args...))
		case termTrap:
			l.printf("  trap %d\n", b.code)
		}
	}
}

// named are the names of values, of constants the bits, each behind a space.
func (f *fn) named(list ...value) string {
	var s strings.Builder
	for _, v := range list {
		if bits, ok := f.isConst(v); ok {
			fmt.Fprintf(&s, " %#x", bits)
		} else {
			s.WriteString(" v" + strconv.Itoa(int(v)))
		}
	}
	return s.String()
}

// describe is the value x in a line.
func (f *fn) describe(x value) string {
	v := &f.vals[x]
	var s strings.Builder
	if v.typ != none {
		fmt.Fprintf(&s, "v%d: %s = ", x, v.typ)
	}
	switch {
	case v.op < op(wasm.NumOps):
		s.WriteString(wasm.Op(v.op).String())
	case v.op == opLoad, v.op == opStore:
		s.WriteString(wasm.Op(v.aux).String())
	default:
		s.WriteString(own[v.op-opParam])
	}
	for _, a := range []value{v.a, v.b, v.c} {
		if a != 0 {
			s.WriteString(f.named(a))
		}
	}
	s.WriteString(f.named(v.args...))
	switch v.op {
	case opVector:
		fmt.Fprintf(&s, " %#x", f.vectors[v.imm])
	case opCallIndirect:
		fmt.Fprintf(&s, ", type %d, table %d", v.imm>>32, uint32(v.imm))
	case opLimit, opCheck, opLoad, opStore:
		fmt.Fprintf(&s, " +%d", v.imm)
	case opParam, opGlobalGet, opGlobalSet, opCall, opResult, opTableGet, opTableSize:
		fmt.Fprintf(&s, " %d", v.imm)
	}
	return s.String()
}

// code writes the machine code of a function: offsets, bytes, instructions, and behind those that
// end where an instruction of the module may trap or call, its place in the file.
func (l *listing) code(t target, c *machineCode, start uint32) {
	if l == nil {
		return
	}
	places := map[int]uint32{}
	for _, p := range c.places {
		places[int(p.at)] = p.pos
	}
	for at := 0; at < c.end; {
		text, size := t.decode(c.text[at:c.end])
		l.printf("%6x  %-24x %s", at, c.text[at:at+size], text)
		at += size
		if pos, ok := places[at]; ok {
			l.printf("  ; %#x", start+pos)
		}
		l.printf("\n")
	}
	if len(c.text) > c.end {
		l.printf("%6x  %d bytes of tables and constants\n", c.end, len(c.text)-c.end)
	}
	l.printf("\n")
}

// kept says why a function keeps the engine's code.
func (l *listing) kept(index uint32, why error) {
	if l == nil {
		return
	}
	reason, _, _ := strings.Cut(why.Error(), "\n")
	l.printf("function %d: the engine's code: %s\n\n", index, reason)
}
