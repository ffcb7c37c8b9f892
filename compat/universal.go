package compat

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
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

// WriteUniversal writes the universal module of module and its entries, sealed by s, to
// w.
func WriteUniversal(w io.Writer, s cache.Sealer, module []byte, entries ...*cache.Contents) error {
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
		at += begin + size
	}
	return nil
}

// findUniversal looks for entries at the end of a file of size bytes. It returns
// the size of the module before them.
func findUniversal(f io.ReaderAt, size int64) (int64, []*cache.Entry) {
	var entries []*cache.Entry
	for len(entries) < maxUniversal {
		at, e := lastUniversal(f, size)
		if e == nil {
			break
		}
		size, entries = at, append(entries, e)
	}
	return size, entries
}

// lastUniversal looks for an entry that ends a file of size bytes, and returns
// where its section begins.
func lastUniversal(f io.ReaderAt, size int64) (int64, *cache.Entry) {
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

// Precompiled reports whether the loaded module brings along code for vm.
func (vm *VM) Precompiled() bool { return vm.kept.own != nil }

// withoutUniversal is the module b without the sections that [WriteUniversal] adds,
// if it has them, so that compiling a universal module again does not add others.
func withoutUniversal(b []byte) []byte {
	size, _ := findUniversal(bytes.NewReader(b), int64(len(b)))
	return b[:size:size]
}

// Precompiling is what [VM.Precompile] is to prepare for.
type Precompiling struct {
	Features wasm.Features // of the VM that is to run the module; those of this one are among them
	Generic  bool          // any processor of this architecture
	// Limits are the ways of accounting to prepare for, beside doing without.
	Limits []limits.Config
	// Dump, unless nil, is shown the module as it is and as each pass leaves it.
	Dump func(pass string, m *wasm.Module) error
}

// Precompile compiles the validated module and returns it, less what was compiled
// before, with the entries that make it a universal module. It changes what vm is
// for: afterwards it is only to be closed.
func (vm *VM) Precompile(ctx context.Context, p Precompiling) (module []byte, entries []*cache.Contents, err error) {
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
	vm.config.Features = &p.Features
	prepared, digest := map[cache.Key]bool{}, cache.DigestOf(vm.bytes)
	for _, l := range append([]limits.Config{vm.config.Limits}, p.Limits...) {
		vm.config.Limits = l
		plan := vm.plan(p.Generic)
		key, ok := keyOf(plan, digest)
		if !ok {
			return nil, nil, errNoKey
		}
		if prepared[key] {
			continue
		}
		prepared[key] = true
		e, err := vm.precompile(ctx, plan, key, p.Dump)
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, e)
	}
	return vm.bytes, entries, nil
}

// errNoKey says that nothing can be prepared for later runs.
var errNoKey = errors.New("the engine does not tell for which processors it compiles")

// precompile makes the entry by plan, to be found under key.
func (vm *VM) precompile(ctx context.Context, plan *prepare.Plan, key cache.Key, dump func(string, *wasm.Module) error) (entry *cache.Contents, err error) {
	m, err := vm.bound(plan, vm.module, vm.config.Log.Error)
	if err != nil {
		return nil, err
	}
	done := vm.working("lowering")
	low, err := lowerModule(m, vm.checked.Uses, plan, dump)
	done()
	if err != nil {
		return nil, err
	}
	b := vm.encoded(low)
	o := vm.compileOptions(plan, low)
	o.Save = func(code engine.Artifact) { entry = vm.contents(plan, key, low, code) }
	if _, err := vm.compileWith(ctx, b, o); err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	if entry == nil { // the engine compiles nothing here: it interprets, or keeps its code to itself
		entry = vm.contents(plan, key, low, engine.Artifact{})
	}
	return entry, nil
}

// ReadModule reads the module in the file path, which, with streams, may be a
// pipe. Of a file
// that does not begin as a module does it reads no more than [VM.Load] needs to
// say so. The error is a [*fault.Error] that ends with the file's name.
func ReadModule(path string, streams bool) ([]byte, error) {
	b, abs, err := readModule(path, streams)
	if err != nil {
		return nil, inFile(err, abs)
	}
	return b, nil
}
