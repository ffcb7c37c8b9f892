package private

import (
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// entry is what wazero's compiled code calls a function by that is an element of a table:
// its functionInstance. Compiled code reads it in place.
type entry struct {
	code    unsafe.Pointer
	context unsafe.Pointer // of the module that the code works on
	typeID  uint32
	index   uint32
}

// noIndex is the index of an entry, by which wazero looks up the definition of a function: none.
const noIndex = 1<<32 - 1

// Entries are entries of functions that are none of an instance's own, and work on it. As long
// as a function has no code, its entry leads to a stub.
type Entries struct {
	list    []entry
	blocks  []byte // the context of each stub
	context unsafe.Pointer
	layout  reflect.Value // of the context
	alive   []wazero.CompiledModule
}

// NewEntries makes n entries for the instance core, each with the type at kind of core's, and
// leading to the function stub of the instance stubs, of whose first global it sees its own
// number instead of the value. It is nil where the engine looks other than in [Version].
func NewEntries(core, stubs api.Module, stubsCode wazero.CompiledModule, n int, kind, stub func(i int) int) *Entries {
	context, layout, ok := contextOf(core)
	model, stubLayout, ok2 := contextOf(stubs)
	code, ok3 := CodeAmong(stubsCode)
	types := field(reflect.ValueOf(core), "TypeIDs")
	size, global := field(stubLayout, "TotalSize"), field(stubLayout, "GlobalsBegin")
	if !ok || !ok2 || !ok3 || !isSlice(types, reflect.Uint32) || size.Kind() != reflect.Int || global.Kind() != reflect.Int32 || !sameEntry(core) || global.Int() < 0 {
		return nil
	}
	each := (int(size.Int()) + 15) &^ 15
	e := &Entries{list: make([]entry, n), blocks: make([]byte, n*each+16), context: context, layout: layout}
	from := unsafe.Slice((*byte)(model), size.Int())
	at := -int(uintptr(unsafe.Pointer(unsafe.SliceData(e.blocks)))) & 15
	for i := range e.list {
		block := e.blocks[at+i*each:]
		copy(block, from)
		number := block[global.Int():]
		number[0], number[1], number[2], number[3] = byte(i), byte(i>>8), byte(i>>16), byte(i>>24)
		e.list[i] = entry{code.pointer(stub(i)), unsafe.Pointer(unsafe.SliceData(block)), uint32(types.Index(kind(i)).Uint()), noIndex}
	}
	return e
}

// pointer is where function n of the module's own begins.
func (c *Code) pointer(n int) unsafe.Pointer {
	return unsafe.Add(c.executable, c.start(n))
}

// contextOf is what compiled code of the instance m works on, and its layout.
func contextOf(m api.Module) (context unsafe.Pointer, layout reflect.Value, ok bool) {
	engine := field(reflect.ValueOf(m), "Engine")
	p, layout := field(engine, "opaquePtr"), field(engine, "parent", "offsets")
	if p.Kind() != reflect.Pointer || p.IsNil() || layout.Kind() != reflect.Struct {
		return nil, layout, false
	}
	return p.UnsafePointer(), layout, true
}

// sameEntry reports whether wazero's functionInstance is an entry.
func sameEntry(m api.Module) bool {
	list := field(reflect.ValueOf(m), "Engine", "localFunctionInstances")
	if !isSlice(list, reflect.Pointer) {
		return false
	}
	is, ours := list.Type().Elem().Elem(), reflect.TypeFor[entry]()
	if is.Kind() != reflect.Struct || is.NumField() != ours.NumField() || is.Size() != ours.Size() {
		return false
	}
	for n, name := range []string{"executable", "moduleContextOpaquePtr", "typeID", "indexInModule"} {
		if f := is.Field(n); f.Name != name || f.Offset != ours.Field(n).Offset || f.Type.Size() != ours.Field(n).Type.Size() {
			return false
		}
	}
	return true
}

// Element is entry i as an element of a table.
func (e *Entries) Element(i int) uintptr { return uintptr(unsafe.Pointer(&e.list[i])) }

// Set has the entries list lead to the first functions of m's own, in their order, and reports
// whether it could: m's code works on contexts like that of the instance. It is called by the
// goroutine that executes the instance, or while nobody does.
func (e *Entries) Set(m wazero.CompiledModule, list []uint32) bool {
	c, ok := e.codeOf(m)
	if !ok || c.functions.Len() < len(list) {
		return false
	}
	e.alive = append(e.alive, m)
	for n, i := range list {
		e.list[i].code, e.list[i].context = c.pointer(n), e.context
	}
	return true
}

// Replace is [Entries.Set] for entries of list that have been set, while anybody calls them: compiled code reads where an entry leads
// to at once, and what that works on stays.
func (e *Entries) Replace(m wazero.CompiledModule, list []uint32) bool {
	c, ok := e.codeOf(m)
	if !ok || c.functions.Len() < len(list) {
		return false
	}
	e.alive = append(e.alive, m)
	for n, i := range list {
		if e.list[i].context == e.context {
			atomic.StorePointer(&e.list[i].code, c.pointer(n))
		}
	}
	return true
}

// Replaces says that machine code that has just been mapped can be executed by other cores without anything being done there.
const Replaces = runtime.GOARCH == "amd64"

// Fits reports whether m's code works on contexts like that of the instance.
func (e *Entries) Fits(m wazero.CompiledModule) bool {
	_, ok := e.codeOf(m)
	return ok
}

// codeOf is the code of m, if it works on contexts like that of the instance.
func (e *Entries) codeOf(m wazero.CompiledModule) (Code, bool) {
	c, ok := CodeAmong(m)
	return c, ok && e.fits(c.layout)
}

// shared are the fields of a layout on which code of pieces of one module relies.
func shared() []string {
	return []string{"ModuleInstanceOffset", "LocalMemoryBegin", "ImportedMemoryBegin", "ImportedFunctionsBegin", "GlobalsBegin", "TypeIDs1stElement", "TablesBegin", "TagsBegin"}
}

// none is the place of what a module does not have: its code does not look for it.
const none = -1

// fits reports whether what is in a context is where the code with that layout looks for it.
func (e *Entries) fits(layout reflect.Value) bool {
	if layout.Kind() != reflect.Struct {
		return false
	}
	for _, name := range shared() {
		own, other := e.layout.FieldByName(name), layout.FieldByName(name)
		if own.Kind() != reflect.Int32 || other.Kind() != reflect.Int32 || own.Int() != other.Int() && other.Int() != none {
			return false
		}
	}
	return true
}
