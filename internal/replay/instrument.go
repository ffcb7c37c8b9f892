// Package replay rewrites a module so that it records the operands of one of its
// instructions, and how large what it accesses is: what WasmEdge's interpreter
// prints of an instruction that traps, and compiled code has forgotten. They are
// in the terms of the module's author: the passes of lowering come behind it.
package replay

import (
	"fmt"
	"sort"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Recorded is a value that the instrumented module records.
type Recorded struct {
	Type wasm.ValType
	// Global is the exported global that holds the value when the instruction
	// executes; empty where there is nothing to record.
	Global string
}

// Instrumented is a module that records the operands of one of its instructions.
type Instrumented struct {
	Module *wasm.Module

	// Operands are those of the instruction from the first to the last, of a
	// call_indirect the last only. Of a number its value is recorded, of an array its
	// length, of the operand of a cast what it is: an i32 that is a type index or
	// one of the constants below.
	Operands []Recorded

	// Sizes are those of the memories, in pages, or of the tables that the
	// instruction accesses: the destination first.
	Sizes []Recorded

	// Dropped is, as an i32, whether the segment that the instruction reads has
	// been dropped by another.
	Dropped Recorded

	// Callee is what the element is that a call_indirect has found, recorded like the
	// operand of a cast. It is there if it was asked for.
	Callee Recorded
}

// What a reference may be beside a value of a defined type of the module.
const (
	Unknown = -1
	IsI31   = -2
	IsNull  = -3
)

// everything reads whatever a valid module has.
const everything = wasm.Wasm3 | wasm.Threads

// Instrument returns m, which is valid, with the instruction at a file offset writing
// what there is to record to globals before it executes. It returns nil when there
// is no instruction at offset, or one that has nothing worth recording. With callee,
// the result makes use of the GC proposal, whatever m does.
func Instrument(m *wasm.Module, offset int64, callee bool) *Instrumented {
	n := sort.Search(len(m.Bodies), func(n int) bool { return m.Bodies[n].Offset > offset }) - 1
	if n < 0 {
		return nil
	}
	w := &instrumenter{m: *m}
	prefix, rest, in, ok := w.split(n, offset)
	if !ok {
		return nil
	}
	types := operands(m, &in)
	if len(types) == 0 {
		return nil
	}
	w.m.Customs = nil
	w.m.Globals = m.Globals[:len(m.Globals):len(m.Globals)]
	w.m.Exports = m.Exports[:len(m.Exports):len(m.Exports)]
	w.m.Bodies = append([]wasm.Body(nil), m.Bodies...)
	w.record(&in, types, callee)
	code := append(wasm.AppendLocals(nil, w.runs), prefix...)
	code = append(append(code, w.Code...), rest...)
	w.m.Bodies[n] = wasm.Body{Offset: m.Bodies[n].Offset, Code: code}
	w.recordDrops(&in)
	w.out.Module = &w.m
	return &w.out
}

// instrumenter is the module being written, and the code before the instruction.
type instrumenter struct {
	wasm.Emitter
	m      wasm.Module
	locals uint32 // parameters and locals of the function
	runs   []wasm.LocalRun
	out    Instrumented
	count  int // of globals added
}

// split finds the instruction at offset in body n, and returns the code before it,
// the code from it on, and it.
func (w *instrumenter) split(n int, offset int64) (prefix, rest []byte, in wasm.Instr, ok bool) {
	runs, r, err := w.m.Bodies[n].Locals(everything)
	if err != nil {
		return nil, nil, in, false
	}
	w.runs = runs[:len(runs):len(runs)]
	w.locals = uint32(len(w.m.FuncTypeOf(w.m.ImportedCount(wasm.ExternFunc) + uint32(n)).Params))
	for _, run := range runs {
		w.locals += run.N
	}
	start := r.Rest()
	for r.More() && r.Pos() < offset {
		if r.Next(&in) != nil {
			return nil, nil, in, false
		}
	}
	rest = r.Rest()
	ok = r.Pos() == offset && r.Next(&in) == nil
	return start[:len(start)-len(rest)], rest, in, ok
}

// local adds a local of type t.
func (w *instrumenter) local(t wasm.ValType) uint32 {
	w.runs = append(w.runs, wasm.LocalRun{N: 1, Type: t})
	w.locals++
	return w.locals - 1
}

// record writes what records the instruction in, whose operands of the types are on
// the stack, and puts them back.
func (w *instrumenter) record(in *wasm.Instr, types []wasm.ValType, callee bool) {
	locals := make([]uint32, len(types))
	for k, t := range types {
		locals[k] = w.local(t)
	}
	for k := len(types) - 1; k >= 0; k-- {
		w.X(wasm.OpLocalSet, locals[k])
	}
	for k, t := range types {
		w.out.Operands = append(w.out.Operands, w.operand(in, t, locals[k]))
	}
	w.sizes(in)
	if callee && (in.Op == wasm.OpCallIndirect || in.Op == wasm.OpReturnCallIndirect) {
		w.callee(in, locals[0])
	}
	for _, x := range locals {
		w.X(wasm.OpLocalGet, x)
	}
}

// operand writes what records the operand of type t in a local.
func (w *instrumenter) operand(in *wasm.Instr, t wasm.ValType, local uint32) Recorded {
	switch {
	case t.IsNum():
		w.X(wasm.OpLocalGet, local)
		return w.store(t)
	case isArray(&w.m, t):
		w.X(wasm.OpLocalGet, local)
		w.Op(wasm.OpArrayLen)
		return w.store(wasm.I32)
	case in.Op == wasm.OpRefCast || in.Op == wasm.OpRefCastNull:
		w.dynamic(wasm.TopHeap(t.Heap()), local)
		return w.store(wasm.I32)
	}
	return Recorded{Type: t}
}

// store writes what puts the value of type t on the stack into a new global.
func (w *instrumenter) store(t wasm.ValType) Recorded {
	recorded, index := w.global(t)
	w.X(wasm.OpGlobalSet, index)
	return recorded
}

// global adds an exported global for a number of type t.
func (w *instrumenter) global(t wasm.ValType) (Recorded, uint32) {
	name := fmt.Sprintf("wazedge:replay/%d", w.count)
	w.count++
	index := w.m.ImportedCount(wasm.ExternGlobal) + uint32(len(w.m.Globals))
	w.m.Globals = append(w.m.Globals, wasm.Global{Type: wasm.GlobalType{Type: t, Mutable: true}, Init: zero(t)})
	w.m.Exports = append(w.m.Exports, wasm.Export{Name: name, Kind: wasm.ExternGlobal, Index: index})
	return Recorded{Type: t, Global: name}, index
}

// sizes writes what records how large the memories or tables are that in accesses.
func (w *instrumenter) sizes(in *wasm.Instr) {
	size := func(op wasm.Op, x uint32, t wasm.ValType) {
		w.X(op, x)
		w.out.Sizes = append(w.out.Sizes, w.store(t))
	}
	memory := func(x uint32) { size(wasm.OpMemorySize, x, w.m.MemoryTypeOf(x).Limits.AddrType()) }
	table := func(x uint32) { size(wasm.OpTableSize, x, w.m.TableTypeOf(x).Limits.AddrType()) }
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg, wasm.ImmMemArgLane, wasm.ImmMem:
		memory(in.X)
	case wasm.ImmDataMem:
		memory(in.Y)
	case wasm.ImmMemMem:
		memory(in.X)
		memory(in.Y)
	case wasm.ImmTable:
		table(in.X)
	case wasm.ImmElemTable, wasm.ImmCallIndirect:
		table(in.Y)
	case wasm.ImmTableTable:
		table(in.X)
		table(in.Y)
	}
}

