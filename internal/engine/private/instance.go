package private

import (
	"math"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
)

// DropSegments empties data segments of m. wazero keeps them in an exported field of
// a type that is not.
func DropSegments(m api.Module, list []int) {
	segments := field(reflect.ValueOf(m), "DataInstances")
	if !isSlice(segments, reflect.Slice) {
		return
	}
	for _, n := range list {
		segments.Index(n).SetZero()
	}
}

// TableSize is the present number of elements of table index of m; 0 where that
// cannot be told. wazero has no way to ask; its instance keeps tables in exported
// fields of unexported packages.
func TableSize(m api.Module, index uint32) uint64 {
	if elements := tableElements(m, index); elements.IsValid() {
		return uint64(elements.Len())
	}
	return 0
}

// tableElements is the slice of the elements of table index of m, or the zero Value.
func tableElements(m api.Module, index uint32) reflect.Value {
	tables := field(reflect.ValueOf(m), "Tables")
	if !isSlice(tables, reflect.Pointer) || uint64(index) >= uint64(tables.Len()) {
		return reflect.Value{}
	}
	elements := field(tables.Index(int(index)), "References")
	if !isSlice(elements, reflect.Uintptr) {
		return reflect.Value{}
	}
	return elements
}

// ReserveTable gives table index of m, which is about to grow to size elements, room for
// spare ones beyond, as far as it may have them. What is not used yet is not backed by
// the system. wazero's own growth moves a large table every time.
func ReserveTable(m api.Module, index uint32, size, spare uint64) {
	elements := tableElements(m, index)
	if !elements.CanSet() || uint64(elements.Cap()) >= size {
		return
	}
	most := tableMaximum(m, index)
	if size > most {
		return
	}
	moved := reflect.MakeSlice(elements.Type(), elements.Len(), int(min(size+spare, most)))
	reflect.Copy(moved, elements)
	elements.Set(moved)
}

// tableMaximum is how many elements table index of m, which has one, may have.
func tableMaximum(m api.Module, index uint32) uint64 {
	most := field(reflect.ValueOf(m), "Tables").Index(int(index))
	if most = field(most, "Max"); most.Kind() != reflect.Pointer || most.IsNil() {
		return math.MaxUint32 - 1
	}
	return most.Elem().Uint()
}

// MemoryOf is the memory of m, or nil: wazero's own is then a nil pointer.
func MemoryOf(m api.Module) api.Memory {
	memory := m.Memory()
	if memory == nil || reflect.ValueOf(memory).IsNil() {
		return nil
	}
	return memory
}

// LeaveMemory takes the memory that m imports away from it, and reports whether that could
// be done. wazero frees the memory of an instance that it closes, whoever made it.
func LeaveMemory(m api.Module) bool {
	memory := field(reflect.ValueOf(m), "MemoryInstance")
	if memory.Kind() != reflect.Pointer || !memory.CanSet() {
		return false
	}
	memory.SetZero()
	return true
}

// Contents is m as it is now, without a copy. Of one of 4 GiB, wazero shows all but
// the last byte.
func Contents(m api.Memory) []byte {
	size := m.Size()
	if size == 0 && Pages(m) > 0 {
		b, _ := m.Read(0, math.MaxUint32)
		return unsafe.Slice(unsafe.SliceData(b), len(b)+1)
	}
	b, _ := m.Read(0, size)
	return b
}

// Pages is how many pages m has. Unlike its size in bytes, this does not wrap at 4 GiB.
func Pages(m api.Memory) uint64 {
	pages, _ := m.Grow(0)
	return uint64(pages)
}

// Table are the elements of table index of m; nil where they cannot be reached.
func Table(m api.Module, index uint32) []uintptr {
	elements := tableElements(m, index)
	if !elements.IsValid() || !elements.CanInterface() {
		return nil
	}
	list, _ := elements.Interface().([]uintptr)
	return list
}
