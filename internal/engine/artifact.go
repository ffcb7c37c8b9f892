package engine

import (
	"io"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// Version is the engine's, as the key of anything that is kept of its code.
const Version = "wazero v1.12.0"

// artifacts is what wazero's compiler takes for its file cache. It pays no
// attention to wazero's keys: what is compiled at a time is known.
type artifacts struct{ now *CompileOptions }

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
