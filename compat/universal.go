package compat

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// A universal module is a module, its bytes unchanged, and behind them one custom
// section with what was prepared for this runtime: any other runs it all the same.
// The section holds a cache entry, and ends in a trailer of 16 bytes by which it is
// found without decoding the module: the offset of the section and a magic.
const (
	universalSection = "wazedge"
	universalMagic   = "wazedge\x02"
	trailerSize      = 8 + len(universalMagic)
)

// WriteUniversal writes the universal module of module and its entry to w.
func WriteUniversal(w io.Writer, module []byte, entry *cache.Contents) error {
	pieces := entry.Encode()
	size := 1 + len(universalSection) + trailerSize
	for _, p := range pieces {
		size += len(p)
	}
	head := append([]byte{byte(wasm.SectionCustom)}, binary.AppendUvarint(nil, uint64(size))...)
	head = append(head, byte(len(universalSection)))
	head = append(head, universalSection...)
	trailer := binary.LittleEndian.AppendUint64(nil, uint64(len(module)))
	trailer = append(trailer, universalMagic...)
	for _, part := range append(append([][]byte{module, head}, pieces...), trailer) {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// findUniversal looks for an entry at the end of a file of size bytes. It returns
// the size of the module before it, or size and nil.
func findUniversal(f io.ReaderAt, size int64) (int64, *cache.Entry) {
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

// withoutUniversal is the module b without the section that [WriteUniversal] adds,
// if it has one, so that compiling a universal module again does not add another.
func withoutUniversal(b []byte) []byte {
	size, e := findUniversal(bytes.NewReader(b), int64(len(b)))
	if e == nil {
		return b
	}
	return b[:size:size]
}

// Precompile compiles the validated module and returns it, less what was compiled
// before, with the entry that makes it a universal module: one for a [VM] with the
// proposals of features, among which are those of this one.
func (vm *VM) Precompile(ctx context.Context, features wasm.Features) (module []byte, entry *cache.Contents, err error) {
	if err := vm.require(Validated); err != nil {
		return nil, nil, err
	}
	if vm.kept.entry != nil {
		if err := vm.reload(); err != nil {
			return nil, nil, err
		}
	}
	if err := vm.open(ctx); err != nil {
		return nil, nil, err
	}
	low, err := lowerModule(limitMemories(vm.module, vm.config.MemoryPages, vm.config.Log.Error), vm.checked.Uses, vm.variant())
	if err != nil {
		return nil, nil, err
	}
	vm.config.Features = &features
	b := vm.bytes
	if low.module != vm.module {
		b = wasm.Encode(low.module)
	}
	key := cache.KeyOf(vm.recipe(), vm.bytes)
	o := vm.compileOptions()
	o.Save = func(code engine.Artifact) { entry = vm.contents(key, low, code) }
	if _, err := vm.runtime.CompileWith(ctx, b, o); err != nil {
		return nil, nil, fmt.Errorf("compile: %w", err)
	}
	if entry == nil { // the engine compiles nothing here: it interprets, or keeps its code to itself
		entry = vm.contents(key, low, engine.Artifact{})
	}
	return vm.bytes, entry, nil
}

// ReadModule reads the module in the file path, which may be a pipe. Of a file
// that does not begin as a module does it reads no more than [VM.Load] needs to
// say so. The error is a [*fault.Error] that ends with the file's name.
func ReadModule(path string) ([]byte, error) {
	b, abs, err := readModule(path)
	if err != nil {
		return nil, inFile(err, abs)
	}
	return b, nil
}
