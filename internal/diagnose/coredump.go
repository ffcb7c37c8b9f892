package diagnose

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Core dumps: the state of a trapped guest as a WebAssembly module, by
// https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md.
const (
	coreModule = "\x00asm\x01\x00\x00\x00"
	// corePage is the piece in which memory is looked through for content.
	corePage = 64 << 10
)

// WriteCoreDump writes the state of s after a trap with the calls that were under way:
// memory 0 without its empty pages, globals, and those calls. Values of locals and
// operands are not known, nor is what a start function has changed, where the engine
// drops the instance that it traps in. With gdb, frames have the shape that wasm-gdb
// reads.
func (s *Subject) WriteCoreDump(w io.Writer, frames []Frame, gdb bool) error {
	d := coreDump{w: w}
	d.write([]byte(coreModule))
	memory, pages := s.coreMemory()
	if pages != nil {
		d.section(byte(wasm.SectionMemory), wasm.AppendU64([]byte{1, 0x00}, *pages))
	}
	globals := s.coreGlobals()
	d.section(byte(wasm.SectionGlobal), append(wasm.AppendU64(nil, uint64(len(globals))), bytes.Join(globals, nil)...))
	d.data(memory)
	d.custom("core", []byte{0, 0})
	family := s.family()
	d.custom("coremodules", coreModules(family))
	d.custom("coreinstances", coreInstances(pages != nil, len(globals), len(family)))
	d.custom("corestack", coreStack(family, frames, gdb))
	if d.err != nil {
		return fmt.Errorf("write the core dump: %w", d.err)
	}
	return nil
}

// coreMemory is memory 0, as far as it is known, and its size in pages, or nil
// without one.
func (s *Subject) coreMemory() (memory []byte, pages *uint64) {
	if s.Engine != nil {
		if memory = s.Engine.Memory(); memory == nil {
			return nil, nil
		}
		size := uint64(len(memory) / corePage)
		return memory, &size
	}
	if s.Module.ImportedCount(wasm.ExternMemory) > 0 || len(s.Module.Memories) == 0 {
		return nil, nil
	}
	return nil, &s.Module.Memories[0].Limits.Min
}

// coreGlobal are the bits of global x, 0 where they cannot be told.
func (s *Subject) coreGlobal(x uint32) uint64 {
	if s.Engine == nil {
		bits, _ := s.Module.GlobalConstant(x, s.Plan.Features, func(*wasm.Import) (uint64, bool) { return 0, false })
		return bits
	}
	bits, _ := s.Engine.GlobalAt(x)
	return bits
}

// coreDump writes sections until one cannot be written.
type coreDump struct {
	w   io.Writer
	err error
}

func (d *coreDump) write(b []byte) {
	if d.err == nil {
		_, d.err = d.w.Write(b)
	}
}

func (d *coreDump) section(id byte, content []byte) {
	d.write(wasm.AppendU64([]byte{id}, uint64(len(content))))
	d.write(content)
}

func (d *coreDump) custom(name string, content []byte) {
	d.section(0, append(wasm.AppendName(nil, name), content...))
}

// data writes the data section: a segment for each run of pages that are not all
// zero. The memory itself is written in place.
func (d *coreDump) data(memory []byte) {
	var heads, contents [][]byte
	size := 0
	for at := 0; at < len(memory); at += corePage {
		end := at
		for end < len(memory) && !empty(memory[end:min(end+corePage, len(memory))]) {
			end = min(end+corePage, len(memory))
		}
		if end == at {
			continue
		}
		head := wasm.AppendS64([]byte{0, 0x41}, int64(int32(at)))
		head = wasm.AppendU64(append(head, 0x0b), uint64(end-at))
		heads, contents = append(heads, head), append(contents, memory[at:end])
		size += len(head) + end - at
		at = end - corePage
	}
	count := wasm.AppendU64(nil, uint64(len(heads)))
	d.write(wasm.AppendU64([]byte{byte(wasm.SectionData)}, uint64(len(count)+size)))
	d.write(count)
	for n := range heads {
		d.write(heads[n])
		d.write(contents[n])
	}
}

// empty reports whether b is all zero.
func empty(b []byte) bool { return len(b) == 0 || b[0] == 0 && bytes.Equal(b[:len(b)-1], b[1:]) }

// coreGlobals are the module's own globals as entries of a global section, with
// their present values. A value that cannot be told is zero or null.
func (s *Subject) coreGlobals() [][]byte {
	var entries [][]byte
	first := s.Module.ImportedCount(wasm.ExternGlobal)
	for n, g := range s.Module.Globals {
		bits := s.coreGlobal(first + uint32(n))
		b := append(wasm.AppendValType(nil, g.Type.Type), 0)
		if g.Type.Mutable {
			b[len(b)-1] = 1
		}
		switch t := g.Type.Type; {
		case t == wasm.I32:
			b = wasm.AppendS64(append(b, 0x41), int64(int32(bits)))
		case t == wasm.I64:
			b = wasm.AppendS64(append(b, 0x42), int64(bits))
		case t == wasm.F32:
			b = binary.LittleEndian.AppendUint32(append(b, 0x43), uint32(bits))
		case t == wasm.F64:
			b = binary.LittleEndian.AppendUint64(append(b, 0x44), bits)
		default:
			b = append([]byte{0x7f, 0}, 0x41, 0) // no constant for it: an i32 in its place
		}
		entries = append(entries, append(b, 0x0b))
	}
	return entries
}

// coreModules are the modules of family: the first has no name, others have that of their file.
func coreModules(family []*Subject) []byte {
	b := wasm.AppendName(append(wasm.AppendU64(nil, uint64(len(family))), 0), "")
	for _, s := range family[1:] {
		b = wasm.AppendName(append(b, 0), s.File)
	}
	return b
}

// coreInstances are those of the modules, one of each: of module 0, with memory 0 and all globals,
// and of others, of which no more is told.
func coreInstances(memory bool, globals, modules int) []byte {
	b := append(wasm.AppendU64(nil, uint64(modules)), 0, 0)
	if memory {
		b = append(b, 1, 0)
	} else {
		b = append(b, 0)
	}
	b = wasm.AppendU64(b, uint64(globals))
	for n := range globals {
		b = wasm.AppendU64(b, uint64(n))
	}
	for n := 1; n < modules; n++ {
		b = append(wasm.AppendU64(append(b, 0), uint64(n)), 0, 0)
	}
	return b
}

// coreStack is the one thread with its frames, innermost first. With gdb, which knows of one
// module, the calls of others are left out.
func coreStack(family []*Subject, frames []Frame, gdb bool) []byte {
	if gdb {
		frames = slices.DeleteFunc(slices.Clone(frames), func(f Frame) bool { return f.Instance > 0 })
	}
	b := append([]byte{0}, wasm.AppendName(nil, "main")...)
	b = wasm.AppendU64(b, uint64(len(frames)))
	for _, f := range frames {
		b = append(b, 0)
		if !gdb {
			b = wasm.AppendU64(b, uint64(f.Instance))
		}
		m := family[f.Instance].Module
		b = wasm.AppendU64(b, uint64(f.Function))
		b = wasm.AppendU64(b, uint64(f.Offset-m.Bodies[f.Function-m.ImportedCount(wasm.ExternFunc)].Offset))
		b = append(b, 0, 0) // no locals, no operands
	}
	return b
}
