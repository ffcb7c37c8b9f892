package ondemand

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Late is a module of the functions list of the module's own, which take their places in the
// tables of the core when it is instantiated: it imports what they use from [Core], and from
// where the module imports. With traced, its bodies say where their instructions come from;
// see [wasm.Origins].
func (c *Cut) Late(list []uint32, traced bool) (*wasm.Module, error) {
	m := &wasm.Module{Traced: traced, Imports: []wasm.Import{
		{Module: Core, Name: exported(memory), Kind: wasm.ExternMemory, Memory: c.module.Memories[0]},
	}}
	imported := func(im wasm.Import) { m.Imports = append(m.Imports, im) }
	types := used{add: func(t uint32) {
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(len(m.Types)), Len: 1})
		m.Types = append(m.Types, c.module.Types[t])
	}}
	funcs := used{add: func(f uint32) { // an imported one
		im := c.module.Imports[f]
		im.Type = types.of(im.Type)
		imported(im)
	}}
	tables := used{add: func(x uint32) {
		im := wasm.Import{Module: Core, Kind: wasm.ExternTable}
		switch x {
		case c.tables:
			im.Name, im.Table = exported(All), c.tableType()
		case c.tables + 1:
			im.Name, im.Table = exported(Made), c.tableType()
		default:
			im.Name, im.Table = exported(numbered(table, x)), c.module.Tables[x].Type
		}
		imported(im)
	}}
	globals := used{add: func(x uint32) {
		imported(wasm.Import{Module: Core, Name: exported(numbered(global, x)), Kind: wasm.ExternGlobal, Global: c.module.Globals[x].Type})
	}}
	all, made := tables.of(c.tables), tables.of(c.tables+1)
	remap := wasm.Remap{Type: types.of, Func: funcs.of, Table: tables.of, Global: globals.of}
	for _, i := range list {
		m.Funcs = append(m.Funcs, types.of(c.module.Funcs[i]))
		body, err := c.rewrite(i, traced, func(e *wasm.Emitter, in *wasm.Instr) bool {
			if c.byTable(e, in, all, types.of) {
				return true
			}
			changed := remap.Instr(in)
			if changed {
				e.Instr(in)
			}
			return changed
		})
		if err != nil {
			return nil, err
		}
		body.Code = slices.Clone(body.Code)
		m.Bodies = append(m.Bodies, body)
	}
	for n, i := range list {
		self := []uint32{uint32(len(funcs.list) + n)}
		m.Elems = append(m.Elems, segment(made, i, self), segment(all, i, self))
	}
	return m, nil
}

// used are the entries of an index space that are used, in the order in which they were met.
type used struct {
	list []uint32
	add  func(uint32) // adds one to the module
}

// of is where entry x goes.
func (u *used) of(x uint32) uint32 {
	n := slices.Index(u.list, x)
	if n < 0 {
		n = len(u.list)
		u.list = append(u.list, x)
		u.add(x)
	}
	return uint32(n)
}
