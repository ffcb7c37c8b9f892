package limits

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// features are the proposals under which bodies are read: all, for what a user
// has not enabled has been refused before.
const features = wasm.Wasm3 | wasm.Threads

// HostModule is the module name that metered modules import functions of their
// [Account] from: [CheckpointName], which takes the first counter, by how much the true
// count exceeds it, and the place, and returns what to set the counter to; and "deep", which is
// called when the bound on calls is reached and does not return.
const HostModule = "wazedge:limits"

// CheckpointName is the name of the function that is [Account.Checkpoint]. Its import stands behind those of the module
// itself, and so is the last of that name. It changes nothing of the instance that calls it.
const CheckpointName = "checkpoint"

// Names are what a metered module exports, under names that it does not export
// otherwise.
type Names struct {
	Counters [2]string // i64 globals; the second is not always there
	Depth    string    // an i32 global, to be 0 when a call begins
	Start    string    // the start function, which a metered module no longer has
}

// ConnectNamed is [Account.Connect] for an instance of a metered module whose names are n. Cell is its exported global of a name, if
// there is one.
func ConnectNamed[C Counter](a *Account, n Names, cell func(name string) (C, bool)) {
	var counters []Counter
	for _, name := range n.Counters {
		if c, ok := cell(name); ok {
			counters = append(counters, c)
		}
	}
	if len(counters) > 0 {
		a.Connect(counters...)
	}
}

// CounterOf is the global that m, a metered module, has its first counter in; false if it has none.
func CounterOf(m *wasm.Module) (global uint32, ok bool) {
	length := 0 // the name is longer than any other of its kind, see [NamesFor]
	for i := range m.Exports {
		x := &m.Exports[i]
		rest, is := strings.CutPrefix(x.Name, namePrefix)
		if is && x.Kind == wasm.ExternGlobal && strings.TrimLeft(rest, "'") == ":counter" && len(x.Name) > length {
			global, ok, length = x.Index, true, len(x.Name)
		}
	}
	return global, ok
}

// namePrefix begins the names, unless an export of the module begins so.
const namePrefix = "wazedge"

// NamesFor are the names in the metered form of m.
func NamesFor(m *wasm.Module) Names {
	prefix := namePrefix
	for i := range m.Exports {
		for strings.HasPrefix(m.Exports[i].Name, prefix) {
			prefix += "'"
		}
	}
	if prefix == namePrefix {
		return usualNames()
	}
	return namesBehind(prefix)
}

// usualNames are made once, as each instance asks for them.
var usualNames = sync.OnceValue(func() Names { return namesBehind(namePrefix) })

func namesBehind(prefix string) Names {
	return Names{
		Counters: [2]string{prefix + ":counter", prefix + ":counter2"},
		Depth:    prefix + ":depth",
		Start:    prefix + ":start",
	}
}

// Meter is m, which is valid, with code that keeps account as v says. What it
// adds comes last in every index space; only functions may move, behind imports.
//
// The metered module has no start function: it exports it, for the caller to call
// once the Account is connected.
func Meter(m *wasm.Module, v Variant) (*wasm.Module, error) {
	if !v.Active() {
		return m, nil
	}
	mt, err := newMeter(m, v)
	if err != nil {
		return nil, err
	}
	out := mt.surroundings()
	out.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range out.Bodies {
		if out.Bodies[i], err = mt.metered(i); err != nil {
			return nil, err
		}
	}
	mt.addTypes(out)
	mt.addBulk(out)
	return out, nil
}

// surroundings is the metered module but for what its functions show to be needed.
func (mt *meter) surroundings() *wasm.Module {
	out, names := *mt.module, NamesFor(mt.source)
	out.Globals, out.Exports = slices.Clip(out.Globals), slices.Clip(out.Exports)
	for k, g := range mt.writer.counters {
		out.Globals = append(out.Globals, zeroGlobal(wasm.I64))
		out.Exports = append(out.Exports, wasm.Export{Name: names.Counters[k], Kind: wasm.ExternGlobal, Index: g})
	}
	if mt.variant.MaxDepth > 0 {
		out.Globals = append(out.Globals, zeroGlobal(wasm.I32))
		out.Exports = append(out.Exports, wasm.Export{Name: names.Depth, Kind: wasm.ExternGlobal, Index: mt.writer.depth})
	}
	if out.Start != nil {
		out.Exports = append(out.Exports, wasm.Export{Name: names.Start, Kind: wasm.ExternFunc, Index: *out.Start})
		out.Start = nil
	}
	out.Types, out.RecGroups, out.Funcs = slices.Clip(out.Types), slices.Clip(out.RecGroups), slices.Clip(out.Funcs)
	return &out
}