// callee writes what records the element, at the index in a local, of the table
// that in calls through.
func (w *instrumenter) callee(in *wasm.Instr, index uint32) {
	t := w.m.TableTypeOf(in.Y)
	element := w.local(wasm.RefNull(t.Elem.Heap()))
	less := wasm.OpI32LtU
	if t.Limits.Addr64 {
		less = wasm.OpI64LtU
	}
	w.X(wasm.OpLocalGet, index)
	w.X(wasm.OpTableSize, in.Y)
	w.Op(less)
	w.Block(wasm.OpIf)
	w.X(wasm.OpLocalGet, index)
	w.X(wasm.OpTableGet, in.Y)
	w.X(wasm.OpLocalSet, element)
	w.dynamic(wasm.HeapFunc, element)
	w.out.Callee = w.store(wasm.I32)
	w.End()
}

// dynamic leaves what the reference in a local is, which is below top: the type
// that was declared last of those that it has, as subtypes follow their supertypes.
func (w *instrumenter) dynamic(top wasm.HeapType, local uint32) {
	w.I32(Unknown)
	choose := func(h wasm.HeapType, code int32) {
		w.I32(code)
		w.X(wasm.OpLocalGet, local)
		w.Instr(&wasm.Instr{Op: wasm.OpRefTest, Heap: h})
		w.Op(wasm.OpI32Eqz)
		w.Op(wasm.OpSelect)
	}
	if top == wasm.HeapAny {
		choose(wasm.HeapI31, IsI31)
	}
	for t := range w.m.Types {
		if topOf(&w.m, wasm.HeapType(t)) == top {
			choose(wasm.HeapType(t), int32(t))
		}
	}
	w.I32(IsNull)
	w.X(wasm.OpLocalGet, local)
	w.Op(wasm.OpRefIsNull)
	w.Op(wasm.OpI32Eqz)
	w.Op(wasm.OpSelect)
}

