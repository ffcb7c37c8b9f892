package native

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/guard"
	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Recipe changes with whatever changes the code that is made.
const Recipe = "15"

// guardedRecipe is what [Recipe] has behind it for code whose accesses are guarded.
const guardedRecipe = " guarded"

// RecipeWith is [Recipe], for code whose accesses are guarded or not.
func RecipeWith(guards bool) string {
	if guards && here().guards() {
		return Recipe + guardedRecipe
	}
	return Recipe
}

// Guarded reports whether recipe is for code whose accesses are guarded.
func Guarded(recipe string) bool { return strings.HasSuffix(recipe, guardedRecipe) }

// Available reports whether there is a compiler for this machine, and the engine is the one
// that it was written for.
func Available() bool { return here() != nil && engine.Contract() == nil }

// Options say how a module is compiled.
type Options struct {
	// Processor is what the code may make use of, as [engine.Processor] says it.
	Processor uint64

	// Guarded leaves accesses of a module's own memory beyond its end to the pages around it, see
	// [engine.CompileOptions]; the artifact is to be loaded so.
	Guarded bool

	// Checkpoint is the function by which a metered guest has its limits looked at: the last import of that module and
	// name, which changes neither the memory, nor a global, nor a table of the instance that calls it. The zero value
	// stands for a guest without.
	Checkpoint Import

	// Counter, unless nil, finds the global that a metered guest counts in, of 64 bits. Code is as right with any other.
	Counter func(*wasm.Module) (global uint32, ok bool)

	// Listing, unless nil, gets what is made of each function: its values behind the passes, and its code.
	Listing io.Writer

	// Only, unless nil, says which of the module's own functions are compiled. It is for tests.
	Only func(own int) bool

	contract func() error // in the place of [Contract], for tests
}

// Import names an imported function.
type Import struct{ Module, Name string }

// in is the index of the last function of m that is imported by that name; false if there is none.
func (i Import) in(m *wasm.Module) (index uint32, ok bool) {
	n := uint32(0)
	for k := range m.Imports {
		if x := &m.Imports[k]; x.Kind == wasm.ExternFunc {
			if i != (Import{}) && x.Module == i.Module && x.Name == i.Name {
				index, ok = n, true
			}
			n++
		}
	}
	return index, ok
}

// Result is what [Optimize] has made.
type Result struct {
	// Artifact is the code, for a module that [Extend] has made.
	Artifact engine.Artifact
	// Places are where the instructions of our functions are; nil where the artifact says so.
	Places Places
	// Kept are the module's own functions that have the engine's code.
	Kept []uint32
	// Reasons say why, for each of Kept.
	Reasons []error
}

// errLayout is the error for an artifact that does not look as the engine makes it.
var errLayout = errors.New("native: this is not the engine's code of this module")

const pageOfCode = 64 // alignment of the engine's code behind ours

// Optimize compiles the module bin, of which a is the engine's code, for the processor of this machine. bin is valid.
//
// Our functions come first, in the order of the module; a function that keeps the engine's
// code has a jump to it there. The engine's code follows, if it is needed at all, of the others as well, which are
// nothing but jumps to ours: as a whole, or made anew without what nobody executes, see withoutRest. As addresses are
// taken for those of the last function that begins before them, the kept functions have a
// second number each, behind all others, which begins where the engine's code of them does.
func Optimize(bin []byte, a engine.Artifact, o Options) (*Result, error) {
	contract := Contract
	if o.contract != nil {
		contract = o.contract
	}
	if err := contract(); err != nil {
		return nil, err
	}
	l, ok := private.LayoutOf(private.Artifact(a))
	if !ok {
		return nil, errLayout
	}
	m, err := wasm.Decode(bin, features)
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	if len(m.Bodies) != len(l.Offsets) {
		return nil, errLayout
	}
	mod, err := moduleOf(m, o.Processor)
	if err != nil {
		return nil, err
	}
	mod.checkpoint, mod.checks = o.Checkpoint.in(m)
	mod.listing = listingTo(o.Listing)
	guarded := o.Guarded && mod.target.guards()
	mod.guarded = mod.guards(guarded)
	if o.Counter != nil {
		if g, ok := o.Counter(m); ok {
			mod.carryBy(g)
		}
	}
	res := &Result{}
	made := mod.compileAll(&o, res)
	if err := mod.listing.end(); err != nil {
		return nil, err
	}
	if len(res.Kept) == len(m.Bodies) {
		return nil, errors.New("native: no function could be compiled")
	}
	if len(res.Kept) == 0 && m.Start == nil {
		// Of code that is all ours the places are found when they are asked for, and are not read at each start before. What the engine
		// tells of a start function that fails is not enough for that.
		l.Placed, l.Places = false, nil
	}
	if len(res.Kept) > 0 && !l.Placed {
		if few, ok := mod.withoutRest(m, res.Kept); ok {
			l = few
		}
	}
	if err := mod.install(&l, made); err != nil {
		return nil, err
	}
	if guarded {
		l.Code = guard.Append(l.Code, sitesOf(made, l.Offsets))
	}
	if !l.Placed {
		res.Places = placesOf(made)
	}
	res.Artifact = engine.Artifact(l.Artifact())
	return res, nil
}

