package debuginfo

import (
	"strings"

	"github.com/ianlancetaylor/demangle"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Place is a place in a source.
type Place struct {
	Function string // as a person writes it; empty if it is not known
	File     string // as the compiler was given it; empty if it is not known
	Line     int    // from 1 on
	Column   int    // from 1 on; 0 if it is not known
	Inlined  bool   // into the function of the next place
}

// Info is what there is to tell about a module.
type Info struct {
	names  map[uint32]string
	locals []wasm.IndirectNames
	dwarf  *lines
	maps   *sourceMap
	code   int64 // offset of the contents of the code section in the file
}

// New reads what m tells, whose code section's contents are at an offset of its file. beside
// reads the file of that name beside the module, and may be nil.
func New(m *wasm.Module, code int64, beside func(name string) []byte) *Info {
	i := &Info{names: map[uint32]string{}, code: code}
	for _, e := range m.Exports {
		if e.Kind == wasm.ExternFunc { // which stands for a name that is not told
			i.names[e.Index] = e.Name
		}
	}
	names := m.Names()
	i.locals = names.Locals
	for _, n := range names.Funcs {
		i.names[n.Index] = n.Name
	}
	i.dwarf = readLines(m)
	if i.dwarf == nil && beside != nil {
		i.maps = readSourceMap(m, beside)
	}
	return i
}

// Function is the name of the function of that index, or empty.
func (i *Info) Function(index uint32) string { return demangled(i.names[index]) }

// Places are where the instruction at an offset of the file is, in the function of that index:
// more than one where functions are inlined, the innermost first. There is always one.
func (i *Info) Places(function uint32, offset int64) (places []Place) {
	name := i.Function(function)
	places = []Place{{Function: name}}
	defer func() {
		// debug/dwarf is not made for what is malformed on purpose.
		if recover() != nil {
			places = []Place{{Function: name}}
		}
	}()
	if i.dwarf != nil {
		if found := i.dwarf.places(uint64(offset - i.code)); len(found) > 0 {
			if last := &found[len(found)-1]; last.Function == "" {
				last.Function = name
			}
			places = found
		}
	} else if i.maps != nil {
		if p, ok := i.maps.place(offset); ok {
			p.Function = name
			places = []Place{p}
		}
	}
	return places
}

// demangled is a name of Rust's or C++'s as a person writes it.
func demangled(name string) string {
	if len(name) > 1<<12 {
		return name
	}
	text := demangle.Filter(name, demangle.NoTemplateParams)
	// Rust's older names end in a hash.
	if n := strings.LastIndex(text, "::h"); n > 0 && len(text)-n == len("::h")+16 {
		text = text[:n]
	}
	return text
}
