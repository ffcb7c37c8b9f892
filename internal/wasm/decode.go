package wasm

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
)

// ErrComponent is the cause of the error for a component: a binary of the
// component model, which wraps modules in another layer.
var ErrComponent = errors.New("this is a component (layer 1 of the binary format), not a core module; " +
	"build for a target such as wasm32-wasip1, or take the core module out of it with wasm-tools")

// ComponentError is the cause of the error for the component Source, in the binary format or as
// text: whoever runs components reads it from there. It wraps [ErrComponent].
type ComponentError struct{ Source []byte }

func (*ComponentError) Error() string { return ErrComponent.Error() }
func (*ComponentError) Unwrap() error { return ErrComponent }

// The versions that follow the magic, of modules and of components.
const (
	magic            = "\x00asm"
	moduleVersion    = "\x01\x00\x00\x00"
	componentVersion = "\x0d\x00\x01\x00"
)

// IsComponent reports whether bin begins as a component does.
func IsComponent(bin []byte) bool { return bytes.HasPrefix(bin, []byte(magic+componentVersion)) }

// Decode reads a module in the binary format (core 5.5) under the proposals of f.
// It decodes every section but leaves function bodies as bytes, whose checks are
// those of [Reader]; constant expressions are checked.
//
// Its error is a *[fault.Error] with the code and the information lines of
// WasmEdge's loader, less the file's name. As that loader decodes bodies where
// they stand, an error behind the code section gives way to one within it.
//
// The module aliases bin.
func Decode(bin []byte, f Features) (*Module, error) {
	d := &decoder{m: &Module{source: bin}}
	d.Reset(bin, 0, f)
	d.RequireDataCount()
	if err := d.preamble(); err != nil {
		return nil, err
	}
	d.sections()
	if d.code == fault.Success {
		d.lengths()
	}
	if d.code != fault.Success {
		if d.bodiesUnread {
			if err := d.m.CheckBodies(f); err != nil {
				return nil, err
			}
		}
		return nil, d.fault()
	}
	d.m.Odd = d.odd
	return d.m, nil
}

// decoder reads a whole file. Like WasmEdge's loader it is not held by the stated
// size of a section: it reads the contents as far as they go and compares then.
type decoder struct {
	Reader
	m            *Module
	nodes        []string // the syntax nodes around a failure, inside first
	blocks       []byte   // the open blocks of an expression
	nowhere      bool     // the failure has no byte offset
	bodiesUnread bool     // the code section was cut into bodies, and no more
}

// in notes node as one that surrounds a failure, if there was one.
func (d *decoder) in(node string) {
	if d.code != fault.Success {
		d.nodes = append(d.nodes, node)
	}
}

// ok reports whether nothing failed yet.
func (d *decoder) ok() bool { return d.code == fault.Success }

// fault is the failure with all its lines.
func (d *decoder) fault() *fault.Error {
	e := d.err(d.nodes...)
	if d.nowhere {
		e.Offset = -1
		e.Info = e.Info[1:]
	}
	return e
}

// preamble reads magic and version (core 5.5.2).
func (d *decoder) preamble() error {
	got := d.bytes(4)
	if d.ok() && string(got) != magic {
		d.fail(fault.MalformedMagic)
		d.in("module")
		e := d.fault()
		e.Preface = append(e.Preface, fmt.Sprintf(
			"Might an invalid wasm file, magic expected, but got 0x%X 0x%X 0x%X 0x%X", got[0], got[1], got[2], got[3]))
		return e
	}
	version := d.bytes(4)
	if !d.ok() {
		d.in("module")
		return d.fault()
	}
	switch string(version) {
	case moduleVersion:
		return nil
	case componentVersion:
		e := fault.New(fault.ComponentNotImplLoader)
		if !d.features.Has(ComponentModel) {
			d.failNeed(fault.MalformedVersion, ComponentModel, 4)
			d.in("component model module")
			e = d.fault()
		}
		e.Err = &ComponentError{d.m.source}
		return e
	}
	d.failAt(fault.MalformedVersion, 4)
	d.in("component model module")
	return d.fault()
}

// sectionOrder is the place of each section among the others, 0 for custom
// sections, which may stand anywhere (core 5.5.2).
var sectionOrder = [...]byte{
	SectionType: 1, SectionImport: 2, SectionFunction: 3, SectionTable: 4, SectionMemory: 5,
	SectionTag: 6, SectionGlobal: 7, SectionExport: 8, SectionStart: 9, SectionElement: 10,
	SectionDataCount: 11, SectionCode: 12, SectionData: 13,
}

