package private

import (
	"reflect"
	"sort"
	"sync"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// Code is the machine code of a module and what wazero knows of it.
type Code struct {
	// Imported is how many functions the module imports.
	Imported int64
	// Placed says that the code knows the positions of instructions.
	Placed bool

	begin, size uintptr
	executable  unsafe.Pointer // begin
	owner       unsafe.Pointer // what wazero keeps it with, and unmaps it behind
	layout      reflect.Value  // of what the code works on
	functions   reflect.Value  // []int: where each function begins
	addresses   reflect.Value  // []uintptr, sorted
	positions   reflect.Value  // []uint64: offsets in the code section
}

// CodeOf reads what m was compiled to. ok is false where that looks other than in
// [Version], or where more modules than m were compiled in its Runtime.
func CodeOf(m wazero.CompiledModule) (c Code, ok bool) {
	modules, unlock := modulesWith(m)
	defer unlock()
	if !modules.IsValid() || modules.Len() != 1 {
		return c, false
	}
	it := modules.MapRange()
	it.Next()
	return codeOf(it.Value())
}

// CodeAmong is [CodeOf] for one of several modules of a Runtime.
func CodeAmong(m wazero.CompiledModule) (c Code, ok bool) {
	modules, unlock := modulesWith(m)
	defer unlock()
	id := field(reflect.ValueOf(m), "module", "ID")
	if !modules.IsValid() || !id.IsValid() || modules.Type().Key() != id.Type() {
		return c, false
	}
	if v := modules.MapIndex(id); v.IsValid() {
		return codeOf(v)
	}
	return c, false
}

// modulesWith is wazero's map of the compiled modules of m's Runtime, to which other goroutines
// add: its own lock is held until unlock is called. It is the zero Value where there is no such map.
func modulesWith(m wazero.CompiledModule) (modules reflect.Value, unlock func()) {
	engine := field(reflect.ValueOf(m), "compiledEngine")
	modules, mux := field(engine, "compiledModules"), field(engine, "mux")
	if modules.Kind() != reflect.Map || !mux.IsValid() || mux.Type() != reflect.TypeFor[sync.RWMutex]() || !mux.CanAddr() {
		return reflect.Value{}, func() {}
	}
	lock := (*sync.RWMutex)(mux.Addr().UnsafePointer())
	lock.RLock()
	return modules, lock.RUnlock
}

// codeOf reads wazero's compiled module.
func codeOf(m reflect.Value) (c Code, ok bool) {
	executable, imported := field(m, "executables", "executable"), field(m, "module", "ImportFunctionCount")
	c = Code{
		functions: field(m, "functionOffsets"),
		addresses: field(m, "sourceMap", "executableOffsets"),
		positions: field(m, "sourceMap", "wasmBinaryOffsets"),
	}
	if !isSlice(executable, reflect.Uint8) || !isSlice(c.functions, reflect.Int) ||
		!isSlice(c.addresses, reflect.Uintptr) || !isSlice(c.positions, reflect.Uint64) ||
		c.addresses.Len() != c.positions.Len() || imported.Kind() != reflect.Uint32 {
		return Code{}, false
	}
	c.begin, c.size = executable.Pointer(), uintptr(executable.Len())
	if owner := field(m, "executables"); owner.Kind() == reflect.Pointer {
		c.owner = owner.UnsafePointer()
	}
	c.executable, c.layout = executable.UnsafePointer(), field(m, "offsets")
	c.Imported, c.Placed = int64(imported.Uint()), c.addresses.Len() > 0
	return c, true
}

// Same reports whether o is the same machine code.
func (c *Code) Same(o *Code) bool { return c.size > 0 && c.begin == o.begin }

// Return is where a call returns to, in machine code.
type Return struct {
	Function int64 // by its index in the module, imports counted
	In       int64 // from the start of the function's code
	Offset   int64 // of the call or trap in the code section's contents; -1 if not known
}

// At is what address returns to, unless that is in other code.
func (c *Code) At(address uintptr) (Return, bool) {
	if address < c.begin || address-c.begin >= c.size {
		return Return{}, false
	}
	n := sort.Search(c.functions.Len(), func(i int) bool { return c.start(i) > address-c.begin }) - 1
	if n < 0 {
		return Return{}, false
	}
	in := int64(address - c.begin - c.start(n))
	return Return{c.Imported + int64(n), in, c.position(address)}, true
}

// Position is the offset of what returns to so many bytes behind the start of
// function, as in [Return]; -1 where it is not known.
func (c *Code) Position(function, in int64) int64 {
	n := function - c.Imported
	if in < 0 || n < 0 || n >= int64(c.functions.Len()) {
		return -1
	}
	return c.position(c.begin + c.start(int(n)) + uintptr(in))
}

// start is where function n of the module's own begins, in its code.
func (c *Code) start(n int) uintptr { return uintptr(c.functions.Index(n).Int()) }

// position is the position of the instruction before address, or -1.
func (c *Code) position(address uintptr) int64 {
	at := sort.Search(c.addresses.Len(), func(i int) bool { return uintptr(c.addresses.Index(i).Uint()) >= address }) - 1
	if at < 0 {
		return -1
	}
	return int64(c.positions.Index(at).Uint())
}
