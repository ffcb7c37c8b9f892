package lower_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// A random module computes with locals of all types, keeps many of them alive at
// once, and folds everything into one number. What the compiler makes of it must
// agree with the interpreter. An access outside of a memory ends the test: nothing
// can be read or written below one.

// engineOps are the instructions of the table whose operands and results are
// numbers and vectors, by the letter of their result.
var engineOps = func() map[byte][]wasm.Op {
	ops := map[byte][]wasm.Op{}
	for op := range wasm.NumOps {
		info := op.Info()
		switch info.Imm {
		case wasm.ImmNone, wasm.ImmLane, wasm.ImmShuffle:
		default:
			continue
		}
		n := len(info.Sig)
		if n < 3 || info.Sig[n-2] != ':' || info.Needs&wasm.RelaxedSIMD != 0 {
			continue
		}
		ops[info.Sig[n-1]] = append(ops[info.Sig[n-1]], op)
	}
	return ops
}()

// accesses are the instructions that load and store, atomic ones that wait left out.
var accesses = func() (ops []wasm.Op) {
	for op := range wasm.NumOps {
		switch info := op.Info(); {
		case op == wasm.OpMemoryAtomicWait32 || op == wasm.OpMemoryAtomicWait64:
		case info.Imm == wasm.ImmMemArg || info.Imm == wasm.ImmMemArgLane:
			ops = append(ops, op)
		}
	}
	return ops
}()

var letterTypes = map[byte]wasm.ValType{'i': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128}

const (
	letters      = "iIfFv"
	localsOfType = 14
	unfilled     = localsOfType - 1                    // in modules of fused expressions, a local that begins as 0
	addressLocal = uint32(len(letters) * localsOfType) // the first of some that hold addresses
	addresses    = 4
	counterLocal = addressLocal + addresses // the first counter of a loop
	hashLocal    = counterLocal + maxNested
	scratchLocal = hashLocal + 1 // one of each type that has NaNs: f32, f64, v128
	maxNested    = 3
	highPages    = 40000
)

// engineGen writes one random module. below takes its decisions.
type engineGen struct {
	below  func(n int) int
	high   bool // addresses are constants of 2^31 and more
	fused  bool // expressions are such as the compiler makes one instruction of
	favour []wasm.Op
	e      wasm.Emitter
	m      *wasm.Module
	depth  int // of loops
	fuel   int
}

// engineModule is a random module with an exported function "main" without
// parameters whose result is an i64.
func engineModule(below func(int) int, high bool, favour ...wasm.Op) *wasm.Module {
	return (&engineGen{below: below, high: high, favour: favour}).module()
}

// fusedModule is one whose expressions are such as the compiler makes one instruction
// of.
func fusedModule(below func(int) int) *wasm.Module {
	return (&engineGen{below: below, fused: true}).module()
}

func (g *engineGen) module() *wasm.Module {
	below, high := g.below, g.high
	limits := wasm.Limits{Min: 1, Max: 1, HasMax: true}
	if high {
		limits = wasm.Limits{Min: highPages, Max: highPages + 100, HasMax: true, Shared: below(4) == 0}
	}
	g.m = &wasm.Module{
		Memories: []wasm.MemoryType{{Limits: limits}},
		Exports:  []wasm.Export{{Name: "main", Kind: wasm.ExternFunc}},
		Datas: wasm.DataSegmentsOf([]wasm.DataSegment{
			{Flags: 1, Mode: wasm.Passive, Init: []byte("0123456789abcdef")},
			{Offset: wasm.Expr{Code: []byte{0x41, 0, 0x0B}}, Init: noise()},
		}),
		DataCount: new(uint32),
	}
	*g.m.DataCount = 2
	g.function("")
	for range 1 + below(3) {
		params := ""
		for range below(12) {
			params += string(letters[below(len(letters))])
		}
		g.function(params)
	}
	for f := range g.m.Funcs {
		g.m.Bodies = append(g.m.Bodies, g.body(f))
	}
	return g.m
}