// metered is the body of the module's own function i that keeps account.
func (mt *meter) metered(i int) (wasm.Body, error) {
	_, es, err := mt.body(i)
	if err != nil {
		return wasm.Body{}, fmt.Errorf("meter function %d: %w", i, err)
	}
	b := mt.module.Bodies[i]
	mt.module.Bodies[i] = mt.source.Bodies[i] // what was made of it is garbage
	made := wasm.Body{Offset: b.Offset, Code: apply(b.Code, es)}
	if mt.module.Traced {
		made.Origins, err = origins(&b, es)
	}
	return made, err
}

// addTypes gives out the types of blocks.
func (mt *meter) addTypes(out *wasm.Module) {
	for _, t := range mt.types[len(mt.module.Types):] {
		addType(out, t)
	}
}

func zeroGlobal(t wasm.ValType) wasm.Global {
	zero := []byte{opcode(wasm.OpI64Const), 0, opcode(wasm.OpEnd)}
	if t == wasm.I32 {
		zero[0] = opcode(wasm.OpI32Const)
	}
	return wasm.Global{Type: wasm.GlobalType{Type: t, Mutable: true}, Init: wasm.Expr{Code: zero}}
}

// meter rewrites the bodies of one module, each by itself.
type meter struct {
	source  *wasm.Module
	module  *wasm.Module // with the functions of the account imported; its bodies are those of source until they are asked for
	moved   wasm.Remap   // what that does to source
	variant Variant
	scanner scanner
	reader  wasm.Reader
	runs    []wasm.LocalRun
	writer  writer
	edited  []edit            // of the latest body
	types   []wasm.FuncType   // of the metered module; those of module are left out
	results map[string]uint32 // index in types of a block type, by its results
	bulks   []bulkKind        // those that there are functions for
	bulkAt  map[bulk]uint32   // their places in bulks
	bulk0   uint32            // index of the first of their functions
}

func newMeter(m *wasm.Module, v Variant) (*meter, error) {
	imported := m.ImportedCount(wasm.ExternFunc)
	mt := &meter{source: m, variant: v, results: map[string]uint32{}, bulkAt: map[bulk]uint32{}}
	if err := mt.importAccount(); err != nil {
		return nil, err
	}
	mt.types = make([]wasm.FuncType, len(mt.module.Types))
	mt.bulk0 = mt.module.ImportedCount(wasm.ExternFunc) + uint32(len(m.Funcs))
	mt.scanner = scanner{module: mt.module, prices: v.prices()}
	if c := v.gasCosts(); c != nil {
		mt.scanner.hostCosts = hostCosts(c, mt.module)
	}
	mt.writer = writer{variant: v, checkpoint: imported, deep: imported}
	global := m.ImportedCount(wasm.ExternGlobal) + uint32(len(m.Globals))
	for range v.counters() {
		mt.writer.counters = append(mt.writer.counters, global)
		global++
	}
	mt.writer.depth = global
	if v.Checked {
		mt.writer.deep++
	}
	if v.Limited {
		mt.scanner.host = newHostCalls(mt.module, imported)
	}
	if v.charges() {
		g, err := newCallGraph(m)
		if err != nil {
			return nil, err
		}
		g.imported = mt.module.ImportedCount(wasm.ExternFunc)
		mt.scanner.charge = &charges{graph: g}
	}
	return mt, nil
}