// compileAll compiles all functions of m that o wants, and notes in res which keep the engine's code.
func (m *module) compileAll(o *Options, res *Result) []*machineCode {
	made, why := make([]*machineCode, len(m.Bodies)), make([]error, len(m.Bodies))
	list := make([]int, len(m.Bodies))
	for i := range list {
		list[i] = i
	}
	for len(list) > 0 {
		var kept []uint32
		for _, i := range list {
			if o.Only != nil && !o.Only(i) {
				made[i], why[i] = nil, declined("not wanted")
			} else {
				made[i], why[i] = m.compile(i)
			}
			if why[i] != nil {
				kept = append(kept, uint32(i))
			}
		}
		list = m.drop(kept, made)
	}
	for i, err := range why {
		if err != nil {
			res.Kept = append(res.Kept, uint32(i))
			res.Reasons = append(res.Reasons, err)
			m.listing.kept(m.imported+uint32(i), err)
		}
	}
	return made
}

// moduleOf is what is known of m for its functions.
func moduleOf(m *wasm.Module, processor uint64) (*module, error) {
	s := m.Spaces()
	mod := &module{Spaces: s, layout: layoutOf(s), imported: m.ImportedCount(wasm.ExternFunc), target: here(), cpu: processor}
	mod.sigs = make([]*signature, len(m.Types))
	for _, sec := range m.Sections {
		if sec.ID == wasm.SectionCode {
			mod.start = uint32(sec.Offset)
		}
	}
	n := m.ImportedCount(wasm.ExternMemory) + uint32(len(m.Memories))
	if n > 1 {
		return nil, errors.New("native: several memories")
	}
	if n == 1 {
		l := s.MemoryTypeOf(0).Limits
		if l.Shared || l.Addr64 {
			return nil, errors.New("native: a shared memory or one of 64 bits")
		}
		mod.minMemory = l.Min << 16
	}
	imported := m.ImportedCount(wasm.ExternGlobal)
	for g := range imported + uint32(len(m.Globals)) {
		mod.globals = append(mod.globals, global{s.GlobalTypeOf(g).Type, g < imported})
	}
	return mod, nil
}

// compile compiles the module's own function i. An error says why it keeps the engine's
// code: whatever goes wrong here costs speed and nothing else.
func (m *module) compile(i int) (c *machineCode, err error) {
	defer func() {
		if p := recover(); p != nil {
			if d, ok := p.(declined); ok {
				c, err = nil, d
				return
			}
			c, err = nil, fmt.Errorf("native: defect in function %d: %v\n%s", i, p, debug.Stack())
		}
	}()
	f, err := build(m, i)
	if err != nil {
		return nil, err
	}
	f.optimize()
	if err := f.verifyAccesses(); err != nil {
		return nil, fmt.Errorf("native: defect in function %d: %w", i, err)
	}
	m.listing.values(f)
	l, err := placing(f)
	if err != nil {
		return nil, fmt.Errorf("native: defect in function %d: %w", i, err)
	}
	code := m.target.emit(l)
	if err := m.target.verify(l, &code); err != nil {
		return nil, fmt.Errorf("native: defect in function %d: %w", i, err)
	}
	code.parts, code.moves = nil, nil // they were for that
	m.listing.code(m.target, &code, m.start)
	return &code, nil
}

// placing is f as operations on registers and slots, which are proven to have what they are to.
func placing(f *fn) (*lfn, error) {
	l := lower(f)
	allocate(l)
	l.keepAtCheckpoints()
	l.shrink()
	if err := l.verifyGuards(); err != nil {
		return l, err
	}
	return l, l.verifyPlaces()
}

