package engine

import (
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// Version is the engine's, as the key of anything that is kept of its code.
const Version = "wazero v1.12.0"

// artifacts is what wazero's compiler takes for its file cache. It pays no
// attention to wazero's keys: what is compiled at a time is known.
type artifacts struct {
	now    *CompileOptions
	loaded bool // the code of now was taken
}

// Get implements the interface of wazero's file caches.
func (a *artifacts) Get([32]byte) (io.ReadCloser, bool, error) {
	if a.now == nil || a.now.Load == nil {
		return nil, false, nil
	}
	a.loaded = true
	return a.now.Load, true, nil
}

// Add implements the interface of wazero's file caches.
func (a *artifacts) Add(_ [32]byte, content io.Reader) error {
	if a.now == nil || a.now.Save == nil {
		return nil
	}
	var code whole
	if _, err := io.Copy(&code, content); err != nil {
		return err
	}
	a.now.Save(artifactOf(code))
	return nil
}

// whole is what was written to it. wazero's artifact comes in one piece from a
// buffer that nobody uses afterwards; it is as large as the code.
type whole []byte

func (w *whole) Write(b []byte) (int, error) {
	if *w == nil {
		*w = b
	} else {
		*w = append(*w, b...)
	}
	return len(b), nil
}

// errOtherVersion refuses an artifact of another version of wazero: what stands
// for the module has no bodies that it could be made from anew.
var errOtherVersion = errors.New("compiled code of another version of wazero")

// Delete implements the interface of wazero's file caches. It is called for code
// of another version of wazero.
func (a *artifacts) Delete([32]byte) error { return errOtherVersion }

// Artifact is the compiled code of a module as it is kept, in three parts: Body is
// the machine code, which is independent of where it is.
type Artifact struct{ Before, Body, After []byte }

// artifactOf cuts what wazero has written: magic, version with its length, number of functions,
// offset of each, length of the machine code, that code, and more. All is Before
// when it does not look like that.
func artifactOf(b []byte) Artifact {
	const magic = "WAZEVO"
	at := len(magic) + 1
	if len(b) < at || string(b[:len(magic)]) != magic {
		return Artifact{Before: b}
	}
	at += int(b[at-1])
	if len(b) < at+4 {
		return Artifact{Before: b}
	}
	at += 4 + 8*int(binary.LittleEndian.Uint32(b[at:]))
	if len(b) < at+8 {
		return Artifact{Before: b}
	}
	size := binary.LittleEndian.Uint64(b[at:])
	if at += 8; size > uint64(len(b)-at) {
		return Artifact{Before: b}
	}
	end := at + int(size)
	return Artifact{b[:at:at], b[at:end:end], b[end:]}
}

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
