package wasm

import (
	"cmp"
	"slices"
)

// declarations changes what m says of types: its type section, its imports, and
// the types of functions and tags. The lists are copies.
func (r *Remap) declarations(m *Module) {
	m.Imports = slices.Clone(m.Imports)
	for i := range m.Imports {
		im := &m.Imports[i]
		switch im.Kind {
		case ExternFunc, ExternTag:
			index(r.Type, &im.Type)
		case ExternTable:
			r.valType(&im.Table.Elem)
		case ExternGlobal:
			r.valType(&im.Global.Type)
		}
	}
	if r.Type == nil {
		return
	}
	m.Types = slices.Clone(m.Types)
	for i := range m.Types {
		t := &m.Types[i]
		t.Func.Params, t.Func.Results = slices.Clone(t.Func.Params), slices.Clone(t.Func.Results)
		r.valTypes(t.Func.Params)
		r.valTypes(t.Func.Results)
		t.Fields = slices.Clone(t.Fields)
		for j := range t.Fields {
			r.valType(&t.Fields[j].Type)
		}
		t.Supers = indices(r.Type, t.Supers)
	}
	m.Funcs, m.Tags = indices(r.Type, m.Funcs), indices(r.Type, m.Tags)
}

// indices is a copy of list with every index changed, or list itself.
func indices(to func(uint32) uint32, list []uint32) []uint32 {
	if to == nil || list == nil {
		return list
	}
	list = slices.Clone(list)
	for i := range list {
		list[i] = to(list[i])
	}
	return list
}

// definitions changes tables, globals, exports, the start function and bodies.
func (r *Remap) definitions(m *Module) error {
	m.Tables, m.Globals = slices.Clone(m.Tables), slices.Clone(m.Globals)
	for i := range m.Tables {
		r.valType(&m.Tables[i].Type.Elem)
		if err := r.expr(&m.Tables[i].Init); err != nil {
			return err
		}
	}
	for i := range m.Globals {
		r.valType(&m.Globals[i].Type.Type)
		if err := r.expr(&m.Globals[i].Init); err != nil {
			return err
		}
	}
	m.Exports = slices.Clone(m.Exports)
	for i := range m.Exports {
		index(r.space(m.Exports[i].Kind), &m.Exports[i].Index)
	}
	if m.Start != nil {
		start := *m.Start
		index(r.Func, &start)
		m.Start = &start
	}
	m.Bodies = slices.Clone(m.Bodies)
	for i := range m.Bodies {
		if err := r.Body(&m.Bodies[i], m.Traced); err != nil {
			return err
		}
	}
	return nil
}

// space is the map of the index space of k.
func (r *Remap) space(k ExternKind) func(uint32) uint32 {
	return [...]func(uint32) uint32{
		ExternFunc: r.Func, ExternTable: r.Table, ExternMemory: r.Memory, ExternGlobal: r.Global, ExternTag: r.Tag,
	}[k]
}

// segments changes element and data segments.
func (r *Remap) segments(m *Module) error {
	m.Elems = slices.Clone(m.Elems)
	for i := range m.Elems {
		s := &m.Elems[i]
		index(r.Table, &s.Table)
		r.valType(&s.Type)
		s.Funcs = indices(r.Func, s.Funcs)
		if err := r.expr(&s.Offset); err != nil {
			return err
		}
		s.Exprs = slices.Clone(s.Exprs)
		for j := range s.Exprs {
			if err := r.expr(&s.Exprs[j]); err != nil {
				return err
			}
		}
	}
	if r.Memory == nil && r.Global == nil {
		return nil // nothing else can be in the offset of a data segment
	}
	datas := m.Datas.Slice()
	for i := range datas {
		index(r.Memory, &datas[i].Memory)
		if err := r.expr(&datas[i].Offset); err != nil {
			return err
		}
	}
	m.Datas = DataSegmentsOf(datas)
	return nil
}

// customs gives out the custom sections of m that name no index, and its names.
func (r *Remap) customs(out, m *Module) {
	out.Customs = slices.DeleteFunc(slices.Clone(m.Customs), func(c Custom) bool {
		return c.Name != "producers" && c.Name != "target_features"
	})
	names := m.Names()
	for _, n := range []struct {
		to    func(uint32) uint32
		names []Name
	}{
		{r.Func, names.Funcs}, {r.Type, names.Types}, {r.Table, names.Tables}, {r.Memory, names.Memories},
		{r.Global, names.Globals}, {r.Elem, names.Elems}, {r.Data, names.Datas}, {r.Tag, names.Tags},
	} {
		for i := range n.names {
			index(n.to, &n.names[i].Index)
		}
		slices.SortStableFunc(n.names, func(a, b Name) int { return cmp.Compare(a.Index, b.Index) })
	}
	for _, n := range []struct {
		to    func(uint32) uint32
		names []IndirectNames
	}{{r.Func, names.Locals}, {r.Func, names.Labels}, {r.Type, names.Fields}} {
		for i := range n.names {
			index(n.to, &n.names[i].Index)
		}
		slices.SortStableFunc(n.names, func(a, b IndirectNames) int { return cmp.Compare(a.Index, b.Index) })
	}
	if c := names.Custom(); len(c.Data) > 0 {
		out.Customs = append(out.Customs, c)
	}
}
