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
	// Global is the exported global that, when the instruction executes, holds the
	// value of a number, the length of an array, or of the operand of a cast what it
	// is, an i32: a type index, [IsI31] or [Unknown]. It is empty for other operands.
	Global string
}

// What the operand of a cast may be beside a value of a defined type.
const (
	Unknown = -1 // null, or not a structure or array of a type of the module
	IsI31   = -2
)

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
	out.Customs = nil
	w.tell(&out, &in, types)
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
func (w *watch) tell(m *wasm.Module, in *wasm.Instr, types []wasm.ValType) {
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
		local := w.locals + uint32(k)
		switch {
		case t.IsNum():
			w.X(wasm.OpLocalGet, local)
			w.store(m, &o, t)
		case isArray(m, t):
			w.X(wasm.OpLocalGet, local)
			w.Op(wasm.OpArrayLen)
			w.store(m, &o, wasm.I32)
		case in.Op == wasm.OpRefCast || in.Op == wasm.OpRefCastNull:
			w.dynamic(m, local)
			w.store(m, &o, wasm.I32)
		}
		w.X(wasm.OpLocalGet, local)
		w.told = append(w.told, o)
	}
}

// store writes what puts the value of type t on the stack into a new global for o.
func (w *watch) store(m *wasm.Module, o *Operand, t wasm.ValType) {
	o.Global = fmt.Sprintf("wazedge:operand/%d", len(w.told))
	index := m.ImportedCount(wasm.ExternGlobal) + uint32(len(m.Globals))
	m.Globals = append(m.Globals, wasm.Global{
		Type: wasm.GlobalType{Type: t, Mutable: true},
		Init: zero(t),
	})
	m.Exports = append(m.Exports, wasm.Export{Name: o.Global, Kind: wasm.ExternGlobal, Index: index})
	w.X(wasm.OpGlobalSet, index)
}

// dynamic leaves what the reference in a local is: the type that was declared last
// of those that it has, as subtypes follow their supertypes.
func (w *watch) dynamic(m *wasm.Module, local uint32) {
	w.I32(Unknown)
	choose := func(h wasm.HeapType, code int32) {
		w.I32(code)
		w.X(wasm.OpLocalGet, local)
		w.Instr(&wasm.Instr{Op: wasm.OpRefTest, Heap: h})
		w.Instr(&wasm.Instr{Op: wasm.OpI32Eqz})
		w.Op(wasm.OpSelect)
	}
	choose(wasm.HeapI31, IsI31)
	for t := range m.Types {
		if m.Types[t].Kind != wasm.CompFunc {
			choose(wasm.HeapType(t), int32(t))
		}
	}
}

// isArray reports whether t refers to an array of a type of m's.
func isArray(m *wasm.Module, t wasm.ValType) bool {
	return t.IsRef() && t.Heap().IsIndex() && m.Types[t.Heap()].Kind == wasm.CompArray
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
	case wasm.OpArrayGet, wasm.OpArrayGetS, wasm.OpArrayGetU:
		return []wasm.ValType{array(in.X), wasm.I32}
	case wasm.OpArraySet:
		return []wasm.ValType{array(in.X), wasm.I32, element(m, in.X)}
	case wasm.OpArrayFill:
		return []wasm.ValType{array(in.X), wasm.I32, element(m, in.X), wasm.I32}
	case wasm.OpArrayCopy:
		return []wasm.ValType{array(in.X), wasm.I32, array(in.Y), wasm.I32, wasm.I32}
	case wasm.OpArrayInitData, wasm.OpArrayInitElem:
		return []wasm.ValType{array(in.X), wasm.I32, wasm.I32, wasm.I32}
	case wasm.OpRefCast, wasm.OpRefCastNull:
		if !ofAny(m, in.Heap) {
			return nil
		}
		return []wasm.ValType{wasm.AnyRef}
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

func array(x uint32) wasm.ValType { return wasm.RefNull(wasm.HeapType(x)) }

func element(m *wasm.Module, x uint32) wasm.ValType { return m.Types[x].Fields[0].Type.Unpacked() }

// ofAny reports whether h is below any.
func ofAny(m *wasm.Module, h wasm.HeapType) bool {
	if h.IsIndex() {
		return m.Types[h].Kind != wasm.CompFunc
	}
	return wasm.TopHeap(h) == wasm.HeapAny
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
