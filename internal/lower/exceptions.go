package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Exceptions turns exceptions into structures that functions return with: the one
// that is under way is in a global which the modules of a store share, and behind
// every call that may throw stands a test of it. A tag is an object of its own,
// and the first field of the exceptions thrown with it.
//
// The engine has exceptions, but they cannot be relied on: a handler finds the
// locals as they were when its try_table was entered, vectors in an exception
// overwrite what is behind them, references to exceptions do not keep them alive,
// and entering a try_table copies the whole stack.
//
// Whoever calls an export of the result has to look whether an exception is under
// way when it returns.
func Exceptions(m *wasm.Module) (*wasm.Module, error) {
	p := &exceptions{m: m}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	p.throwing = reaching(p.out, func(in *wasm.Instr) bool { return in.Op == wasm.OpThrow || in.Op == wasm.OpThrowRef })
	out := p.out
	bodies, err := rewriteBodies(p.out, p.begin)
	if err != nil {
		return nil, err
	}
	out.Bodies = append(bodies, p.made...)
	return out, nil
}

// The types that stand in front of the module's own.
const (
	tagType       = iota // of the objects that tags are
	exceptionType        // a structure that begins with its tag
	addedTypes
)

// exceptions is the state of the pass.
type exceptions struct {
	m   *wasm.Module // as it came
	out *wasm.Module // with types and indices changed

	pending  uint32      // global: the exception under way
	tags     []uint32    // global of each tag
	thrown   []uint32    // type of the exceptions of each tag
	throwers []uint32    // function that makes one and has it be under way
	throwing []bool      // of each function: it may return with an exception
	nothing  uint32      // the first of the globals that dummies come from
	made     []wasm.Body // of the throwers
	blocks   blockTypesMade
}

// prepare makes out: the module with its tags as globals and its references to
// exceptions as references to structures, the instructions left as they are.
func (p *exceptions) prepare() error {
	m := p.m
	globals, tags := m.ImportedCount(wasm.ExternGlobal), m.ImportedCount(wasm.ExternTag)
	r := wasm.Remap{
		Type:     wasm.Shift(0, addedTypes),
		Global:   wasm.Shift(globals, tags+1+uint32(len(bottoms))),
		Abstract: exceptionHeap,
	}
	out, err := r.Module(m)
	if err != nil {
		return err
	}
	p.out = out
	p.addTypes()
	p.moveImports(globals)
	p.addTags()
	for i := range out.Exports {
		if e := &out.Exports[i]; e.Kind == wasm.ExternTag {
			e.Kind, e.Index = wasm.ExternGlobal, p.tags[e.Index]
		}
	}
	return nil
}

// exceptionHeap is what becomes of the abstract heap types.
func exceptionHeap(h wasm.HeapType) wasm.HeapType {
	switch h {
	case wasm.HeapExn:
		return exceptionType
	case wasm.HeapNoExn:
		return wasm.HeapNone
	}
	return h
}

// addTypes puts the types of tags and of exceptions in front. That of exceptions
// has no subtypes but those of this pass.
func (p *exceptions) addTypes() {
	m := p.out
	m.Types = slices.Concat([]wasm.SubType{
		tagType:       {Kind: wasm.CompStruct, Final: true},
		exceptionType: {Kind: wasm.CompStruct, Fields: tagField},
	}, m.Types)
	groups := []wasm.RecGroup{{Start: tagType, Len: 1}, {Start: exceptionType, Len: 1}}
	for _, g := range m.RecGroups {
		g.Start += addedTypes
		groups = append(groups, g)
	}
	m.RecGroups = groups
}

var tagField = []wasm.FieldType{{Type: wasm.Ref(tagType)}}

// moveImports makes imported tags imported globals, behind the others, and adds
// that of the exception under way and those for dummies.
func (p *exceptions) moveImports(globals uint32) {
	var kept, added []wasm.Import
	add := func(module, name string, t wasm.GlobalType) uint32 {
		added = append(added, wasm.Import{Module: module, Name: name, Kind: wasm.ExternGlobal, Global: t})
		return globals + uint32(len(added)-1)
	}
	for _, im := range p.out.Imports {
		if im.Kind != wasm.ExternTag {
			kept = append(kept, im)
			continue
		}
		p.addThrown(im.Type)
		p.tags = append(p.tags, add(im.Module, im.Name, wasm.GlobalType{Type: wasm.Ref(tagType)}))
	}
	p.pending = add(heap.RuntimeModule, heap.Pending, wasm.GlobalType{Type: wasm.RefNull(exceptionType), Mutable: true})
	p.nothing = p.pending + 1
	for _, h := range bottoms {
		add(heap.RuntimeModule, heap.Nothing, wasm.GlobalType{Type: wasm.Ref(h)})
	}
	p.out.Imports = append(kept, added...)
}

// bottoms are the heap types below all others of their hierarchy. The globals of
// non-null references to them give values to functions that return with an
// exception, whatever their results: no type but that of references to nothing is
// below all types, and nobody looks at the value.
var bottoms = [...]wasm.HeapType{wasm.HeapNone, wasm.HeapNoFunc, wasm.HeapNoExtern}

// addTags makes the module's own tags globals, and the functions that throw.
func (p *exceptions) addTags() {
	m := p.out
	first := m.ImportedCount(wasm.ExternGlobal)
	m.Globals = slices.Clip(m.Globals)
	for _, t := range m.Tags {
		p.addThrown(t)
		p.tags = append(p.tags, first+uint32(len(m.Globals)))
		var e wasm.Emitter
		e.X(wasm.OpStructNew, tagType)
		e.End()
		m.Globals = append(m.Globals, wasm.Global{Type: wasm.GlobalType{Type: wasm.Ref(tagType)}, Init: wasm.Expr{Code: e.Code}})
	}
	m.Tags = nil
	p.throwers = make([]uint32, len(p.tags))
	for tag := range p.tags {
		p.addThrower(tag)
	}
}