// install puts what was made into l.
func (m *module) install(l *private.Layout, made []*machineCode) error {
	a, tails := m.target.tails()
	jump, distance := m.target.jump()
	offsets := make([]uint64, len(made))
	var kept []int
	align := func(n int) {
		for len(a)%n != 0 {
			a = append(a, m.target.padding()...)
		}
	}
	// All of it has its room at once, as it may be most of the memory there is.
	size, number := len(a)+2*pageOfCode, 0
	for _, c := range made {
		if c == nil {
			size += pageOfCode
			continue
		}
		size += len(c.text) + 16 + 8*len(c.sites)
		if l.Placed {
			number += len(c.places)
		}
	}
	if slices.Contains(made, nil) {
		size, number = size+len(l.Code), number+len(l.Places)
	}
	a = slices.Grow(a, size)
	far := false
	link := func(code []byte, at, to int) { far = !m.target.link(code, at, to) || far }
	places := make([]private.Place, 0, number)
	for i, c := range made {
		align(16)
		at := len(a)
		offsets[i] = uint64(at)
		if c == nil {
			kept = append(kept, i)
			a = append(a, jump...)
			a = append(a, m.target.padding()...)
			continue
		}
		a = append(a, c.text...)
		for _, t := range c.traps {
			link(a, at+t.at, tails[uint8(t.target)])
		}
		last := int64(-1)
		for _, p := range c.places {
			if l.Placed && int64(p.at) > last {
				places = append(places, private.Place{Wasm: uint64(p.pos), Code: uint64(at) + uint64(p.at) - 1})
				last = int64(p.at)
			}
		}
		c.text = nil
	}
	align(pageOfCode)
	base := len(a)
	for i, c := range made {
		if c == nil {
			continue
		}
		for _, call := range c.calls {
			at := int(offsets[i]) + call.at
			to := call.target - int32(m.imported)
			inner := 0
			if made[to] != nil {
				inner = made[to].inner
			}
			link(a, at, int(offsets[to])+inner)
		}
	}
	if len(kept) > 0 {
		a = append(a, l.Code...)
		for i, c := range made {
			if c == nil {
				link(a, int(offsets[i])+distance, base+int(l.Offsets[i]))
				offsets = append(offsets, uint64(base)+l.Offsets[i])
				continue
			}
			end := uint64(len(l.Code))
			if i+1 < len(made) {
				end = l.Offsets[i+1]
			}
			if l.Offsets[i]+uint64(len(jump)) > end {
				return errLayout
			}
			from := base + int(l.Offsets[i])
			copy(a[from:], jump)
			link(a, from+distance, int(offsets[i]))
		}
		for _, p := range l.Places {
			places = append(places, private.Place{Wasm: p.Wasm, Code: p.Code + uint64(base)})
		}
	}
	if far || len(a) > 1<<30 {
		return errors.New("native: too much code")
	}
	l.Offsets, l.Code = offsets, a
	if l.Placed {
		l.Places = places
	}
	return nil
}

// Extend is m with a second number for each of its own functions in kept, behind all
// others: what the engine is given in the place of m for the code of [Optimize]. Their
// bodies say which functions they stand for, see [Aliases].
func Extend(m *wasm.Module, kept []uint32) *wasm.Module {
	if len(kept) == 0 {
		return m
	}
	out := *m
	out.Funcs = append([]uint32(nil), m.Funcs...)
	out.Bodies = append([]wasm.Body(nil), m.Bodies...)
	for _, i := range kept {
		out.Funcs = append(out.Funcs, m.Funcs[i])
		code := wasm.AppendS32(append([]byte(nil), aliasHead...), int32(i))
		out.Bodies = append(out.Bodies, wasm.Body{Code: append(code, aliasTail...)})
	}
	return &out
}

// The body of an alias: no locals, i32.const of what it stands for, drop, unreachable, end.
var (
	aliasHead = []byte{0, 0x41}
	aliasTail = []byte{0x1A, 0x00, 0x0B}
)

// Aliases are the second numbers in m, which [Extend] has made of a module without bodies.
func Aliases(m *wasm.Module) []engine.Alias {
	imported := m.ImportedCount(wasm.ExternFunc)
	var list []engine.Alias
	for n := len(m.Bodies) - 1; n >= 0; n-- {
		code := m.Bodies[n].Code
		if !bytes.HasPrefix(code, aliasHead) || !bytes.HasSuffix(code, aliasTail) {
			break
		}
		var in wasm.Instr
		if wasm.NewReader(code[1:], 0, features).Next(&in) != nil {
			break
		}
		list = append(list, engine.Alias{Index: imported + uint32(n), Of: imported + uint32(in.Val)})
	}
	slices.Reverse(list)
	return list
}
