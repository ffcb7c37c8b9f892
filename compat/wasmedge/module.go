package wasmedge

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/compat"
)

// errElsewhere is the error of what belongs to modules of another store.
var errElsewhere = errors.New("what belongs to modules of one store cannot be used by those of another")

// Module is an instance of a module: of one that was loaded, of the host's own, of WASI,
// or of a plugin's.
type Module struct {
	name string

	// One of these says what it is.
	instance *compat.Instance // in world
	host     *hostContents
	wasi     *wasiContents
	builtIn  string // the name that it has in every world

	world *world // of instance

	mu     sync.Mutex
	stores map[*Store]bool // that it is in
}

// NewModule is a module of the host's without contents. It is filled before it is
// registered: what is added later is not seen by stores that have it already.
func NewModule(modname string) *Module { return &Module{name: modname, host: newHostContents()} }

// GetName is the name; empty for an instance that is not registered.
func (m *Module) GetName() string { return m.name }

// AddFunction adds a function to a module of [NewModule]. A name that is taken names the
// newer function.
func (m *Module) AddFunction(name string, inst *Function) {
	if m.host != nil && inst != nil {
		m.host.add(func() { m.host.functions[name] = inst })
	}
}

// AddTable adds a table to a module of [NewModule].
func (m *Module) AddTable(name string, inst *Table) {
	if m.host != nil && inst != nil {
		m.host.add(func() { m.host.tables[name] = inst })
	}
}

// AddMemory adds a memory to a module of [NewModule].
func (m *Module) AddMemory(name string, inst *Memory) {
	if m.host != nil && inst != nil {
		m.host.add(func() { m.host.memories[name] = inst })
	}
}

// AddGlobal adds a global to a module of [NewModule].
func (m *Module) AddGlobal(name string, inst *Global) {
	if m.host != nil && inst != nil {
		m.host.add(func() { m.host.globals[name] = inst })
	}
}

// FindFunction is the exported function of that name, or nil.
func (m *Module) FindFunction(name string) *Function {
	switch {
	case m.host != nil:
		return m.host.functions[name]
	case m.instance == nil:
		return m.builtInFunction(name)
	}
	t, ok := m.instance.FunctionType(name)
	if !ok {
		return nil
	}
	return &Function{typ: t, world: m.world, instance: m.instance, name: name}
}

// FindTable is the exported table of that name, or nil.
func (m *Module) FindTable(name string) *Table {
	if m.host != nil {
		return m.host.tables[name]
	}
	if m.instance != nil {
		if t, ok := m.instance.Table(name); ok {
			return &Table{typ: t.Type(), in: m.world, guest: t}
		}
	}
	return nil
}

// FindMemory is the exported memory of that name, or nil.
func (m *Module) FindMemory(name string) *Memory {
	if m.host != nil {
		return m.host.memories[name]
	}
	if m.instance != nil {
		if x, ok := m.instance.Memory(name); ok {
			return &Memory{typ: x.Type(), in: m.world, guest: x}
		}
	}
	return nil
}

// FindGlobal is the exported global of that name, or nil.
func (m *Module) FindGlobal(name string) *Global {
	if m.host != nil {
		return m.host.globals[name]
	}
	if m.instance != nil {
		if g, ok := m.instance.Global(name); ok {
			return &Global{typ: g.Type(), in: m.world, guest: g}
		}
	}
	return nil
}

// FindTag is the exported tag of that name, or nil.
func (m *Module) FindTag(name string) *Tag {
	for _, e := range m.exports() {
		if e.Kind == compat.ExternTag && e.Name == name {
			return &Tag{e.Tag}
		}
	}
	return nil
}

// ListFunction are the names of the exported functions, sorted.
func (m *Module) ListFunction() []string {
	switch {
	case m.host != nil:
		return slices.Sorted(maps.Keys(m.host.functions))
	case m.instance == nil:
		return m.builtInFunctions()
	}
	return m.list(compat.ExternFunc)
}

// ListTable are the names of the exported tables, sorted.
func (m *Module) ListTable() []string {
	if m.host != nil {
		return slices.Sorted(maps.Keys(m.host.tables))
	}
	return m.list(compat.ExternTable)
}

// ListMemory are the names of the exported memories, sorted.
func (m *Module) ListMemory() []string {
	if m.host != nil {
		return slices.Sorted(maps.Keys(m.host.memories))
	}
	return m.list(compat.ExternMemory)
}

// ListGlobal are the names of the exported globals, sorted.
func (m *Module) ListGlobal() []string {
	if m.host != nil {
		return slices.Sorted(maps.Keys(m.host.globals))
	}
	return m.list(compat.ExternGlobal)
}

// ListTag are the names of the exported tags, sorted.
func (m *Module) ListTag() []string { return m.list(compat.ExternTag) }

func (m *Module) exports() []compat.Export {
	if m.instance == nil {
		return nil
	}
	return m.instance.Exports()
}

func (m *Module) list(k compat.ExternKind) []string {
	names := []string{}
	for _, e := range m.exports() {
		if e.Kind == k {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Release takes m out of the stores that have it. Instances that import from it stay usable.
func (m *Module) Release() {
	if m == nil {
		return
	}
	m.mu.Lock()
	stores := m.stores
	m.stores = nil
	m.mu.Unlock()
	for s := range stores {
		s.remove(m)
	}
}

// join notes that m is in s.
func (m *Module) join(s *Store) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stores == nil {
		m.stores = map[*Store]bool{}
	}
	m.stores[s] = true
}

// leave notes that m is in s no more.
func (m *Module) leave(s *Store) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.stores, s)
}