// addThrown adds the type of the exceptions of a tag of type t.
func (p *exceptions) addThrown(t uint32) {
	fields := slices.Clip(tagField)
	for _, param := range p.out.Types[t].Func.Params {
		fields = append(fields, wasm.FieldType{Type: param})
	}
	n := uint32(len(p.out.Types))
	p.out.Types = append(p.out.Types, wasm.SubType{
		Kind: wasm.CompStruct, Fields: fields, Supers: []uint32{exceptionType}, Final: true,
	})
	p.out.RecGroups = append(p.out.RecGroups, wasm.RecGroup{Start: n, Len: 1})
	p.thrown = append(p.thrown, n)
}

// addThrower adds the function that takes what an exception of the tag carries.
func (p *exceptions) addThrower(tag int) {
	typ := wasm.FuncType{}
	var e wasm.Emitter
	e.X(wasm.OpGlobalGet, p.tags[tag])
	for i, field := range p.out.Types[p.thrown[tag]].Fields[1:] {
		typ.Params = append(typ.Params, field.Type)
		e.X(wasm.OpLocalGet, uint32(i))
	}
	e.X(wasm.OpStructNew, p.thrown[tag])
	e.X(wasm.OpGlobalSet, p.pending)
	e.End()
	p.throwers[tag] = p.addFunc(typ, e.Code)
}

// addFunc adds a function, whose body joins the others when those are rewritten.
func (p *exceptions) addFunc(typ wasm.FuncType, code []byte) uint32 {
	if p.made == nil {
		p.out.Funcs = slices.Clip(p.out.Funcs)
	}
	p.out.Funcs = append(p.out.Funcs, p.blocks.of(p.out, typ).Index)
	p.made = append(p.made, wasm.Body{Code: append(wasm.AppendLocals(nil, nil), code...)})
	return p.out.ImportedCount(wasm.ExternFunc) + uint32(len(p.out.Funcs)-1)
}

func (p *exceptions) begin(*body, wasm.Body) (rewriteFunc, error) {
	return newUnwinding(p).rewrite, nil
}

func (p *exceptions) raise(b *body, tag uint32) { b.X(wasm.OpCall, p.throwers[tag]) }

func (p *exceptions) reraise(b *body) {
	b.Op(wasm.OpRefAsNonNull)
	b.X(wasm.OpGlobalSet, p.pending)
}

func (p *exceptions) ifUnderWay(b *body) {
	b.X(wasm.OpGlobalGet, p.pending)
	b.Op(wasm.OpRefIsNull)
	b.Block(wasm.OpIf)
	b.Op(wasm.OpElse)
}

func (p *exceptions) ifThrownWith(b *body, tag uint32) {
	b.X(wasm.OpGlobalGet, p.pending)
	b.XY(wasm.OpStructGet, exceptionType, 0)
	b.X(wasm.OpGlobalGet, p.tags[tag])
	b.Op(wasm.OpRefEq)
	b.Block(wasm.OpIf)
}

func (p *exceptions) carried(b *body, tag uint32) {
	thrown := p.thrown[tag]
	carried := len(p.out.Types[thrown].Fields) - 1
	if carried == 0 {
		return
	}
	t := wasm.RefNull(wasm.HeapType(thrown))
	x := b.scratch(t)
	b.X(wasm.OpGlobalGet, p.pending)
	b.Instr(&wasm.Instr{Op: wasm.OpRefCast, Heap: wasm.HeapType(thrown)})
	b.X(wasm.OpLocalSet, x)
	for i := range carried {
		b.X(wasm.OpLocalGet, x)
		b.XY(wasm.OpStructGet, thrown, uint32(i+1))
	}
	b.release(t, x)
}

func (p *exceptions) take(b *body, wanted bool) {
	if wanted {
		b.X(wasm.OpGlobalGet, p.pending)
		b.Op(wasm.OpRefAsNonNull)
	}
	b.Null(wasm.HeapNone)
	b.X(wasm.OpGlobalSet, p.pending)
}

func (p *exceptions) params(t wasm.BlockType) wasm.BlockType {
	params, _ := blockTypes(p.out, t)
	return p.blocks.taking(p.out, params)
}

func (p *exceptions) dummy(b *body, t wasm.ValType) {
	if t.IsRef() && !t.Nullable() {
		b.X(wasm.OpGlobalGet, p.nothing+p.hierarchy(t.Heap()))
		return
	}
	zeroOf(&b.Emitter, t)
}

// zeroOf leaves the default value of type t.
func zeroOf(b *wasm.Emitter, t wasm.ValType) {
	switch {
	case t == wasm.V128:
		b.Op(wasm.OpV128Const)
	case t == wasm.I64:
		b.I64(0)
	case t == wasm.F32:
		b.Op(wasm.OpF32Const)
	case t == wasm.F64:
		b.Op(wasm.OpF64Const)
	case t.IsRef():
		b.Null(t.Heap())
	default:
		b.I32(0)
	}
}

// hierarchy is the place in bottoms of the one below h.
func (p *exceptions) hierarchy(h wasm.HeapType) uint32 {
	switch {
	case h == wasm.HeapFunc, h == wasm.HeapNoFunc, h.IsIndex() && p.out.Types[h].Kind == wasm.CompFunc:
		return 1
	case h == wasm.HeapExtern, h == wasm.HeapNoExtern:
		return 2
	}
	return 0
}

func (p *exceptions) throws(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpCall:
		return p.throwing[in.X]
	case wasm.OpCallIndirect, wasm.OpCallRef:
		return true
	}
	return false
}
