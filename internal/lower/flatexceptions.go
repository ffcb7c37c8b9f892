package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// FlatExceptions turns exceptions into globals that functions return with: one has
// the tag of the exception under way, others what that carries. Behind every call
// that may throw stands a test of the first. A reference to an exception is the
// values of all these globals, which go wherever it goes in its function: there is
// no object, and nothing to be freed.
//
// It is for a module that nothing is linked with, as other modules' exceptions
// carry what this one's globals cannot hold. What it cannot do, it leaves as it is
// for [Exceptions]: references to exceptions that leave their function, tags that
// carry much, and results of functions that have no default.
//
// The result exports the global of the tag as [FlatException] says. Whoever calls
// an export has to look at it when it returns, and to set it to 0.
func FlatExceptions(m *wasm.Module) (*wasm.Module, error) {
	p := &flatExceptions{
		m: m, imports: m.ImportedCount(wasm.ExternFunc),
		first: m.ImportedCount(wasm.ExternGlobal) + uint32(len(m.Globals)),
	}
	if !p.layOut() || exnOutside(m) {
		return m, nil
	}
	var err error
	if p.throwing, err = findThrowing(m); err != nil {
		return nil, err
	}
	if !p.fits() {
		return m, nil
	}
	return p.run()
}

// FlatException is the export name of the global that is not 0 while an exception
// is under way in the result of [FlatExceptions] for a module with m's exports.
func FlatException(m *wasm.Module) string {
	name := "wazedge:exception"
	for slices.ContainsFunc(m.Exports, func(e wasm.Export) bool { return e.Name == name }) {
		name += "'"
	}
	return name
}

// maxCarried is how many globals what exceptions carry may take: the engine reads
// every one again behind every call.
const maxCarried = 16

// flatExceptions is the state of the pass.
type flatExceptions struct {
	*throwing
	m, out  *wasm.Module
	spaces  *wasm.Spaces   // of m
	imports uint32         // of functions
	first   uint32         // global: the tag of the exception under way, counted from 1; 0 for none
	carries []wasm.ValType // of the globals behind it
	slots   [][]uint32     // of each tag: the global of each parameter
	blocks  blockTypesMade
}

// layOut gives each parameter of each tag a global: parameters of one type and tag
// have different ones. It reports whether that is possible.
func (p *flatExceptions) layOut() bool {
	m := p.m
	if m.ImportedCount(wasm.ExternTag) > 0 {
		return false
	}
	places := map[wasm.ValType][]uint32{}
	for _, t := range m.Tags {
		used := map[wasm.ValType]int{}
		var slots []uint32
		for _, param := range m.Types[t].Func.Params {
			param = held(param)
			if used[param] == len(places[param]) {
				p.carries = append(p.carries, param)
				places[param] = append(places[param], p.first+uint32(len(p.carries)))
			}
			slots = append(slots, places[param][used[param]])
			used[param]++
		}
		p.slots = append(p.slots, slots)
		if len(p.carries) > maxCarried {
			return false
		}
	}
	return true
}

// held is the type of a global that holds values of type t and begins as nothing.
func held(t wasm.ValType) wasm.ValType {
	if t.IsRef() {
		return wasm.RefNull(t.Heap())
	}
	return t
}

// exnOutside reports whether references to exceptions may be anywhere in m but in
// locals and on the stack of a function.
func exnOutside(m *wasm.Module) bool {
	for i := range m.Imports {
		im := &m.Imports[i]
		if isExn(im.Global.Type) || isExn(im.Table.Elem) || im.Kind == wasm.ExternFunc && exnFunc(&m.Types[im.Type].Func) {
			return true
		}
	}
	for _, t := range slices.Concat(m.Funcs, m.Tags) {
		if exnFunc(&m.Types[t].Func) {
			return true
		}
	}
	return slices.ContainsFunc(m.Globals, func(g wasm.Global) bool { return isExn(g.Type.Type) }) ||
		slices.ContainsFunc(m.Tables, func(t wasm.Table) bool { return isExn(t.Type.Elem) }) ||
		slices.ContainsFunc(m.Elems, func(e wasm.ElemSegment) bool { return isExn(e.Type) })
}

// fits reports whether the bodies are such that the pass can do them.
func (p *flatExceptions) fits() bool {
	for i, use := range p.bodies {
		results := p.m.Types[p.m.Funcs[i]].Func.Results
		if use.strange || p.funcs[p.imports+uint32(i)] &&
			slices.ContainsFunc(results, func(t wasm.ValType) bool { return !t.Defaultable() }) {
			return false
		}
	}
	return true
}