// sections reads the sections to the end of the file.
func (d *decoder) sections() {
	d.reserve()
	latest := byte(0)
	for d.ok() && d.More() {
		id := SectionID(d.byte())
		if int(id) < len(sectionOrder) && id != SectionCustom {
			if sectionOrder[id] <= latest {
				d.fail(fault.JunkSection)
				d.in("module")
				return
			}
			latest = sectionOrder[id]
		}
		d.section(id)
		d.in("module")
	}
}

// reserve makes room for what there is to be said of each section, by a look at
// their headers.
func (d *decoder) reserve() {
	c := d.cursor
	other, custom := 0, 0
	for c.rest() > 0 {
		id := c.byte()
		if c.bytes(int(c.u32())); c.code != fault.Success {
			break
		}
		if id == byte(SectionCustom) {
			custom++
		} else {
			other++
		}
	}
	custom = min(custom, maxCustoms)
	d.m.Sections = make([]Section, 0, custom+min(other, len(sectionReaders)))
	if custom > 0 {
		d.m.Customs = make([]Custom, 0, custom)
	}
}

// maxCustoms bounds how many custom sections are kept, as each takes far more
// memory than the three bytes that the shortest takes of a file; the others are
// checked and left out.
const maxCustoms = 1 << 14

// section reads the section id, from its size on.
func (d *decoder) section(id SectionID) {
	switch id {
	case SectionDataCount:
		if d.features&(BulkMemory|ReferenceTypes) == 0 {
			d.failNeed(fault.MalformedSection, BulkMemory, d.last)
			return
		}
	case SectionTag:
		if !d.features.Has(ExceptionHandling) {
			d.failNeed(fault.MalformedSection, ExceptionHandling, d.last)
			return
		}
	}
	if int(id) >= len(sectionReaders) {
		d.fail(fault.MalformedSection)
		return
	}
	s := &sectionReaders[id]
	size := d.u32()
	if d.ok() && uint64(size) > uint64(d.rest()) {
		d.fail(fault.LengthOutOfBounds)
	}
	d.in(s.node)
	if !d.ok() {
		return
	}
	end := d.pos + int(size)
	if id != SectionCustom || len(d.m.Customs) < maxCustoms {
		d.m.Sections = append(d.m.Sections, Section{ID: id, Offset: d.offset(), Size: int64(size)})
	}
	s.read(d, end)
	if d.ok() && d.pos != end {
		d.failAt(fault.SectionSizeMismatch, d.pos)
		d.in(s.node)
	}
}

// sectionReaders has the name of each section and how its contents are read. The
// readers are given the end that the section's size says.
var sectionReaders = [...]struct {
	node string
	read func(d *decoder, end int)
}{
	SectionCustom:    {"custom section", (*decoder).customSection},
	SectionType:      {"type section", (*decoder).typeSection},
	SectionImport:    {"import section", (*decoder).importSection},
	SectionFunction:  {"function section", (*decoder).functionSection},
	SectionTable:     {"table section", (*decoder).tableSection},
	SectionMemory:    {"memory section", (*decoder).memorySection},
	SectionGlobal:    {"global section", (*decoder).globalSection},
	SectionExport:    {"export section", (*decoder).exportSection},
	SectionStart:     {"start section", (*decoder).startSection},
	SectionElement:   {"element section", (*decoder).elementSection},
	SectionCode:      {"code section", (*decoder).codeSection},
	SectionData:      {"data section", (*decoder).dataSection},
	SectionDataCount: {"data count section", (*decoder).dataCountSection},
	SectionTag:       {"tag section", (*decoder).tagSection},
}

// lengths compares the sections that must agree in length (core 5.5.17).
func (d *decoder) lengths() {
	switch {
	case len(d.m.Funcs) != len(d.m.Bodies):
		d.fail(fault.IncompatibleFuncCode)
	case d.m.DataCount != nil && uint64(*d.m.DataCount) != uint64(d.m.Datas.Len()):
		d.fail(fault.IncompatibleDataCount)
	default:
		return
	}
	d.nowhere = true
	d.in("module")
}

// vector reads a vector whose elements belong to node, which surrounds its
// failures in counting and those of each element.
func (d *decoder) vector(node string, each func()) {
	n := d.count()
	d.in(node)
	for i := 0; i < n && d.ok(); i++ {
		each()
		d.in(node)
	}
}
