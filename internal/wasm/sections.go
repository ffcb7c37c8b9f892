package wasm

import "github.com/wazedge/wazedge/internal/fault"

func (d *decoder) customSection(end int) {
	start := d.pos
	c := Custom{Name: d.name(), Before: len(d.m.Sections) - 1 - len(d.m.Customs)}
	if d.ok() && d.pos > end {
		d.failAt(fault.UnexpectedEnd, start)
	}
	d.in("custom section")
	if d.ok() {
		c.Offset = d.offset()
		c.Data = d.bytes(end - d.pos)
		if len(d.m.Customs) < maxCustoms {
			d.m.Customs = append(d.m.Customs, c)
		}
	}
}

func (d *decoder) importSection(int) {
	n := d.count()
	d.in("import section")
	d.m.Imports = make([]Import, 0, d.room(n, 4))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Imports = append(d.m.Imports, d.importDesc())
		d.in("import section")
	}
}

// importDesc reads one import (core 5.5.5).
func (d *decoder) importDesc() Import {
	im := Import{Module: d.name(), Name: d.name(), Kind: ExternKind(d.byte())}
	d.in("import description")
	if d.ok() {
		d.externType(&im)
	}
	return im
}

// externType reads the type of im, whose kind is known (core 5.3.16).
func (d *decoder) externType(im *Import) {
	switch im.Kind {
	case ExternFunc:
		im.Type = d.u32()
		d.in("import description")
	case ExternTable:
		im.Table = d.tableType()
	case ExternMemory:
		im.Memory = d.memoryType()
	case ExternGlobal:
		im.Global = d.globalType()
		if d.ok() && im.Global.Mutable && !d.features.Has(MutableGlobals) {
			d.failNeed(fault.InvalidMut, MutableGlobals, d.last)
			d.in("import description")
		}
	case ExternTag:
		if !d.features.Has(ExceptionHandling) {
			d.failNeed(fault.MalformedImportKind, ExceptionHandling, d.last)
			d.in("module") // WasmEdge names this node here
			return
		}
		im.Type = d.tagType()
	default:
		d.fail(fault.MalformedImportKind)
		d.in("import description")
	}
}

func (d *decoder) functionSection(int) {
	n := d.count()
	d.in("function section")
	d.m.Funcs = make([]uint32, 0, d.room(n, 1))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Funcs = append(d.m.Funcs, d.u32())
	}
	if len(d.m.Funcs) > 0 {
		// An index, unlike the count, is a node of its own by the same name.
		d.in("function section")
		d.in("function section")
	}
}

func (d *decoder) tableSection(int) {
	n := d.count()
	d.in("table section")
	d.m.Tables = make([]Table, 0, d.room(n, 3))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Tables = append(d.m.Tables, d.table())
		d.in("table section")
	}
}

// table reads a table type, or the form with an initial value (core 5.5.7).
func (d *decoder) table() Table {
	var t Table
	init := d.peek() == 0x40
	if init {
		if !d.features.Has(FunctionReferences) {
			d.failNeed(fault.MalformedTable, FunctionReferences, d.last)
		}
		d.byte()
		if d.byte() != 0 && d.ok() {
			d.fail(fault.MalformedTable)
		}
	}
	if !d.ok() {
		d.in("table segment")
		return t
	}
	t.Type = d.tableType()
	if init && d.ok() {
		t.Init = d.expression()
		d.in("global segment") // WasmEdge names this node here
		return t
	}
	d.in("table segment")
	return t
}

func (d *decoder) memorySection(int) {
	n := d.count()
	d.in("memory section")
	d.m.Memories = make([]MemoryType, 0, d.room(n, 2))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Memories = append(d.m.Memories, d.memoryType())
		d.in("memory section")
	}
}

func (d *decoder) tagSection(int) {
	n := d.count()
	d.in("tag section")
	d.m.Tags = make([]uint32, 0, d.room(n, 2))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Tags = append(d.m.Tags, d.tagType())
		d.in("tag section")
	}
}

func (d *decoder) globalSection(int) {
	n := d.count()
	d.in("global section")
	d.m.Globals = make([]Global, 0, d.room(n, 3))
	for i := 0; i < n && d.ok(); i++ {
		g := Global{Type: d.globalType()}
		if d.ok() {
			g.Init = d.expression()
		}
		d.in("global segment")
		d.m.Globals = append(d.m.Globals, g)
		d.in("global section")
	}
}

func (d *decoder) exportSection(int) {
	n := d.count()
	d.in("export section")
	d.m.Exports = make([]Export, 0, d.room(n, 3))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Exports = append(d.m.Exports, d.exportDesc())
		d.in("export section")
	}
}

// exportDesc reads one export (core 5.5.10).
func (d *decoder) exportDesc() Export {
	e := Export{Name: d.name(), Kind: ExternKind(d.byte())}
	if d.ok() && e.Kind == ExternTag && !d.features.Has(ExceptionHandling) {
		d.failNeed(fault.MalformedImportKind, ExceptionHandling, d.last) // the code of imports, as in WasmEdge
		d.in("module")
		return e
	}
	if d.ok() && e.Kind > ExternTag {
		d.fail(fault.MalformedExportKind)
	}
	e.Index = d.u32()
	d.in("export description")
	return e
}

func (d *decoder) startSection(int) {
	i := d.u32()
	d.m.Start = &i
	d.in("start section")
}

func (d *decoder) dataCountSection(int) {
	n := d.u32()
	d.m.DataCount = &n
	d.noData = false
	d.in("data count section")
}
