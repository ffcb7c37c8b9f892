package private

import (
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// Uncached makes r's engine one that keeps nothing; again makes it what it was. Meanwhile it neither looks for compiled
// code nor writes any down, for which it would copy what it has compiled twice. ok is false where that cannot be. Nobody
// compiles anything by r while one of the two is called.
func Uncached(r wazero.Runtime) (uncached, again func(), ok bool) {
	v := field(reflect.ValueOf(r), "store", "Engine", "fileCache")
	if !v.IsValid() || v.Kind() != reflect.Interface || !v.CanAddr() {
		return nil, nil, false
	}
	cache := reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	was := reflect.New(v.Type()).Elem()
	was.Set(cache)
	return func() { cache.SetZero() }, func() { cache.Set(was) }, true
}

// MadeOf is what wazero would write to a file cache for m, which it has compiled; the machine code is where it is executed.
// ok is false where there is none, or it looks other than in [Version].
func MadeOf(m wazero.CompiledModule) (a Artifact, ok bool) {
	modules, unlock := modulesWith(m)
	defer unlock()
	id := field(reflect.ValueOf(m), "module", "ID")
	if !modules.IsValid() || !id.IsValid() || modules.Type().Key() != id.Type() {
		return a, false
	}
	made := modules.MapIndex(id)
	version := field(reflect.ValueOf(m), "compiledEngine", "wazeroVersion")
	handlers := field(made, "catchClauseTable")
	if !made.IsValid() || version.Kind() != reflect.String || version.Len() > 255 || handlers.Kind() != reflect.Slice {
		return a, false
	}
	c, ok := codeOf(made)
	if !ok || c.owner == nil || c.size == 0 {
		return a, false
	}
	a = Artifact{Body: unsafe.Slice((*byte)(c.executable), c.size), Owner: c.owner}
	a.Before = append(append([]byte(artifactMagic), byte(version.Len())), version.String()...)
	a.Before = binary.LittleEndian.AppendUint32(a.Before, uint32(c.functions.Len()))
	for i := range c.functions.Len() {
		a.Before = binary.LittleEndian.AppendUint64(a.Before, uint64(c.start(i)))
	}
	a.Before = binary.LittleEndian.AppendUint64(a.Before, uint64(c.size))
	a.After = binary.LittleEndian.AppendUint32(nil, crc32.Checksum(a.Body, artifactSums))
	a.After = c.appendPlaces(a.After)
	a.After, ok = appendHandlers(a.After, handlers)
	return a, ok
}

// appendPlaces appends the positions of instructions.
func (c *Code) appendPlaces(b []byte) []byte {
	if !c.Placed {
		return append(b, 0)
	}
	n := c.addresses.Len()
	addresses := unsafe.Slice((*uintptr)(c.addresses.UnsafePointer()), n)
	positions := unsafe.Slice((*uint64)(c.positions.UnsafePointer()), n)
	made := make([]byte, 0, len(b)+1+8+16*n+4)
	b = append(append(made, b...), 1)
	b = binary.LittleEndian.AppendUint64(b, uint64(n))
	for i := range n {
		b = binary.LittleEndian.AppendUint64(b, positions[i])
		b = binary.LittleEndian.AppendUint64(b, uint64(addresses[i]-c.begin))
	}
	return b
}

// appendHandlers appends the handlers of exceptions, of each try_table.
func appendHandlers(b []byte, tables reflect.Value) ([]byte, bool) {
	b = binary.LittleEndian.AppendUint32(b, uint32(tables.Len()))
	for i := range tables.Len() {
		clauses := tables.Index(i)
		if clauses.Kind() != reflect.Slice {
			return nil, false
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(clauses.Len()))
		for k := range clauses.Len() {
			kind, tag := field(clauses.Index(k), "Kind"), field(clauses.Index(k), "TagIndex")
			if kind.Kind() != reflect.Uint8 || tag.Kind() != reflect.Uint32 {
				return nil, false
			}
			b = binary.LittleEndian.AppendUint32(append(b, byte(kind.Uint())), uint32(tag.Uint()))
		}
	}
	return b, true
}