// function declares a function.
func (g *engineGen) function(params string) {
	t := wasm.FuncType{Results: []wasm.ValType{wasm.I64}}
	for i := range len(params) {
		t.Params = append(t.Params, letterTypes[params[i]])
	}
	n := uint32(len(g.m.Types))
	g.m.Types = append(g.m.Types, wasm.SubType{Kind: wasm.CompFunc, Func: t, Final: true})
	g.m.RecGroups = append(g.m.RecGroups, wasm.RecGroup{Start: n, Len: 1})
	g.m.Funcs = append(g.m.Funcs, n)
}

// body writes function f, which calls only those behind it. Its locals come before
// those that the rest of the generator knows.
func (g *engineGen) body(f int) wasm.Body {
	params := g.m.Types[f].Func.Params
	g.e, g.depth, g.fuel = wasm.Emitter{}, 0, 60
	base := uint32(len(params))
	w := engineBody{g, base, f}
	w.fill()
	used := map[byte]uint32{}
	for i, t := range params {
		for n := range len(letters) {
			if letterTypes[letters[n]] == t && used[letters[n]] < localsOfType {
				g.e.X(wasm.OpLocalGet, uint32(i))
				g.e.X(wasm.OpLocalSet, base+uint32(n*localsOfType)+used[letters[n]])
				used[letters[n]]++
			}
		}
	}
	w.row()
	for range 4 + g.below(20) {
		w.statement()
	}
	for n := range len(letters) {
		for i := range localsOfType {
			w.get(letters[n], i)
			w.fold(letters[n])
		}
	}
	g.e.X(wasm.OpLocalGet, base+hashLocal)
	g.e.End()
	var runs []wasm.LocalRun
	for n := range len(letters) {
		runs = append(runs, wasm.LocalRun{N: localsOfType, Type: letterTypes[letters[n]]})
	}
	runs = append(runs, wasm.LocalRun{N: addresses + maxNested, Type: wasm.I32}, wasm.LocalRun{N: 1, Type: wasm.I64},
		wasm.LocalRun{N: 1, Type: wasm.F32}, wasm.LocalRun{N: 1, Type: wasm.F64}, wasm.LocalRun{N: 1, Type: wasm.V128})
	return g.e.Body(0, runs)
}

// engineBody writes the statements of function f, whose locals begin at base.
type engineBody struct {
	*engineGen
	base uint32
	f    int
}

func (w engineBody) local(letter byte, i int) uint32 {
	for n := range len(letters) {
		if letters[n] == letter {
			return w.base + uint32(n*localsOfType+i)
		}
	}
	panic("no such type")
}

func (w engineBody) get(letter byte, i int) { w.e.X(wasm.OpLocalGet, w.local(letter, i)) }

func (w engineBody) address() uint32 { return w.base + addressLocal + uint32(w.below(addresses)) }

// fill gives the locals values that are not known before they are loaded.
func (w engineBody) fill() {
	loads := map[byte][]wasm.Op{
		'i': {wasm.OpI32Load}, 'I': {wasm.OpI64Load}, 'f': {wasm.OpI32Load, wasm.OpF32ConvertI32S},
		'F': {wasm.OpI64Load, wasm.OpF64ConvertI64S}, 'v': {wasm.OpV128Load},
	}
	for n := range len(letters) {
		for i := range localsOfType {
			if w.fused && i == unfilled {
				continue
			}
			w.e.I32(0)
			ops := loads[letters[n]]
			w.e.Mem(ops[0], 0, uint64(16*(n*localsOfType+i)))
			for _, op := range ops[1:] {
				w.e.Op(op)
			}
			w.e.X(wasm.OpLocalSet, w.local(letters[n], i))
		}
	}
}

