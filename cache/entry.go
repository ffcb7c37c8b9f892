package cache

import (
	"bytes"
	"io"
	"os"
)

// Entry is what was made of a module, read from a file or from the custom section
// of a universal module. Beside the manifest it hands out nothing before somebody
// vouches for it, and nothing then whose BLAKE3 is not as the manifest has it. What is
// read and verified is memory of this process: whoever writes to the file meanwhile
// changes nothing of it.
type Entry struct {
	layout
	source  io.ReaderAt
	file    *os.File // source, if it is a file of the store's
	size    int64
	sealed  []byte // the head
	seal    []byte // behind it
	vouched bool
	voucher string
}

// Contents are the parts of an entry to be written.
type Contents struct {
	Manifest
	Key Key
	// Skeleton is the skeleton of the module; Engine that of what the engine was given,
	// nil if it is the same. Both are empty when the module cannot do without its
	// bodies, because what it was lowered to depends on them.
	Skeleton, Engine []byte
	// Image is what linear memory begins with, as far as the skeletons do not say.
	Image []Run
	Code  Artifact
	// Origins say where the instructions are that the machine code has come from, as who has made it has
	// written it down; empty where the artifact says it, or nobody does.
	Origins []byte

	// Members are what there is of the core modules of a component: their contents, less
	// skeletons, which that of the component has within, and the proposals that they use.
	Members []Contents
}

// Run is a run of bytes of a linear memory.
type Run struct {
	At    int64 // address of the first
	Bytes []byte
}

// Artifact is the engine's, in three parts, of which the second is machine code. Owner is
// what Body is in, which is gone when nobody has Owner any more; nil where Body is memory
// like other.
type Artifact struct {
	Before, Body, After []byte
	Owner               any
}

// Encode is the entry's bytes, sealed by s, to be handed on, in the pieces that they are joined from. These
// are good as long as there is c.
func (c *Contents) Encode(s Sealer) ([][]byte, error) { return c.encode(s, packSmall) }

func (c *Contents) encode(s Sealer, p packing) ([][]byte, error) {
	l := layout{Manifest: c.Manifest, key: c.Key}
	contents := c.describe(&l.parts)
	for i := range c.Members {
		m := &c.Members[i]
		l.members = append(l.members, member{uses: m.Uses, guarded: m.Guarded})
		contents = append(contents, m.describe(&l.members[i].parts)...)
	}
	stored := describe(l.pieces(), contents, p)
	head := l.encode()
	seal, err := s.seal(head)
	if err != nil {
		return nil, err
	}
	return append([][]byte{head, seal}, stored...), nil
}

// describe notes the image of c in p, and returns what its pieces hold, in their order.
func (c *Contents) describe(p *parts) [][]byte {
	p.image = make([]piece, len(c.Image))
	contents := [][]byte{c.Skeleton, c.Engine, c.Code.Before, c.Code.After, c.Origins}
	for _, r := range c.Image {
		p.places = append(p.places, r.At)
		contents = append(contents, r.Bytes)
	}
	return append(contents, c.Code.Body)
}

// Parse reads the head of the entry in b. Bytes behind the entry are an error.
func Parse(b []byte) (*Entry, error) { return ParseAt(bytes.NewReader(b), int64(len(b))) }

// ParseAt reads the head of the entry that is size bytes of source, which must stay readable
// as long as the entry is used.
func ParseAt(source io.ReaderAt, size int64) (*Entry, error) {
	l, head, seal, err := decodeHead(func(n int) ([]byte, error) {
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
	if l.arrange() != size {
		return nil, corrupt("size")
	}
	return &Entry{layout: *l, source: source, size: size, sealed: head, seal: seal}, nil
}

// Key is what finds the entry.
func (e *Entry) Key() Key { return e.key }

// Bytes is the size of the whole entry.
func (e *Entry) Bytes() int64 { return e.size }

// Members is how many core modules the component has that the entry is of; 0 for a module's.
func (e *Entry) Members() int { return len(e.members) }

// Member is what the entry has of core module i of a component, if anything, as an entry that
// is good as long as e is. Its manifest has nothing but the proposals that the module makes use of, and whether its code is guarded.
func (e *Entry) Member(i int) *Entry {
	m := &member{}
	if i < len(e.members) {
		m = &e.members[i]
	}
	return &Entry{
		layout: layout{Manifest: Manifest{Uses: m.uses, Guarded: m.guarded}, key: e.key, parts: m.parts},
		source: e.source, size: e.size, sealed: e.sealed, seal: e.seal, vouched: e.vouched, voucher: e.voucher,
	}
}

// HasSkeleton reports whether the entry can do without the module.
func (e *Entry) HasSkeleton() bool { return e.skeleton.size > 0 }

// HasCode reports whether there is an artifact in the entry.
func (e *Entry) HasCode() bool { return e.before.size > 0 }

// HasOrigins reports whether there is something to be read by [Entry.Origins].
func (e *Entry) HasOrigins() bool { return e.origins.size > 0 }

// Origins are those of the [Contents].
func (e *Entry) Origins() ([]byte, error) { return e.read(&e.origins, "origins") }

// Skeleton is the module's skeleton.
func (e *Entry) Skeleton() ([]byte, error) { return e.read(&e.skeleton, "skeleton") }

// HasEngineModule reports whether the engine was given another module than that
// of the file.
func (e *Entry) HasEngineModule() bool { return e.engine.size > 0 }

// EngineModule is the skeleton of what the engine was given.
func (e *Entry) EngineModule() ([]byte, error) { return e.read(&e.engine, "engine's skeleton") }

func (e *Entry) read(p *piece, what string) ([]byte, error) {
	if !e.vouched {
		return nil, ErrUntrusted
	}
	b := make([]byte, p.size)
	if err := p.read(b, e.source, what); err != nil {
		return nil, err
	}
	return b, nil
}

// Verify reads everything, whoever has made it.
func (e *Entry) Verify() error {
	holds, scratch := make([]byte, chunkSize), make([]byte, chunkSize)
	for _, p := range e.pieces() {
		for i := range p.chunks {
			if err := p.readChunk(i, holds[:p.holds(i)], scratch, e.source, "contents"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close releases the entry's file. What was read from it stays.
func (e *Entry) Close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}
