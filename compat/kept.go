package compat

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// minKept is the size of the smallest module that is kept, in bytes: compiling a
// smaller one takes no longer than finding it.
const minKept = 4 << 10

// maxPlaced is the size of the largest module for which the engine records the
// places of instructions. The record would cost larger ones a third of their start;
// where they trap, places are found afterwards.
const maxPlaced = 1 << 20

// kept is what a VM has to do with the cache about the module that is loaded.
type kept struct {
	entry  *cache.Entry  // what stands in for the module, or nil
	module cache.Digest  // of that module
	text   *cache.Digest // of the text that the module was read from, if it was
	own    *cache.Entry  // what the module's file brings along for vm, or nil
	file   *os.File      // that file
}

// loadKept takes the module in the file path from the cache, if it is there or
// carries its own code. Whatever is odd about the file is left to who reads it.
func (vm *VM) loadKept(path string) bool {
	if !vm.keeps() {
		return false
	}
	f, size := openModule(path)
	if f == nil {
		return false
	}
	size, own := prepare.FindEmbedded(f, size)
	if len(own) > 0 {
		vm.kept.file = f
	} else {
		defer f.Close()
		if vm.config.Cache == nil {
			return false
		}
	}
	module, err := cache.DigestFrom(io.NewSectionReader(f, 0, size))
	if err != nil {
		return false
	}
	vm.kept.module = module
	if len(own) > 0 {
		vm.kept.own = vm.choose(own, module)
	}
	return vm.adoptKept(vm.key(module))
}

// choose is that of own, which come with the module, whose code vm executes, or nil;
// why there is none is logged once.
func (vm *VM) choose(own []*cache.Entry, module cache.Digest) *cache.Entry {
	why := "is for another machine or other options"
	if e := vm.pick(own, module); e != nil {
		err := e.Vouch(vm.config.Trust)
		if err == nil {
			return e
		}
		why = "is " + err.Error()
	}
	vm.config.Log.Info("The compiled code in the module " + why + "; compiling.")
	return nil
}

// pick is that of own, which come with the module, that is made for vm on this
// machine, or nil.
func (vm *VM) pick(own []*cache.Entry, module cache.Digest) *cache.Entry {
	for _, generic := range []bool{false, true} {
		key, ok := vm.plan(generic).Key(module)
		for _, e := range own {
			if ok && e.Key() == key {
				return e
			}
		}
	}
	return nil
}

// digest is what the loaded module, which was read as a whole, is kept by.
func (vm *VM) digest() cache.Digest {
	if vm.kept.text != nil {
		return *vm.kept.text
	}
	return cache.DigestOf(vm.bytes)
}

// digestOfSource is what the module in a file of those contents is kept by. No text is
// a module in the binary format, so that one digest does for both.
func digestOfSource(b []byte, text bool) cache.Digest {
	if text {
		return cache.DigestOf(b)
	}
	return cache.DigestOf(prepare.WithoutEmbedded(b))
}

// openModule opens the file path if it is one that may be kept: a module of some
// size, and no pipe.
func openModule(path string) (*os.File, int64) {
	f, info, err := openFile(path, false)
	if err != nil {
		return nil, 0
	}
	if info.Size() >= minKept && info.Size() <= maxModule {
		head := make([]byte, len(magic))
		if _, err := f.ReadAt(head, 0); err == nil && (string(head) == magic || isText(path)) {
			return f, info.Size()
		}
	}
	f.Close()
	return nil, 0
}

// adoptKept finds the entry of key in the module's file or in the cache, and lets
// it stand in for the module.
func (vm *VM) adoptKept(key cache.Key) bool {
	if vm.kept.own != nil && vm.adopt(vm.kept.own) {
		return true
	}
	if vm.config.Cache == nil {
		return false
	}
	e, err := vm.config.Cache.Get(key)
	if err != nil {
		return false
	}
	if !vm.adopt(e) {
		e.Close()
		return false
	}
	return true
}

// adopt makes the skeleton in e the loaded module.
func (vm *VM) adopt(e *cache.Entry) bool {
	if !e.HasSkeleton() || !e.HasCode() {
		return false
	}
	b, err := e.Front()
	if err != nil {
		vm.disown(e, err)
		return false
	}
	m, err := wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	if err != nil {
		vm.disown(e, err)
		return false
	}
	vm.bytes, vm.module, vm.stage = b, m, Loaded
	vm.kept.entry = e
	return true
}

// errOtherGuests is the reason for not using an entry, which was made for the
// module alone.
var errOtherGuests = errors.New("the module imports from another guest")