// noise is what the locals are filled from.
func noise() []byte {
	b := make([]byte, 16*len(letters)*localsOfType)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

// fold takes an operand into the hash.
func (w engineBody) fold(letter byte) {
	switch letter {
	case 'i':
		w.e.Op(wasm.OpI64ExtendI32U)
	case 'f':
		w.e.Op(wasm.OpI32ReinterpretF32)
		w.e.Op(wasm.OpI64ExtendI32U)
	case 'F':
		w.e.Op(wasm.OpI64ReinterpretF64)
	case 'v':
		l := w.base + scratchLocal + 2
		w.e.X(wasm.OpLocalTee, l)
		w.e.Instr(&wasm.Instr{Op: wasm.OpI64x2ExtractLane, Lane: 0})
		w.fold('I')
		w.e.X(wasm.OpLocalGet, l)
		w.e.Instr(&wasm.Instr{Op: wasm.OpI64x2ExtractLane, Lane: 1})
	}
	w.e.X(wasm.OpLocalGet, w.base+hashLocal)
	w.e.I64(0x100000001b3)
	w.e.Op(wasm.OpI64Mul)
	w.e.Op(wasm.OpI64Add)
	w.e.X(wasm.OpLocalSet, w.base+hashLocal)
}

func (w engineBody) statement() {
	if w.engineGen.fuel--; w.engineGen.fuel < 0 {
		return
	}
	n := w.below(16)
	if w.high && w.below(4) > 0 {
		n = []int{6, 8, 8, 8, 8, 11, 12, 13, 15}[w.below(9)]
	}
	switch {
	case n < 6:
		letter := letters[w.below(len(letters))]
		w.value(letter, 3)
		w.e.X(wasm.OpLocalSet, w.local(letter, w.below(localsOfType)))
	case n < 8:
		w.moveAddress()
	case n < 11:
		w.access()
	case n == 11:
		w.call()
	case n == 12:
		w.test()
		w.e.Block(wasm.OpIf)
		w.statement()
		w.statement()
		if w.below(2) == 0 {
			w.e.Op(wasm.OpElse)
			w.statement()
		}
		w.e.End()
	case n == 13:
		w.loop()
	case n == 14:
		w.bulk()
	default:
		w.e.I32(0)
		w.e.X(wasm.OpMemoryGrow, 0)
		w.fold('i')
	}
}

// row gives locals new values one behind the other, more than there are registers,
// that are all used only later.
func (w engineBody) row() {
	for range 20 + w.below(60) {
		letter := letters[w.below(len(letters))]
		if len(w.favour) > 0 && w.below(4) > 0 {
			sig := w.favour[w.below(len(w.favour))].Info().Sig
			letter = sig[len(sig)-1]
		}
		w.operation(letter, 1)
		w.e.X(wasm.OpLocalSet, w.local(letter, w.below(localsOfType)))
	}
}

// test writes what an if is decided by.
func (w engineBody) test() {
	if w.fused {
		w.condition(2)
	} else {
		w.value('i', 1)
	}
}

func (w engineBody) loop() {
	if w.depth == maxNested {
		return
	}
	counter := w.base + counterLocal + uint32(w.depth)
	w.engineGen.depth++
	w.e.I32(int32(1 + w.below(4)))
	w.e.X(wasm.OpLocalSet, counter)
	w.e.Block(wasm.OpLoop)
	for range 1 + w.below(4) {
		w.statement()
	}
	w.e.X(wasm.OpLocalGet, counter)
	w.e.I32(1)
	w.e.Op(wasm.OpI32Sub)
	w.e.X(wasm.OpLocalTee, counter)
	w.e.X(wasm.OpBrIf, 0)
	w.e.End()
	w.engineGen.depth--
}

func (w engineBody) call() {
	if w.f+1 >= len(w.m.Funcs) {
		return
	}
	f := w.f + 1 + w.below(len(w.m.Funcs)-w.f-1)
	for _, t := range w.m.Types[f].Func.Params {
		for letter, is := range letterTypes {
			if is == t {
				w.value(letter, 1)
			}
		}
	}
	w.e.X(wasm.OpCall, uint32(f))
	w.fold('I')
}

// place writes an address.
func (w engineBody) place() {
	if w.high {
		if w.below(4) == 0 {
			w.constantAddress()
		} else {
			w.e.X(wasm.OpLocalGet, w.address())
		}
		return
	}
	w.value('i', 1)
	w.e.I32(0x7FF0)
	w.e.Op(wasm.OpI32And)
}

func (w engineBody) constantAddress() {
	base := uint32(1 << 31)
	if w.below(4) == 0 {
		base = highPages*65536 - 40000
	}
	w.e.I32(int32(base + 16*uint32(w.below(64))))
}

// moveAddress gives a local an address in one of the ways that a compiler may see
// through.
func (w engineBody) moveAddress() {
	switch w.below(6) {
	case 0:
		w.constantAddress()
	case 1:
		w.e.X(wasm.OpLocalGet, w.address())
	case 2:
		w.place()
		w.e.I32(int32(32 * w.below(2)))
		w.e.Op([]wasm.Op{wasm.OpI32Shl, wasm.OpI32ShrS, wasm.OpI32ShrU}[w.below(3)])
	case 3:
		w.e.BlockOf(wasm.OpBlock, wasm.I32)
		w.place()
		w.value('i', 1)
		w.e.X(wasm.OpBrIf, 0)
		if w.below(2) == 0 {
			w.e.Op(wasm.OpDrop)
			w.place()
		}
		w.e.End()
	case 4:
		w.value('i', 1)
		w.e.BlockOf(wasm.OpIf, wasm.I32)
		w.place()
		w.e.Op(wasm.OpElse)
		w.place()
		w.e.End()
	default:
		w.place()
		w.place()
		w.value('i', 1)
		w.e.Op(wasm.OpSelect)
	}
	w.e.X(wasm.OpLocalSet, w.address())
}

// access writes a load or store.
func (w engineBody) access() {
	op := accesses[w.below(len(accesses))]
	info := op.Info()
	w.place()
	params := info.Sig[1:]
	for params[0] != ':' {
		w.value(params[0], 1)
		params = params[1:]
	}
	in := wasm.Instr{Op: op, Align: uint32(info.Access), Val: uint64([]int{0, 0, 0, 16, 4096, 20000}[w.below(6)])}
	if info.Lanes > 0 {
		in.Lane = uint8(w.below(int(info.Lanes)))
	}
	w.e.Instr(&in)
	if len(params) > 1 {
		w.canonical(op, params[1])
		w.fold(params[1])
	}
}

// bulk writes memory.fill, memory.copy or memory.init.
func (w engineBody) bulk() {
	w.place()
	switch w.below(3) {
	case 0:
		w.value('i', 1)
		w.e.I32(int32(w.below(40)))
		w.e.X(wasm.OpMemoryFill, 0)
	case 1:
		w.place()
		w.e.I32(int32(w.below(40)))
		w.e.XY(wasm.OpMemoryCopy, 0, 0)
	default:
		w.e.I32(int32(w.below(8)))
		w.e.I32(int32(w.below(8)))
		w.e.XY(wasm.OpMemoryInit, 0, 0)
	}
}

// value writes an operand.
func (w engineBody) value(letter byte, depth int) {
	switch n := w.below(10); {
	case w.fused && w.below(4) == 0:
		w.constant(letter)
	case depth == 0 || n < 3:
		w.get(letter, w.below(localsOfType))
	case n < 4:
		w.constant(letter)
	case w.fused && w.below(2) == 0:
		w.together(letter, depth)
	default:
		w.operation(letter, depth)
	}
}

func (w engineBody) operation(letter byte, depth int) {
	list := engineOps[letter]
	if w.below(3) == 0 {
		var liked []wasm.Op
		for _, op := range w.favour {
			if sig := op.Info().Sig; sig[len(sig)-1] == letter {
				liked = append(liked, op)
			}
		}
		if len(liked) > 0 {
			list = liked
		}
	}
	op := list[w.below(len(list))]
	info := op.Info()
	if info.Traps && !divides(op) && w.below(16) > 0 {
		w.get(letter, w.below(localsOfType))
		return
	}
	in := wasm.Instr{Op: op}
	for i := 0; info.Sig[i] != ':'; i++ {
		w.value(info.Sig[i], depth-1)
	}
	if divides(op) && w.below(100) > 0 {
		// Most divisors are not 0, some are -1.
		if letter == 'i' {
			w.e.I32(1)
			w.e.Op(wasm.OpI32Or)
		} else {
			w.e.I64(1)
			w.e.Op(wasm.OpI64Or)
		}
	}
	switch info.Imm {
	case wasm.ImmLane:
		in.Lane = uint8(w.below(int(info.Lanes)))
	case wasm.ImmShuffle:
		for range 8 {
			in.Val, in.Hi = in.Val<<8|uint64(w.below(32)), in.Hi<<8|uint64(w.below(32))
		}
	}
	w.e.Instr(&in)
	w.canonical(op, letter)
}

// loads are the instructions that load from plain memory, by the letter of their result.
var loads = func() map[byte][]wasm.Op {
	ops := map[byte][]wasm.Op{}
	for _, op := range accesses {
		if sig := op.Info().Sig; len(sig) == 3 && sig[1] == ':' && !strings.Contains(op.Info().Name, "atomic") {
			ops[sig[2]] = append(ops[sig[2]], op)
		}
	}
	return ops
}()

// compares are the instructions that compare scalars, by the letter of their operands.
var compares = func() map[byte][]wasm.Op {
	ops := map[byte][]wasm.Op{}
	for op := wasm.OpI32Eq; op <= wasm.OpF64Ge; op++ {
		if sig := op.Info().Sig; len(sig) == 4 {
			ops[sig[0]] = append(ops[sig[0]], op)
		}
	}
	return ops
}()

// ordinary are operations of integers that compilers make part of others.
var ordinary = map[byte][]wasm.Op{
	'i': {wasm.OpI32And, wasm.OpI32And, wasm.OpI32Or, wasm.OpI32Xor, wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI32Mul, wasm.OpI32Shl, wasm.OpI32ShrS, wasm.OpI32ShrU, wasm.OpI32Rotl, wasm.OpI32Rotr},
	'I': {wasm.OpI64And, wasm.OpI64And, wasm.OpI64Or, wasm.OpI64Xor, wasm.OpI64Add, wasm.OpI64Sub, wasm.OpI64Mul, wasm.OpI64Shl, wasm.OpI64ShrS, wasm.OpI64ShrU, wasm.OpI64Rotl, wasm.OpI64Rotr},
}

// extensions are instructions that widen or narrow an integer, by the letter of their
// result.
var extensions = map[byte][]wasm.Op{
	'i': {wasm.OpI32WrapI64, wasm.OpI32Extend8S, wasm.OpI32Extend16S, wasm.OpI32Eqz, wasm.OpI64Eqz, wasm.OpI32Clz, wasm.OpI32Ctz, wasm.OpI32Popcnt},
	'I': {wasm.OpI64ExtendI32S, wasm.OpI64ExtendI32U, wasm.OpI64Extend8S, wasm.OpI64Extend16S, wasm.OpI64Extend32S, wasm.OpI64Clz, wasm.OpI64Ctz, wasm.OpI64Popcnt},
}

// together writes an operand in a form that compilers for some processor make part of
// the instruction that uses it.
func (w engineBody) together(letter byte, depth int) {
	n := w.below(11)
	if letter != 'i' && letter != 'I' && n < 4 {
		n += 4
	}
	switch n {
	case 0, 1:
		ops := ordinary[letter]
		w.value(letter, depth-1)
		w.value(letter, depth-1)
		w.e.Op(ops[w.below(len(ops))])
	case 2:
		ops := extensions[letter]
		op := ops[w.below(len(ops))]
		w.value(op.Info().Sig[0], depth-1)
		w.e.Op(op)
	case 3:
		if letter == 'i' {
			w.condition(depth - 1)
		} else {
			w.value('i', depth-1)
			w.e.Op(wasm.OpI64ExtendI32U)
		}
	case 4, 5:
		w.load(letter)
	case 6:
		w.value(letter, depth-1)
		w.value(letter, depth-1)
		w.condition(depth - 1)
		w.e.Op(wasm.OpSelect)
	case 7:
		w.condition(depth - 1)
		w.e.BlockOf(wasm.OpIf, letterTypes[letter])
		w.value(letter, depth-1)
		w.e.Op(wasm.OpElse)
		w.value(letter, depth-1)
		w.e.End()
	case 8:
		w.e.BlockOf(wasm.OpBlock, letterTypes[letter])
		w.value(letter, depth-1)
		w.condition(depth - 1)
		w.e.X(wasm.OpBrIf, 0)
		w.e.Op(wasm.OpDrop)
		w.value(letter, depth-1)
		w.e.End()
	case 9:
		w.e.BlockOf(wasm.OpBlock, letterTypes[letter])
		w.e.BlockOf(wasm.OpBlock, letterTypes[letter])
		w.value(letter, depth-1)
		w.value('i', depth-1)
		w.e.Instr(&wasm.Instr{Op: wasm.OpBrTable, Labels: []uint32{0, 1, 0, 1}})
		w.e.End()
		w.e.Op(wasm.OpDrop)
		w.value(letter, depth-1)
		w.e.End()
	default:
		// A store between operands: what is loaded before must not see it.
		w.load(letter)
		w.store(letter)
		w.e.X(wasm.OpLocalSet, w.local(letter, w.below(localsOfType)))
		w.load(letter)
	}
}

// condition writes an i32 that is 0 or 1.
func (w engineBody) condition(depth int) {
	depth = max(depth, 0)
	letter := "iiIIfF"[w.below(6)]
	if n := w.below(8); n < 2 && letter != 'f' && letter != 'F' {
		w.bits(letter, n == 0)
		return
	}
	w.value(letter, depth)
	if w.below(3) == 0 && letter != 'f' && letter != 'F' {
		if letter == 'i' {
			w.e.Op(wasm.OpI32Eqz)
		} else {
			w.e.Op(wasm.OpI64Eqz)
		}
	} else {
		w.value(letter, depth)
		ops := compares[letter]
		w.e.Op(ops[w.below(len(ops))])
	}
	for range w.below(4) / 2 {
		w.e.Op(wasm.OpI32Eqz)
	}
}

// bits compares the result of a bitwise operation with a constant, which is on the
// left or on the right.
func (w engineBody) bits(letter byte, left bool) {
	if left {
		w.small(letter)
	}
	w.value(letter, 1)
	w.value(letter, 1)
	w.e.Op(ordinary[letter][w.below(4)])
	if !left {
		w.small(letter)
	}
	ops := compares[letter]
	w.e.Op(ops[w.below(len(ops))])
}

// small writes -1, 0 or 1, or a local that is 0 if it has not been set.
func (w engineBody) small(letter byte) {
	switch n := w.below(5); {
	case n == 0:
		w.get(letter, unfilled)
	case letter == 'i':
		w.e.I32(int32([]int{0, 0, 1, -1}[n-1]))
	default:
		w.e.I64(int64([]int{0, 0, 1, -1}[n-1]))
	}
}

// near writes one of a few addresses, in one of the forms that compilers know.
func (w engineBody) near() {
	switch w.below(3) {
	case 0:
		w.e.I32(int32(8 * w.below(8)))
	case 1:
		w.get('i', w.below(localsOfType))
		w.e.I32(0x38)
		w.e.Op(wasm.OpI32And)
	default:
		w.get('i', w.below(localsOfType))
		w.e.I32(7)
		w.e.Op(wasm.OpI32And)
		w.e.I32(int32(w.below(4)))
		w.e.Op(wasm.OpI32Shl)
		w.e.I32(int32(w.below(16)))
		w.e.Op(wasm.OpI32Add)
	}
}

func (w engineBody) load(letter byte) {
	op := loads[letter][w.below(len(loads[letter]))]
	w.near()
	w.e.Mem(op, 0, uint64([]int{0, 0, 8, 4096}[w.below(4)]))
	w.canonical(wasm.OpF32x4Add, letter)
}

// store stores a local in the middle of an expression.
func (w engineBody) store(letter byte) {
	op := map[byte]wasm.Op{'i': wasm.OpI32Store, 'I': wasm.OpI64Store, 'f': wasm.OpF32Store, 'F': wasm.OpF64Store, 'v': wasm.OpV128Store}[letter]
	w.near()
	w.get(letter, w.below(localsOfType))
	w.e.Mem(op, 0, 0)
}

// divides reports whether op is a division of integers.
func divides(op wasm.Op) bool {
	return op >= wasm.OpI32DivS && op <= wasm.OpI32RemU || op >= wasm.OpI64DivS && op <= wasm.OpI64RemU
}

// canonical makes NaNs, whose bits are not determined, something that is.
func (w engineBody) canonical(op wasm.Op, letter byte) {
	l, name := uint32(0), op.Info().Name
	switch {
	case letter == 'f', letter == 'F':
		l = w.base + scratchLocal
		eq := wasm.OpF32Eq
		if letter == 'F' {
			l, eq = l+1, wasm.OpF64Eq
		}
		w.e.X(wasm.OpLocalTee, l)
		if letter == 'f' {
			w.e.Instr(&wasm.Instr{Op: wasm.OpF32Const})
		} else {
			w.e.F64(0)
		}
		w.e.X(wasm.OpLocalGet, l)
		w.e.X(wasm.OpLocalGet, l)
		w.e.Op(eq)
		w.e.Op(wasm.OpSelect)
	case letter == 'v' && len(name) > 5 && (name[:5] == "f32x4" || name[:5] == "f64x2"):
		l = w.base + scratchLocal + 2
		eq := wasm.OpF32x4Eq
		if name[:5] == "f64x2" {
			eq = wasm.OpF64x2Eq
		}
		w.e.X(wasm.OpLocalTee, l)
		w.e.X(wasm.OpLocalGet, l)
		w.e.X(wasm.OpLocalGet, l)
		w.e.Op(eq)
		w.e.Op(wasm.OpV128And)
	}
}

var telling = []uint64{0, 1, 2, 7, 60, 127, 128, 255, 1 << 15, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1<<63 - 1, 1 << 63, math.MaxUint64, math.MaxUint64 - 1}

// tellingFloats are the bits of floats that behave in ways of their own.
var tellingFloats = []float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat32, 1 << 31, -1 << 31, 1 << 32, 1 << 63}

