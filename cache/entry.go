package cache

import (
	"bytes"
	"errors"
	"io"
)

// Entry is what was made of a module, read from a file or from the custom section
// of a universal module. It verifies what it hands out, at the time it does.
type Entry struct {
	layout
	source io.ReaderAt
	close  func() error
}

// Contents are the parts of an entry to be written.
type Contents struct {
	Manifest
	Key Key
	// Front is the skeleton of the module; Engine that of what the engine was given,
	// nil if it is the same. Both are empty when the module cannot do without its
	// bodies, because what it was lowered to depends on them.
	Front, Engine []byte
	Code          []byte // the engine's artifact
}

// Encode is the entry's bytes, in the pieces that they are joined from.
func (c *Contents) Encode() [][]byte {
	l := layout{
		Manifest: c.Manifest, key: c.Key,
		front:  part{int64(len(c.Front)), hashOf(c.Front)},
		engine: part{int64(len(c.Engine)), hashOf(c.Engine)},
		code:   int64(len(c.Code)),
	}
	for rest := c.Code; len(rest) > 0; {
		n := min(len(rest), chunkSize)
		l.chunks = append(l.chunks, hashOf(rest[:n]))
		rest = rest[n:]
	}
	return [][]byte{l.encode(), c.Front, c.Engine, c.Code}
}

// Parse reads the entry in b. Bytes behind it are an error.
func Parse(b []byte) (*Entry, error) {
	return newEntry(bytes.NewReader(b), int64(len(b)), nil)
}

// ParseAt reads the entry that is size bytes of source, which must stay readable
// as long as the entry is used.
func ParseAt(source io.ReaderAt, size int64) (*Entry, error) { return newEntry(source, size, nil) }

// newEntry reads the head of the entry in source, which has size bytes.
func newEntry(source io.ReaderAt, size int64, closer func() error) (*Entry, error) {
	l, err := decodeHead(func(n int) ([]byte, error) {
		if int64(n) > size {
			return nil, corrupt("cut short")
		}
		b := make([]byte, n)
		_, err := source.ReadAt(b, 0)
		return b, whole(err)
	})
	if err != nil {
		return nil, err
	}
	if l.head+l.front.size+l.engine.size+l.code != size {
		return nil, corrupt("size")
	}
	return &Entry{layout: *l, source: source, close: closer}, nil
}

// whole is the error of a ReadAt that has read everything.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Key is what finds the entry.
func (e *Entry) Key() Key { return e.key }

// CodeSize is how many bytes the artifact has.
func (e *Entry) CodeSize() int64 { return e.code }

// Bytes is the size of the whole entry.
func (e *Entry) Bytes() int64 { return e.head + e.front.size + e.engine.size + e.code }

// HasSkeleton reports whether the entry can do without the module.
func (e *Entry) HasSkeleton() bool { return e.front.size > 0 }

// Front is the module's skeleton.
func (e *Entry) Front() ([]byte, error) { return e.read(e.head, e.front, "skeleton") }

// EngineModule is the skeleton of what the engine was given.
func (e *Entry) EngineModule() ([]byte, error) {
	if e.engine.size == 0 {
		return e.Front()
	}
	return e.read(e.head+e.front.size, e.engine, "engine's skeleton")
}

func (e *Entry) read(at int64, p part, what string) ([]byte, error) {
	b := make([]byte, p.size)
	if _, err := e.source.ReadAt(b, at); whole(err) != nil {
		return nil, err
	}
	if string(hashOf(b)) != string(p.hash) {
		return nil, corrupt(what)
	}
	return b, nil
}

// Code streams the artifact, of which it hands out nothing that has not been
// verified.
func (e *Entry) Code() io.ReadCloser {
	at := e.head + e.front.size + e.engine.size
	return newCodeReader(io.NewSectionReader(e.source, at, e.code), e.chunks)
}

// Verify reads everything.
func (e *Entry) Verify() error {
	if _, err := e.Front(); err != nil {
		return err
	}
	if _, err := e.EngineModule(); err != nil {
		return err
	}
	r := e.Code()
	defer r.Close()
	_, err := io.Copy(io.Discard, r)
	return err
}

// Close releases the entry's file.
func (e *Entry) Close() error {
	if e.close == nil {
		return nil
	}
	return e.close()
}