// recordDrops has every instruction that drops the segment which in reads record it.
func (w *instrumenter) recordDrops(in *wasm.Instr) {
	drop, x := wasm.OpDataDrop, in.X
	switch in.Op {
	case wasm.OpMemoryInit:
	case wasm.OpArrayNewData, wasm.OpArrayInitData:
		x = in.Y
	case wasm.OpTableInit:
		drop = wasm.OpElemDrop
	case wasm.OpArrayNewElem, wasm.OpArrayInitElem:
		drop, x = wasm.OpElemDrop, in.Y
	default:
		return
	}
	recorded, index := w.global(wasm.I32)
	w.out.Dropped = recorded
	var note wasm.Emitter
	note.I32(1)
	note.X(wasm.OpGlobalSet, index)
	for n := range w.m.Bodies {
		w.m.Bodies[n].Code = behind(w.m.Bodies[n], drop, x, note.Code)
	}
}

// behind is the code of b with more behind every op that names x.
func behind(b wasm.Body, op wasm.Op, x uint32, more []byte) []byte {
	_, r, err := b.Locals(everything)
	if err != nil {
		return b.Code
	}
	var code []byte
	copied := 0
	for r.More() {
		var in wasm.Instr
		if r.Next(&in) != nil {
			return b.Code
		}
		if in.Op == op && in.X == x {
			at := len(b.Code) - len(r.Rest())
			code = append(append(code, b.Code[copied:at]...), more...)
			copied = at
		}
	}
	if copied == 0 {
		return b.Code
	}
	return append(code, b.Code[copied:]...)
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

// operands are the types of the operands of in, or nil when nothing is to be recorded
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
	case wasm.OpArrayNewData, wasm.OpArrayNewElem:
		return []wasm.ValType{wasm.I32, wasm.I32}
	case wasm.OpRefCast, wasm.OpRefCastNull:
		return []wasm.ValType{wasm.RefNull(topOf(m, in.Heap))}
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

// topOf is the top of h's hierarchy.
func topOf(m *wasm.Module, h wasm.HeapType) wasm.HeapType {
	switch {
	case !h.IsIndex():
		return wasm.TopHeap(h)
	case m.Types[h].Kind == wasm.CompFunc:
		return wasm.HeapFunc
	}
	return wasm.HeapAny
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