func (w engineBody) constant(letter byte) {
	v := telling[w.below(len(telling))]
	if w.fused && w.below(2) == 0 {
		switch f := tellingFloats[w.below(len(tellingFloats))]; letter {
		case 'i', 'I':
			v = uint64(1) << w.below(64) // or one less
			v -= uint64(w.below(2))
		case 'f':
			w.e.Instr(&wasm.Instr{Op: wasm.OpF32Const, Val: uint64(math.Float32bits(float32(f)))})
			return
		case 'F':
			w.e.F64(f)
			return
		}
	}
	switch letter {
	case 'i':
		w.e.I32(int32(v))
	case 'I':
		w.e.I64(int64(v))
	case 'f':
		w.e.Instr(&wasm.Instr{Op: wasm.OpF32Const, Val: uint64(math.Float32bits(float32(int64(v)) / 3))})
	case 'F':
		w.e.F64(float64(int64(v)) / 3)
	case 'v':
		w.e.Instr(&wasm.Instr{Op: wasm.OpV128Const, Val: v, Hi: telling[w.below(len(telling))]})
	}
}

// agree compares what compiled and interpreted code make of m.
func agree(t *testing.T, what string, m *wasm.Module) {
	t.Helper()
	agreeFile(t, what, wasm.Encode(m))
}

