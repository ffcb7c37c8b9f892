// Package universal has the format of universal modules: modules, and components, that bring
// compiled code along in custom sections.
package universal

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/wasm"
)

// A universal module is a module, its bytes unchanged, and behind them custom
// sections with what was prepared for this runtime: any other runs it all the same.
// Each section holds a cache entry, and ends in a trailer of 16 bytes by which it is
// found without decoding the module: the offset of the section and a magic.
const (
	universalSection = "wazedge"
	universalMagic   = "wazedge\x02"
	trailerSize      = 8 + len(universalMagic)
	maxUniversal     = 16 // sections
)

// Write writes the universal module of module and its entries, sealed by s, to
// w.
func Write(w io.Writer, s cache.Sealer, module []byte, entries ...*cache.Contents) error {
	if _, err := w.Write(module); err != nil {
		return err
	}
	at := len(module)
	for _, e := range entries {
		pieces, err := e.Encode(s)
		if err != nil {
			return err
		}
		size := 1 + len(universalSection) + trailerSize
		for _, p := range pieces {
			size += len(p)
		}
		head := append([]byte{byte(wasm.SectionCustom)}, binary.AppendUvarint(nil, uint64(size))...)
		begin := len(head)
		head = append(head, byte(len(universalSection)))
		head = append(head, universalSection...)
		trailer := binary.LittleEndian.AppendUint64(nil, uint64(at))
		trailer = append(trailer, universalMagic...)
		for _, part := range append(append([][]byte{head}, pieces...), trailer) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		runtime.KeepAlive(e)
		at += begin + size
	}
	return nil
}

// Find looks for entries at the end of a file of size bytes. It returns
// the size of the module before them.
func Find(f io.ReaderAt, size int64) (int64, []*cache.Entry) {
	var entries []*cache.Entry
	for len(entries) < maxUniversal {
		at, e := lastEmbedded(f, size)
		if e == nil {
			break
		}
		size, entries = at, append(entries, e)
	}
	return size, entries
}

// lastEmbedded looks for an entry that ends a file of size bytes, and returns
// where its section begins.
func lastEmbedded(f io.ReaderAt, size int64) (int64, *cache.Entry) {
	trailer := make([]byte, trailerSize)
	if size < int64(trailerSize) {
		return size, nil
	}
	if _, err := f.ReadAt(trailer, size-int64(trailerSize)); err != nil || string(trailer[8:]) != universalMagic {
		return size, nil
	}
	at := binary.LittleEndian.Uint64(trailer)
	if at >= uint64(size)-uint64(trailerSize) {
		return size, nil
	}
	head := make([]byte, min(1+binary.MaxVarintLen64+1+int64(len(universalSection)), size-int64(at)))
	if _, err := f.ReadAt(head, int64(at)); err != nil && err != io.EOF {
		return size, nil
	}
	length, n := binary.Uvarint(head[1:])
	name := append([]byte{byte(len(universalSection))}, universalSection...)
	begin := 1 + max(n, 0)
	if head[0] != byte(wasm.SectionCustom) || n <= 0 || int64(at)+int64(begin)+int64(length) != size ||
		!bytes.HasPrefix(head[begin:], name) {
		return size, nil
	}
	first := int64(at) + int64(begin+len(name))
	entry := io.NewSectionReader(f, first, size-int64(trailerSize)-first)
	e, err := cache.ParseAt(entry, entry.Size())
	if err != nil {
		return size, nil
	}
	return int64(at), e
}

// Without is the module b without the sections that [Write] adds,
// if it has them, so that compiling a universal module again does not add others.
func Without(b []byte) []byte {
	size, _ := Find(bytes.NewReader(b), int64(len(b)))
	return b[:size:size]
}
