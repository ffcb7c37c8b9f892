package component

import (
	"iter"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Modules are the core modules of c in the order of the file, those of components within where
// these are.
func (c *Component) Modules() iter.Seq[*Module] {
	return func(yield func(*Module) bool) { c.eachModule(yield) }
}

func (c *Component) eachModule(yield func(*Module) bool) bool {
	for _, d := range c.Definitions {
		switch d := d.(type) {
		case *Module:
			if !yield(d) {
				return false
			}
		case *Nested:
			if !d.Component.eachModule(yield) {
				return false
			}
		}
	}
	return true
}

// unnamed is what the empty name of a module is called in imports: the engine wants
// names. No other name begins so.
const unnamed = "\x00"

// LinkName is the name by which imports from the module name are linked.
func LinkName(name string) string {
	if name == "" || name[0] == unnamed[0] {
		return unnamed + name
	}
	return name
}

// Linkable is m with names for the modules that it imports from, and its bytes.
func (m *Module) Linkable() (*wasm.Module, []byte) {
	n := renamed(m.Module, LinkName)
	if n == m.Module {
		return n, m.bytes()
	}
	return n, wasm.Encode(n)
}

// renamed is m with names of modules that it imports from as f says; m itself if all stay.
func renamed(m *wasm.Module, f func(string) string) *wasm.Module {
	if !slices.ContainsFunc(m.Imports, func(im wasm.Import) bool { return f(im.Module) != im.Module }) {
		return m
	}
	n := *m
	n.Imports = slices.Clone(m.Imports)
	for i := range n.Imports {
		n.Imports[i].Module = f(n.Imports[i].Module)
	}
	return &n
}

// Encoded is [Encode] of c with modules in the place of its core modules: the bytes of each,
// with [LinkName] for the names of the modules that it imports from. There is one for each of
// [Component.Modules].
func Encoded(c *Component, modules [][]byte) ([]byte, error) {
	out, _, err := c.replaced(modules)
	if err != nil {
		return nil, err
	}
	return Encode(out), nil
}

// replaced is c less its custom sections with the first of modules in the place of its own, and
// the others.
func (c *Component) replaced(modules [][]byte) (*Component, [][]byte, error) {
	out := &Component{Definitions: make([]Definition, len(c.Definitions))}
	for i, d := range c.Definitions {
		switch d := d.(type) {
		case *Module:
			m, err := wasm.Decode(modules[0], wasm.Wasm3|wasm.Threads)
			if err != nil {
				return nil, nil, err
			}
			before := renamed(m, func(name string) string {
				if name != "" && name[0] == unnamed[0] {
					return name[len(unnamed):]
				}
				return name
			})
			out.Definitions[i], modules = &Module{Module: before}, modules[1:]
		case *Nested:
			nested, rest, err := d.Component.replaced(modules)
			if err != nil {
				return nil, nil, err
			}
			out.Definitions[i], modules = &Nested{nested}, rest
		default:
			out.Definitions[i] = d
		}
	}
	return out, modules, nil
}