// agreeFile compares what compiled and interpreted code make of the module in file,
// which must be valid.
func agreeFile(t *testing.T, what string, file []byte) {
	t.Helper()
	compiled, interpreted := runMain(t, file, false), runMain(t, file, true)
	if compiled != interpreted {
		m, _ := wasm.Decode(file, everyProposal)
		t.Errorf("%s: compiled %s, interpreted %s\n%s", what, compiled, interpreted, text(t, m))
	}
}

// forEngine is what the engine is given for the module in file.
func forEngine(file []byte) ([]byte, error) {
	m, err := wasm.Decode(file, everyProposal)
	if err != nil {
		return nil, err
	}
	checked, err := validate.Module(m, everyProposal, validate.Options{Workers: 1})
	if err != nil {
		return nil, err
	}
	steps, err := lower.Lower(m, checked.Uses, false)
	if err != nil || len(steps) == 0 {
		return file, err
	}
	return wasm.Encode(steps[len(steps)-1].Module), nil
}

// runMain is what "main" of the module in file, which needs nothing else to run,
// returns.
func runMain(t *testing.T, file []byte, interpreter bool) string {
	t.Helper()
	ctx := t.Context()
	given, err := forEngine(file)
	if err != nil {
		t.Fatalf("%v: %x", err, file)
	}
	rt := engine.New(ctx, engine.Config{Interpreter: interpreter})
	defer rt.Close(ctx)
	code, err := rt.Compile(ctx, given, 1)
	if err != nil {
		t.Fatalf("%v: %x", err, file)
	}
	services, err := rt.Services(ctx, lower.ServiceModule)
	if err != nil {
		t.Fatal(err)
	}
	i, err := rt.Instantiate(ctx, code, engine.Options{Imports: func(string) *engine.Instance { return services }})
	if err != nil {
		t.Fatalf("instantiate: %v: %x", err, file)
	}
	stack := make([]uint64, 2)
	if err := i.Call(ctx, "main", stack); err != nil {
		return err.Error()
	}
	return fmt.Sprint(stack[0])
}