// disown drops an entry that cannot be used, unless it is for other reasons than
// its own.
func (vm *VM) disown(e *cache.Entry, why error) {
	switch {
	case errors.Is(why, errOtherGuests):
	case e == vm.kept.own:
		vm.config.Log.Info("The compiled code in the module is damaged; compiling.")
	case vm.config.Cache != nil:
		vm.config.Cache.Remove(e.Key(), why)
	}
	if e == vm.kept.own {
		vm.kept.own = nil
	}
}

// validateKept stands for validation of a module that was valid when it was kept.
func (vm *VM) validateKept() {
	vm.checked = &validate.Result{
		Types: vm.types.Space(vm.module), Uses: wasm.Features(vm.kept.entry.Uses),
	}
	vm.stage = Validated
}

// prepared is what an entry has for the engine.
type prepared struct {
	code    *engine.Code // nil without an entry
	recoded bool         // the engine was given another module than the file's
	needs   prepare.Needs
	image   *cache.Image // nil where the module's segments are all there is
}

// fill is what puts the image into the memory of a new instance.
func (p *prepared) fill() func([]byte) bool {
	if p.image == nil {
		return nil
	}
	return func(memory []byte) bool { return p.image.Place(memory, engine.Mapped) }
}

// close lets go of what is of no use once there is an instance.
func (p *prepared) close() {
	if p.image != nil {
		p.image.Close()
	}
}

// prepare takes code and memory from the entry that stands in for the module, if
// there is one. An entry that turns out to be damaged is dropped, and the module
// read, decoded and validated as if it had not been there.
func (vm *VM) prepare(ctx context.Context) (prepared, error) {
	e := vm.kept.entry
	if e == nil {
		return prepared{}, nil
	}
	p, err := vm.unpack(ctx, e)
	if err == nil {
		return p, nil
	}
	vm.disown(e, err)
	return prepared{}, vm.reload()
}

// reload reads, decodes and validates the module that an entry stands in for.
func (vm *VM) reload() error {
	vm.release()
	if _, err := vm.read(vm.path); err != nil {
		return inFile(err, vm.path)
	}
	return vm.Validate()
}

// unpack reads from e what the engine needs.
func (vm *VM) unpack(ctx context.Context, e *cache.Entry) (p prepared, err error) {
	for _, im := range vm.module.Imports {
		if vm.guests[im.Module] != nil {
			return p, errOtherGuests
		}
	}
	b := vm.bytes
	if p.recoded = e.HasEngineModule(); p.recoded {
		if b, err = e.EngineModule(); err != nil {
			return p, err
		}
	}
	if p.needs, err = prepare.NeedsOf(vm.module); err != nil {
		return p, err
	}
	if p.image, err = e.Image(); err != nil {
		return p, err
	}
	if p.code, err = vm.loadCode(ctx, b, e); err != nil {
		p.close()
		return prepared{}, err
	}
	return p, nil
}

// loadCode is e's code of the module b, or of one with its skeleton.
func (vm *VM) loadCode(ctx context.Context, b []byte, e *cache.Entry) (*engine.Code, error) {
	code, err := e.Code()
	if err != nil {
		return nil, err
	}
	return vm.runtime.CompileWith(ctx, b, engine.CompileOptions{
		Label: vm.label(), Positions: vm.placed(vm.plan(false), e.Size), Load: code,
	})
}

// placed reports whether the engine is to record places in a module of size bytes,
// of which p is the plan. An exact account needs them whatever the size; and what the engine tells of a
// failed call, from which they could be found afterwards, it does not tell of a
// start function or when it interprets.
func (vm *VM) placed(p *prepare.Plan, size int64) bool {
	return size <= maxPlaced || vm.config.Interpreter || vm.HasStart() || p.Places
}

// release lets go of the entry.
func (vm *VM) release() {
	if vm.kept.entry != nil {
		vm.kept.entry.Close()
	}
	if vm.kept.file != nil {
		vm.kept.file.Close()
	}
	vm.kept = kept{}
}

// restore gives a module that an entry stands in for its bodies and segments back,
// if its file is still there and has not changed. Only the report of a trap needs them.
func (i *Instance) restore() {
	if i.reread == "" {
		return
	}
	path := i.reread
	i.reread = ""
	b, text, _, err := readSource(path, false)
	if err != nil || digestOfSource(b, text) != i.digest {
		return
	}
	if text {
		if b, err = assemble(b); err != nil {
			return
		}
	}
	m, err := wasm.Decode(b, i.features)
	if err != nil || len(m.Bodies) != len(i.module.Bodies) {
		return
	}
	whole := *i.module
	whole.Bodies, whole.Datas = m.Bodies, m.Datas
	i.module = &whole
	file := i.module
	if i.recoded {
		file = nil
	}
	_, _ = i.lower(i.module, i.uses, file) // it was done before, and is done for rewrite alone
	for _, s := range m.Sections {
		if s.ID == wasm.SectionCode {
			i.codeOffset = s.Offset
		}
	}
}
