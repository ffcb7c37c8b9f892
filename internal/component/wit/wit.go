package wit

import (
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/component/types"
)

// Text is the world of a component of type c, with the packages of the interfaces that it
// imports and exports. What WIT does not have, such as imports of core modules, becomes a
// comment.
func Text(c *types.Component) string {
	w := &world{owners: map[any]owned{}, seen: map[string]bool{}}
	for _, d := range []struct {
		word    string
		entries []types.Entry
	}{{"import", c.Imports.List}, {"export", c.Exports.List}} {
		for _, e := range d.entries {
			w.collect(e)
		}
	}
	var p printer
	p.line("package root:component;")
	p.gap()
	p.open("world root")
	imports := w.scope("", "", c.Imports.List)
	p.entries(w, imports, "import ", c.Imports.List)
	p.gap()
	p.types(imports)
	p.gap()
	exports := w.scope("", "", c.Exports.List)
	exports.inherit(imports)
	p.types(exports)
	p.gap()
	p.entries(w, exports, "export ", c.Exports.List)
	p.close()
	for _, pkg := range w.packages {
		p.gap()
		p.open("package " + pkg.name)
		for _, i := range pkg.interfaces {
			p.gap()
			p.open("interface " + escape(i.name))
			p.body(w.scope(pkg.name, i.full, i.typ.Exports.List))
			p.close()
		}
		p.close()
	}
	return p.b.String()
}

// world is what is known of all interfaces.
type world struct {
	packages []*pkg
	owners   map[any]owned // of types: what defines them, and their names there
	seen     map[string]bool
}

// pkg is a package: a namespace, a name and a version.
type pkg struct {
	name       string
	interfaces []*iface
}

// iface is an interface of a package.
type iface struct {
	name, full string
	typ        *types.Instance
}

// owned is a type's name in the interface that defines it; "" is the world.
type owned struct{ iface, name string }

// collect notes the interface e, if it is one that has a package, and the types that it
// defines.
func (w *world) collect(e types.Entry) {
	if e.Type != nil {
		w.own(e.Type, "", e.Name)
	}
	if e.Instance == nil {
		return
	}
	name, _, packaged := split(e.Name)
	for _, x := range e.Instance.Exports.List {
		if x.Type != nil && packaged {
			w.own(x.Type, e.Name, x.Name)
		}
	}
	if !packaged || w.seen[e.Name] {
		return
	}
	w.seen[e.Name] = true
	of := packageOf(e.Name)
	n := slices.IndexFunc(w.packages, func(p *pkg) bool { return p.name == of })
	if n < 0 {
		n = len(w.packages)
		w.packages = append(w.packages, &pkg{name: of})
	}
	w.packages[n].interfaces = append(w.packages[n].interfaces, &iface{name, e.Name, e.Instance})
}

// own notes that t is defined by an interface, unless another one does.
func (w *world) own(t *types.Type, iface, name string) {
	if id := identity(t); id != nil {
		if _, known := w.owners[id]; !known {
			w.owners[id] = owned{iface, name}
		}
	}
}

// identity is what types that are the same have in common.
func identity(t *types.Type) any {
	switch {
	case t.Resource != nil:
		return t.Resource
	case t.Value != nil:
		return t.Value
	}
	return nil
}

// split is the name of an interface within its package, and its version; ok is false for a
// name without a package.
func split(full string) (name, version string, ok bool) {
	base, version, _ := strings.Cut(full, "@")
	at := strings.LastIndexByte(base, '/')
	if at < 0 || !strings.Contains(base[:at], ":") {
		return full, "", false
	}
	return base[at+1:], version, true
}

// packageOf is the package of an interface.
func packageOf(full string) string {
	name, version, _ := split(full)
	of := strings.TrimSuffix(strings.TrimSuffix(full, "@"+version), "/"+name)
	if version != "" {
		of += "@" + version
	}
	return of
}

// keywords are words that WIT writes with a % where they are names.
const keywords = " use type func u8 u16 u32 u64 s8 s16 s32 s64 f32 f64 float32 float64 char bool string option result future " +
	"stream error-context list map own borrow resource record flags variant enum tuple static interface world import export " +
	"package constructor include with as from async "

// escape is name as WIT writes it.
func escape(name string) string {
	if strings.Contains(keywords, " "+name+" ") {
		return "%" + name
	}
	return name
}