const everyProposal = wasm.Wasm3 | wasm.Threads

// random takes decisions by a generator of random numbers.
func random(seed uint64) func(int) int { return rand.New(rand.NewPCG(seed, 77)).IntN }

// decisions takes them from b, and gives 0 at the end of it.
func decisions(b []byte) func(int) int { return (&source{b}).below }

func TestHighAddresses(t *testing.T) {
	if testing.Short() {
		t.Skip("reserves gigabytes")
	}
	for seed := range uint64(many(40, 300)) {
		agree(t, fmt.Sprintf("seed %d", seed), engineModule(random(seed), true))
	}
}

func TestRandomFunctions(t *testing.T) {
	for seed := range uint64(many(40, 300)) {
		agree(t, fmt.Sprintf("seed %d", seed), engineModule(random(seed), false,
			wasm.OpI32RemS, wasm.OpI32RemU, wasm.OpI64RemS, wasm.OpI64RemU))
	}
}

// TestFusedInstructions runs functions full of what compilers make one instruction of.
func TestFusedInstructions(t *testing.T) {
	seeds := []uint64{1281, 3176, 500224} // they convert, and take signs, where registers are short
	for seed := range uint64(many(40, 1000)) {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		agree(t, fmt.Sprintf("seed %d", seed), fusedModule(random(seed)))
	}
}

func FuzzFusedInstructions(f *testing.F) {
	f.Add([]byte("constants, comparisons and loads"))
	f.Fuzz(func(t *testing.T, b []byte) { agree(t, "fuzz", fusedModule(decisions(b))) })
}

// many is some, or all where WAZEDGE_RANDOM asks for it.
func many(some, all int) int {
	if os.Getenv("WAZEDGE_RANDOM") == "all" {
		return all
	}
	return some
}

// TestRegisterPressure favours one instruction after the other.
func TestRegisterPressure(t *testing.T) {
	every := many(10, 1)
	for _, letter := range letters {
		for i, op := range engineOps[byte(letter)] {
			if i%every != 0 {
				continue
			}
			agree(t, op.String(), engineModule(random(uint64(op)), false, op))
		}
	}
}

func FuzzHighAddresses(f *testing.F) {
	f.Add([]byte("constant addresses"))
	f.Fuzz(func(t *testing.T, b []byte) { agree(t, "fuzz", engineModule(decisions(b), true)) })
}