// importAccount makes the module of mt, which imports the functions of the account that it needs.
func (mt *meter) importAccount() error {
	out := *mt.source
	out.Types, out.RecGroups = slices.Clip(out.Types), slices.Clip(out.RecGroups)
	var imports []wasm.Import
	add := func(name string, t wasm.FuncType) {
		imports = append(imports, wasm.Import{Module: HostModule, Name: name, Kind: wasm.ExternFunc, Type: addType(&out, t)})
	}
	if mt.variant.Checked {
		add(CheckpointName, wasm.FuncType{Params: []wasm.ValType{wasm.I64, wasm.I64, wasm.I32}, Results: []wasm.ValType{wasm.I64}})
	}
	if mt.variant.MaxDepth > 0 {
		add("deep", wasm.FuncType{})
	}
	var err error
	if mt.module, mt.moved, err = wasm.InsertFuncImportsAround(&out, imports); err != nil {
		return err
	}
	mt.module.Bodies = slices.Clone(mt.source.Bodies)
	return nil
}

func addType(m *wasm.Module, t wasm.FuncType) uint32 {
	n := uint32(len(m.Types))
	m.Types = append(m.Types, wasm.SubType{Kind: wasm.CompFunc, Func: t, Final: true})
	m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: n, Len: 1})
	return n
}

// body is how the code of the module's own function i changes, once the module has it, and why. Both are valid until the next is asked for.
func (mt *meter) body(i int) (*plan, []edit, error) {
	mt.module.Bodies[i] = mt.source.Bodies[i]
	var err error
	if mt.moved.Func != nil {
		if err = mt.moved.Body(&mt.module.Bodies[i], mt.module.Traced); err != nil {
			return nil, nil, err
		}
	}
	b := mt.module.Bodies[i]
	if mt.runs, err = b.Open(&mt.reader, features, mt.runs[:0]); err != nil {
		return nil, nil, err
	}
	mt.writer.begin(mt.locals(i))
	mt.writer.latest = -1
	declared := mt.runs[:len(mt.runs):len(mt.runs)]
	entry := int(mt.reader.Pos() - b.Offset)
	var p *plan
	es := mt.edited[:0]
	if mt.variant.counters() > 0 {
		f, err := mt.scanner.scan(&mt.reader, i)
		if err != nil {
			return nil, nil, err
		}
		switch v := &mt.variant; {
		case v.Precise:
			p = everywhere(f)
		case v.exact():
			p = cheaply(f, v.counters())
		default:
			p = roughly(f, mt.scanner.charge.graph.work[i])
		}
		es = mt.writer.edits(es, p, func() []byte { return mt.bodyType(i) })
	}
	if mt.variant.MaxDepth > 0 {
		deep, err := mt.depthEdits(i)
		if err != nil {
			return nil, nil, err
		}
		es = append(es, deep...)
	}
	if mt.variant.Checked {
		bulk, err := mt.bulkEdits(i)
		if err != nil {
			return nil, nil, err
		}
		es = append(es, bulk...)
	}
	if len(mt.writer.added) > 0 {
		es = append(es, edit{0, entry, rankLocals, wasm.AppendLocals(nil, append(declared, mt.writer.added...))})
	}
	sortEdits(es)
	mt.edited = es
	return p, es, nil
}

// locals are the parameters and locals of function i, once it has been opened.
func (mt *meter) locals(i int) []wasm.LocalRun {
	runs := mt.writer.locals[:0]
	for _, t := range mt.module.Types[mt.module.Funcs[i]].Func.Params {
		runs = append(runs, wasm.LocalRun{N: 1, Type: t})
	}
	return append(runs, mt.runs...)
}

// bodyType is the type of a block around the body of function i.
func (mt *meter) bodyType(i int) []byte {
	results := mt.module.Types[mt.module.Funcs[i]].Func.Results
	switch len(results) {
	case 0:
		return []byte{emptyBlock}
	case 1:
		return wasm.AppendValType(nil, results[0])
	}
	return wasm.AppendS33(nil, int64(mt.blockType(results)))
}

// blockType is the index of the type of a block with those results, which are several.
func (mt *meter) blockType(results []wasm.ValType) uint32 {
	var key []byte
	for _, t := range results {
		key = wasm.AppendValType(key, t)
	}
	x, ok := mt.results[string(key)]
	if !ok {
		x = uint32(len(mt.types))
		mt.results[string(key)] = x
		mt.types = append(mt.types, wasm.FuncType{Results: results})
	}
	return x
}
