// Package witness rewrites a module so that it tells the operands of one of its
// instructions: what WasmEdge's interpreter prints of an instruction that traps,
// and compiled code has forgotten.
package witness

import (
	"fmt"
	"sort"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Operand is an operand of the watched instruction.
type Operand struct {
	Type wasm.ValType
	// Global is the exported global that holds the operand's value when the
	// instruction executes; empty for an operand that is no number.
	Global string
}

// everything reads whatever a valid module has.
const everything = wasm.Wasm3 | wasm.Threads

// Watch returns m, which is valid, with the instruction at a file offset writing
// its operands to globals before it executes. The operands are listed from the
// first to the last, of a call_indirect the last only. It returns nil when there
// is no instruction at offset, or one that has no operands worth telling.
func Watch(m *wasm.Module, offset int64) (*wasm.Module, []Operand) {
	n := sort.Search(len(m.Bodies), func(n int) bool { return m.Bodies[n].Offset > offset }) - 1
	if n < 0 {
		return nil, nil
	}
	runs, r, err := m.Bodies[n].Locals(everything)
	if err != nil {
		return nil, nil
	}
	w := &watch{locals: uint32(len(m.FuncTypeOf(m.ImportedCount(wasm.ExternFunc) + uint32(n)).Params))}
	for _, run := range runs {
		w.locals += run.N
	}
	start := r.Rest()
	for r.More() && r.Pos() < offset {
		var in wasm.Instr
		if r.Next(&in) != nil {
			return nil, nil
		}
	}
	rest := r.Rest()
	var in wasm.Instr
	if r.Pos() != offset || r.Next(&in) != nil {
		return nil, nil
	}
	types := operands(m, &in)
	if len(types) == 0 {
		return nil, nil
	}
	out := *m
	w.tell(&out, types)
	code := wasm.AppendLocals(nil, append(runs[:len(runs):len(runs)], w.runs...))
	code = append(code, start[:len(start)-len(rest)]...)
	code = append(code, w.Code...)
	code = append(code, rest...)
	out.Bodies = append([]wasm.Body(nil), m.Bodies...)
	out.Bodies[n] = wasm.Body{Offset: m.Bodies[n].Offset, Code: code}
	return &out, w.told
}

// watch is the body being written.
type watch struct {
	wasm.Emitter
	locals uint32 // parameters and locals of the function
	runs   []wasm.LocalRun
	told   []Operand
}

// tell writes what stores operands of the types, which are on the stack, and puts
// them back. It adds the globals to m.
func (w *watch) tell(m *wasm.Module, types []wasm.ValType) {
	for _, t := range types {
		w.runs = append(w.runs, wasm.LocalRun{N: 1, Type: t})
	}
	for k := len(types) - 1; k >= 0; k-- {
		w.X(wasm.OpLocalSet, w.locals+uint32(k))
	}
	m.Globals = m.Globals[:len(m.Globals):len(m.Globals)]
	m.Exports = m.Exports[:len(m.Exports):len(m.Exports)]
	for k, t := range types {
		o := Operand{Type: t}
		w.X(wasm.OpLocalGet, w.locals+uint32(k))
		if t.IsNum() {
			o.Global = fmt.Sprintf("wazedge:operand/%d", k)
			index := m.ImportedCount(wasm.ExternGlobal) + uint32(len(m.Globals))
			m.Globals = append(m.Globals, wasm.Global{
				Type: wasm.GlobalType{Type: t, Mutable: true},
				Init: zero(t),
			})
			m.Exports = append(m.Exports, wasm.Export{Name: o.Global, Kind: wasm.ExternGlobal, Index: index})
			w.X(wasm.OpGlobalSet, index)
			w.X(wasm.OpLocalGet, w.locals+uint32(k))
		}
		w.told = append(w.told, o)
	}
}

// zero is the constant expression of a number's zero.
func zero(t wasm.ValType) wasm.Expr {
	consts := map[wasm.ValType]wasm.Op{
		wasm.I32: wasm.OpI32Const, wasm.I64: wasm.OpI64Const, wasm.F32: wasm.OpF32Const, wasm.F64: wasm.OpF64Const,
	}
	var e wasm.Emitter
	e.Op(consts[t])
	e.End()
	return wasm.Expr{Code: e.Code}
}

// letters are the types in the signatures of the instruction table.
var letters = map[byte]wasm.ValType{'i': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128}

// operands are the types of the operands of in, or nil when nothing is to be told
// of an instruction like it.
func operands(m *wasm.Module, in *wasm.Instr) []wasm.ValType {
	if !in.Op.Info().Traps {
		return nil
	}
	switch in.Op {
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		return []wasm.ValType{m.TableTypeOf(in.Y).Limits.AddrType()}
	case wasm.OpTableGet:
		return []wasm.ValType{m.TableTypeOf(in.X).Limits.AddrType()}
	case wasm.OpTableSet:
		t := m.TableTypeOf(in.X)
		return []wasm.ValType{t.Limits.AddrType(), t.Elem}
	case wasm.OpTableFill:
		t := m.TableTypeOf(in.X)
		return []wasm.ValType{t.Limits.AddrType(), t.Elem, t.Limits.AddrType()}
	case wasm.OpTableInit:
		return []wasm.ValType{m.TableTypeOf(in.Y).Limits.AddrType(), wasm.I32, wasm.I32}
	case wasm.OpTableCopy:
		return copied(m.TableTypeOf(in.X).Limits, m.TableTypeOf(in.Y).Limits)
	case wasm.OpMemoryCopy:
		return copied(m.MemoryTypeOf(in.X).Limits, m.MemoryTypeOf(in.Y).Limits)
	}
	sig, _, _ := strings.Cut(in.Op.Info().Sig, ":")
	if sig == "*" {
		return nil
	}
	types := make([]wasm.ValType, len(sig))
	for k := range types {
		t, ok := letters[sig[k]]
		if !ok {
			memory := in.X
			if in.Op == wasm.OpMemoryInit {
				memory = in.Y
			}
			t = m.MemoryTypeOf(memory).Limits.AddrType()
		}
		types[k] = t
	}
	return types
}

// copied are the operands of a copy: destination, source, and a count that has the
// narrower of the two address types.
func copied(dst, src wasm.Limits) []wasm.ValType {
	n := wasm.I64
	if !dst.Addr64 || !src.Addr64 {
		n = wasm.I32
	}
	return []wasm.ValType{dst.AddrType(), src.AddrType(), n}
}
