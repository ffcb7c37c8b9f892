package engine

import (
	"encoding/binary"
	"io"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// Version is the engine's, as the key of anything that is kept of its code.
const Version = "wazero v1.12.0"

// Artifact is where the code of the module that is being compiled comes from or
// goes to. Either may be nil.
type Artifact struct {
	// Load is the code as Save was given it, for a module that is the same but for
	// its function bodies. The engine does not check it: it must be genuine.
	Load io.ReadCloser
	// Save is given the code that was made.
	Save func(code []byte)
}

// artifacts is what wazero's compiler takes for its file cache. It pays no
// attention to wazero's keys: what is compiled at a time is known.
type artifacts struct{ now *Artifact }

// Get implements the interface of wazero's file caches.
func (a *artifacts) Get([32]byte) (io.ReadCloser, bool, error) {
	if a.now == nil || a.now.Load == nil {
		return nil, false, nil
	}
	return a.now.Load, true, nil
}

// Add implements the interface of wazero's file caches.
func (a *artifacts) Add(_ [32]byte, content io.Reader) error {
	if a.now == nil || a.now.Save == nil {
		return nil
	}
	code, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	a.now.Save(code)
	return nil
}

// Delete implements the interface of wazero's file caches. It is called for code
// of another version of wazero, which then is made anew.
func (a *artifacts) Delete([32]byte) error { return nil }

// cacheWith is a compilation cache of wazero's that asks a, or nil where this
// version of wazero cannot be made to. wazero has no way to say where its compiled
// code is kept but a directory, whose files it trusts and reads in pieces of eight
// bytes; the interface that would do is internal to it.
func cacheWith(a *artifacts) wazero.CompilationCache {
	c := wazero.NewCompilationCache()
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	f := v.Elem().FieldByName("fileCache")
	if !f.IsValid() || f.Kind() != reflect.Interface || !reflect.TypeFor[*artifacts]().Implements(f.Type()) {
		return nil
	}
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(a))
	return c
}

// WithoutPositions is code as [Artifact.Save] gives it without the record of which
// instruction a return address belongs to, which for a large module takes longer
// to read than the code itself. Traps in it do not know their place. It returns
// code as it is where that is not of the form that it knows.
func WithoutPositions(code []byte) []byte {
	const number = 8
	at := len("WAZEVO")
	if len(code) <= at {
		return code
	}
	at += 1 + int(code[at]) // the version
	if len(code) < at+4 {
		return code
	}
	at += 4 + number*int(binary.LittleEndian.Uint32(code[at:])) // the functions' offsets
	if len(code) < at+number {
		return code
	}
	size := binary.LittleEndian.Uint64(code[at:])
	if size > uint64(len(code)-at-number) {
		return code
	}
	at += number + int(size)
	if size > 0 {
		at += 4 // checksum
	}
	if len(code) < at+1+number || code[at] != 1 {
		return code
	}
	n := binary.LittleEndian.Uint64(code[at+1:])
	rest := at + 1 + number
	if n > uint64(len(code)-rest)/(2*number) {
		return code
	}
	out := append(code[:at:at], 0)
	return append(out, code[rest+int(n)*2*number:]...)
}
