package wasm

import "github.com/wazedge/wazedge/internal/fault"

// codeSection cuts the section into bodies by their sizes. When these do not add
// up, it reads the bodies, to say where the first error is.
func (d *decoder) codeSection(end int) {
	start := d.pos
	n := d.count()
	d.in("code section")
	d.m.Bodies = make([]Body, 0, d.room(n, 1))
	for i := 0; i < n && d.ok(); i++ {
		size := d.u32()
		if !d.ok() || uint64(size) > uint64(end-d.pos) {
			break
		}
		at := d.offset()
		d.m.Bodies = append(d.m.Bodies, Body{Offset: at, Code: d.bytes(int(size))})
	}
	if d.ok() && len(d.m.Bodies) == n && d.pos == end {
		d.bodiesUnread = true
		return
	}
	d.Reset(d.m.source, 0, d.features)
	d.pos, d.noData, d.nodes = start, d.m.DataCount == nil, nil
	d.readCode()
}

// CheckBodies reads all function bodies under the proposals of f, and gives the
// error that WasmEdge's loader would give, if any. Whoever finds a module faulty
// by other means asks this first: WasmEdge reads all code before it validates
// anything.
func (m *Module) CheckBodies(f Features) error {
	if !m.bodiesInFile() {
		return m.checkBuiltBodies(f)
	}
	d := &decoder{m: m}
	for _, s := range m.Sections {
		if s.ID != SectionCode {
			continue
		}
		d.Reset(m.source, 0, f)
		d.pos, d.noData = int(s.Offset), m.DataCount == nil
		d.readCode()
		d.in("module")
		if d.ok() && d.offset() != s.Offset+s.Size {
			d.failAt(fault.SectionSizeMismatch, d.pos)
			d.in("code section")
			d.in("module")
		}
		if !d.ok() {
			return d.fault()
		}
	}
	return nil
}

// bodiesInFile reports whether the bodies are those of the file that m was decoded
// from: passes copy modules and give them other bodies.
func (m *Module) bodiesInFile() bool {
	for i := range m.Bodies {
		b := &m.Bodies[i]
		if len(b.Code) > 0 && (b.Offset >= int64(len(m.source)) || &b.Code[0] != &m.source[b.Offset]) {
			return false
		}
	}
	return m.source != nil
}

// checkBuiltBodies is CheckBodies for bodies that are not in a file.
func (m *Module) checkBuiltBodies(f Features) error {
	d := &decoder{m: m}
	for i := range m.Bodies {
		b := &m.Bodies[i]
		d.Reset(b.Code, b.Offset, f)
		d.noData = m.DataCount == nil
		d.body(len(b.Code))
		if !d.ok() {
			d.in("code section")
			d.in("module")
			return d.fault()
		}
	}
	return nil
}

// readCode reads the contents of the code section with every instruction.
func (d *decoder) readCode() {
	d.vector("code section", func() {
		size := d.u32()
		if !d.ok() {
			d.in("code segment")
			return
		}
		d.body(d.pos + int(size))
	})
}

// body reads locals and instructions, which should reach to end (core 5.5.13).
func (d *decoder) body(end int) {
	n := d.count()
	if !d.ok() {
		d.in("element segment") // WasmEdge names this node here
		return
	}
	d.skipLocals(n)
	if !d.ok() {
		d.in("code segment")
		return
	}
	d.instructions(end)
	d.in("expression")
	d.in("code segment")
}

// expression reads a constant expression (core 5.4.9). Which instructions may be
// in it is for validation.
func (d *decoder) expression() Expr {
	start := d.pos
	d.instructions(-1)
	d.in("expression")
	return Expr{Offset: d.base + int64(start), Code: d.buf[start:d.pos:d.pos]}
}

// instructions reads to the end that closes the outermost block, which should
// reach to bound unless that is negative.
func (d *decoder) instructions(bound int) {
	const open, openIf = 0, 1
	blocks := d.blocks[:0]
	var in Instr
	for {
		start := d.pos
		if d.next(&in); !d.ok() {
			break
		}
		switch in.Op {
		case OpBlock, OpLoop, OpTryTable:
			blocks = append(blocks, open)
		case OpIf:
			blocks = append(blocks, openIf)
		case OpElse:
			if len(blocks) == 0 || blocks[len(blocks)-1] != openIf {
				d.misplaced(start, bound)
			} else {
				blocks[len(blocks)-1] = open
			}
		case OpEnd:
			if len(blocks) > 0 {
				blocks = blocks[:len(blocks)-1]
				continue
			}
			if bound >= 0 && d.pos < bound {
				d.failAt(fault.JunkSection, d.pos)
			} else if bound >= 0 && d.pos > bound {
				d.failAt(fault.SectionSizeMismatch, d.pos)
			}
			d.in("instruction")
			d.blocks = blocks
			return
		}
		if !d.ok() {
			break
		}
	}
	d.in("instruction")
	d.blocks = blocks
}

// misplaced records an else at start that has no if. Beyond the bound of a body
// it is the end that is missing.
func (d *decoder) misplaced(start, bound int) {
	if bound >= 0 && d.pos > bound {
		d.failAt(fault.ENDCodeExpected, start)
	} else {
		d.failAt(fault.IllegalOpCode, start)
	}
}