func (p *flatExceptions) run() (*wasm.Module, error) {
	out := *p.m
	p.out, p.spaces = &out, p.m.Spaces()
	out.Tags = nil
	out.Exports = slices.DeleteFunc(slices.Clone(out.Exports), func(e wasm.Export) bool { return e.Kind == wasm.ExternTag })
	out.Exports = append(out.Exports, wasm.Export{Name: FlatException(&out), Kind: wasm.ExternGlobal, Index: p.first})
	out.Globals = slices.Clip(out.Globals)
	for _, t := range p.exception() {
		var e wasm.Emitter
		zeroOf(&e, t)
		e.End()
		out.Globals = append(out.Globals, wasm.Global{Type: wasm.GlobalType{Type: t, Mutable: true}, Init: wasm.Expr{Code: e.Code}})
	}
	p.flattenTypes()
	bodies, err := rewriteBodies(p.out, p.begin)
	if err != nil {
		return nil, err
	}
	out.Bodies = bodies
	return p.out, nil
}

// exception are the types of the values that an exception is.
func (p *flatExceptions) exception() []wasm.ValType {
	return append([]wasm.ValType{wasm.I32}, p.carries...)
}

// flattenTypes changes the types of blocks that take or leave references to
// exceptions; no function has such a type.
func (p *flatExceptions) flattenTypes() {
	p.out.Types = slices.Clone(p.out.Types)
	for i := range p.out.Types {
		if f := &p.out.Types[i].Func; exnFunc(f) {
			f.Params, f.Results = p.flatten(f.Params), p.flatten(f.Results)
		}
	}
}

// flatten is types with the values in the place of references to exceptions.
func (p *flatExceptions) flatten(types []wasm.ValType) []wasm.ValType {
	var flat []wasm.ValType
	for _, t := range types {
		if isExn(t) {
			flat = append(flat, p.exception()...)
		} else {
			flat = append(flat, t)
		}
	}
	return flat
}

func (p *flatExceptions) begin(b *body, _ wasm.Body) (rewriteFunc, error) {
	use := p.bodies[b.index]
	throws := p.funcs[p.imports+uint32(b.index)]
	if !throws && !use.throws && !use.refers {
		return nil, nil // whatever it calls returns without an exception, or not at all
	}
	u := newUnwinding(p)
	rewrite := u.rewrite
	if use.refers {
		rewrite = newExnValues(p, u, b).rewrite
	}
	if throws {
		u.land(b)
	}
	return rewrite, nil
}

// The methods of thrower.

func (p *flatExceptions) raise(b *body, tag uint32) {
	for _, g := range slices.Backward(p.slots[tag]) {
		b.X(wasm.OpGlobalSet, g)
	}
	b.I32(int32(tag + 1))
	b.X(wasm.OpGlobalSet, p.first)
}

func (p *flatExceptions) reraise(b *body) {
	for i := len(p.carries); i >= 0; i-- {
		b.X(wasm.OpGlobalSet, p.first+uint32(i))
	}
	b.X(wasm.OpGlobalGet, p.first)
	b.Op(wasm.OpI32Eqz)
	trapIfNull(b)
}

// trapIfNull traps as ref.as_non_null does if the number on the stack is not 0.
func trapIfNull(b *body) {
	b.Block(wasm.OpIf)
	b.Null(wasm.HeapFunc)
	b.Op(wasm.OpRefAsNonNull)
	b.Op(wasm.OpUnreachable)
	b.End()
}

func (p *flatExceptions) ifUnderWay(b *body) {
	b.X(wasm.OpGlobalGet, p.first)
	b.Block(wasm.OpIf)
}

func (p *flatExceptions) ifThrownWith(b *body, tag uint32) {
	b.X(wasm.OpGlobalGet, p.first)
	b.I32(int32(tag + 1))
	b.Op(wasm.OpI32Eq)
	b.Block(wasm.OpIf)
}

func (p *flatExceptions) carried(b *body, tag uint32) {
	for i, param := range p.m.Types[p.m.Tags[tag]].Func.Params {
		b.X(wasm.OpGlobalGet, p.slots[tag][i])
		if !param.Defaultable() {
			b.Op(wasm.OpRefAsNonNull)
		}
	}
}

func (p *flatExceptions) take(b *body, wanted bool) {
	if wanted {
		for i := range p.exception() {
			b.X(wasm.OpGlobalGet, p.first+uint32(i))
		}
	}
	b.I32(0)
	b.X(wasm.OpGlobalSet, p.first)
}

func (p *flatExceptions) params(t wasm.BlockType) wasm.BlockType {
	params, _ := blockTypes(p.out, t)
	return p.blocks.taking(p.out, params)
}

func (p *flatExceptions) dummy(b *body, t wasm.ValType) { zeroOf(&b.Emitter, t) }
