package wasm

import "github.com/wazedge/wazedge/internal/fault"

// Bits of an element segment's flags (core 5.5.12).
const (
	elemNotActive = 1
	elemExplicit  = 2 // active: with a table index; else: declarative
	elemExprs     = 4
)

func (d *decoder) elementSection(int) {
	n := d.count()
	d.in("element section")
	d.m.Elems = make([]ElemSegment, 0, d.room(n, 3))
	for i := 0; i < n && d.ok(); i++ {
		d.m.Elems = append(d.m.Elems, d.elemSegment())
		d.in("element section")
	}
}

func (d *decoder) elemSegment() ElemSegment {
	s := ElemSegment{FilePos: d.offset(), Type: Ref(HeapFunc)}
	s.Flags = d.u32()
	if d.features&(BulkMemory|ReferenceTypes) == 0 {
		s.Flags = 0 // it is the table index of version 1, which has one table
	} else if s.Flags > 7 {
		d.fail(fault.IllegalGrammar)
	}
	explicit := s.Flags&elemExplicit != 0
	switch {
	case s.Flags&elemNotActive == 0:
		s.Mode = Active
		if explicit {
			s.Table = d.u32()
		}
	case explicit:
		s.Mode = Declarative
	default:
		s.Mode = Passive
	}
	if !d.ok() {
		d.in("element segment")
		return s
	}
	if s.Mode == Active {
		if s.Offset = d.expression(); !d.ok() {
			d.in("element segment")
			return s
		}
	}
	if s.Flags&elemExprs != 0 {
		d.elemExprs(&s)
	} else {
		d.elemFuncs(&s)
	}
	return s
}

// elemFuncs reads elements that are function indices.
func (d *decoder) elemFuncs(s *ElemSegment) {
	if s.Flags != 0 {
		d.zero() // the element kind
	}
	n := d.u32()
	if !d.ok() {
		d.in("element segment")
		return
	}
	s.Funcs = make([]uint32, 0, min(uint64(n), uint64(d.rest())))
	for i := uint32(0); i < n && d.ok(); i++ {
		s.Funcs = append(s.Funcs, d.u32())
	}
	d.in("instruction") // WasmEdge reads them as instructions ref.func
	d.in("element segment")
}

// elemExprs reads elements that are constant expressions.
func (d *decoder) elemExprs(s *ElemSegment) {
	s.Type = FuncRef
	if s.Flags != elemExprs {
		s.Type = d.refType(d.features)
	}
	n := d.count()
	d.in("element segment")
	s.Exprs = make([]Expr, 0, d.room(n, 1))
	for i := 0; i < n && d.ok(); i++ {
		s.Exprs = append(s.Exprs, d.expression())
		d.in("element segment")
	}
}

// dataSegment reads a data segment (core 5.5.14).
func (d *decoder) dataSegment() DataSegment {
	s := DataSegment{FilePos: d.offset()}
	s.Flags = d.u32()
	switch {
	case s.Flags > 0 && d.features&(BulkMemory|ReferenceTypes) == 0:
		d.failNeed(fault.ExpectedZeroByte, BulkMemory, d.last)
	case s.Flags > 2:
		d.fail(fault.IllegalGrammar)
	case s.Flags == 1:
		s.Mode = Passive
	case s.Flags == 2:
		s.Memory = d.u32()
	}
	if d.ok() && s.Mode == Active {
		s.Offset = d.expression()
	}
	s.Init = d.bytes(d.count())
	d.in("data segment")
	return s
}
