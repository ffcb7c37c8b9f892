package private

import (
	"io"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// FileCache is what wazero asks for compiled code, and gives it to.
type FileCache interface {
	Get(key [32]byte) (content io.ReadCloser, ok bool, err error)
	Add(key [32]byte, content io.Reader) error
	Delete(key [32]byte) error
}

// CacheWith is a compilation cache of wazero's that asks f, or nil where wazero cannot
// be made to. wazero has no way to say where its compiled code is kept but a directory,
// whose files it trusts and reads in pieces of eight bytes; the interface that would do
// is internal to it.
func CacheWith(f FileCache) wazero.CompilationCache {
	c := newCache()
	field := fileCacheOf(c)
	if !field.IsValid() {
		return nil
	}
	field.Set(reflect.ValueOf(f))
	return c
}

func newCache() wazero.CompilationCache { return wazero.NewCompilationCache() }

// fileCacheOf is the field of c that holds a [FileCache], to be set; the zero Value
// where there is none.
func fileCacheOf(c wazero.CompilationCache) reflect.Value {
	v := reflect.ValueOf(c)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	f := v.Elem().FieldByName("fileCache")
	if !f.IsValid() || f.Kind() != reflect.Interface || !reflect.TypeFor[FileCache]().Implements(f.Type()) ||
		!f.Type().Implements(reflect.TypeFor[FileCache]()) {
		return reflect.Value{}
	}
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}
