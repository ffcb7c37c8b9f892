package preinit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// state is what has become of a module.
type state struct {
	memories []memory
	globals  map[int]value.Value // of the mutable ones
	dropped  map[int]bool        // passive data segments that are used up
}

// memory is one of a module's memories.
type memory struct {
	pages    uint64
	segments []segment
}

// Names under which the module that runs exports what is looked at.
func memoryName(n int) string { return fmt.Sprintf("wazedge:preinit memory %d", n) }
func globalName(n int) string { return fmt.Sprintf("wazedge:preinit global %d", n) }
func probeName(n int) string  { return fmt.Sprintf("wazedge:preinit segment %d", n) }

// refused is the module from which functions of the host are imported that must not be
// called.
const refused = "wazedge:preinit refused"

// looking are the functions of WASI that change nothing and do not differ from run to run
// where the guest's world does not. Files are read below directories that are mapped, which
// are read only.
var looking = []string{
	"args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "clock_res_get", "sched_yield",
	"fd_prestat_get", "fd_prestat_dir_name", "fd_fdstat_get", "fd_filestat_get", "fd_read", "fd_pread", "fd_seek", "fd_tell",
	"fd_readdir", "fd_close", "fd_advise", "path_open", "path_filestat_get", "path_readlink",
}

// maySee reports whether im may be called without leave.
func maySee(im *wasm.Import) bool {
	return (im.Module == "wasi_snapshot_preview1" || im.Module == "wasi_unstable") && slices.Contains(looking, im.Name)
}

// NotAllowedError says which function of the host was called without leave.
type NotAllowedError struct{ Module, Name string }

func (e *NotAllowedError) Error() string {
	return fmt.Sprintf("it calls %q of %q, which may do more than look; allow it with --allow-wasi", e.Name, e.Module)
}

// initialize runs m and returns its state then.
func (o *Options) initialize(ctx context.Context, m *wasm.Module, checked *validate.Result, call []string) (*state, error) {
	observed, host := o.observed(m, checked)
	c := o.Config
	c.Alone = true
	r := compat.NewRuntime(c)
	defer r.Close(ctx)
	compiled, err := r.Compile(ctx, wasm.Encode(observed))
	if err != nil {
		return nil, err
	}
	store := r.NewStore(compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	inst, err := store.Instantiate(ctx, compiled)
	if err != nil {
		return nil, leave(err)
	}
	for _, name := range call {
		if _, err := inst.Invoke(ctx, name); err != nil {
			return nil, leave(err)
		}
	}
	return look(ctx, m, inst, probes(m, checked))
}

// leave is err, or, if the cause of it is a call that was not allowed, that.
func leave(err error) error {
	if denied, ok := errors.AsType[*NotAllowedError](err); ok {
		return denied
	}
	return err
}

// observed is m with everything exported that is looked at, and with the functions that it
// must not call imported from another module, which comes with it.
func (o *Options) observed(m *wasm.Module, checked *validate.Result) (*wasm.Module, *compat.HostModule) {
	out := *m
	out.Exports = slices.Clone(m.Exports)
	for n := range m.Memories {
		out.Exports = append(out.Exports, wasm.Export{Name: memoryName(n), Kind: wasm.ExternMemory, Index: uint32(n)})
	}
	for n := range m.Globals {
		if m.Globals[n].Type.Mutable {
			out.Exports = append(out.Exports, wasm.Export{Name: globalName(n), Kind: wasm.ExternGlobal, Index: uint32(n)})
		}
	}
	addProbes(&out, probes(m, checked))
	host := compat.NewHostModule(refused)
	if o.Host {
		return &out, host
	}
	out.Imports = slices.Clone(m.Imports)
	for n := range out.Imports {
		im := &out.Imports[n]
		if im.Kind != wasm.ExternFunc || maySee(im) {
			continue
		}
		denied := &NotAllowedError{im.Module, im.Name}
		im.Module, im.Name = refused, fmt.Sprint(n)
		host.Func(im.Name, m.Types[im.Type].Func, func(context.Context, *compat.Caller, []uint64) error { return denied })
	}
	return &out, host
}

// probes are the passive data segments with contents, where they may be dropped.
func probes(m *wasm.Module, checked *validate.Result) []int {
	if !checked.Ops.Has(wasm.OpDataDrop) {
		return nil
	}
	var list []int
	for n, d := range m.Datas.All() {
		if d.Mode == wasm.Passive && len(d.Init) > 0 {
			list = append(list, n)
		}
	}
	return list
}

// addProbes adds to m a function for each of the data segments in list that traps if it is
// used up: it copies a byte of it into memory 0, from which nothing is read any more.
func addProbes(m *wasm.Module, list []int) {
	if len(list) == 0 || len(m.Memories) == 0 {
		return
	}
	m.Types = append(slices.Clone(m.Types), wasm.SubType{Kind: wasm.CompFunc, Final: true})
	m.RecGroups = append(slices.Clone(m.RecGroups), wasm.RecGroup{Start: uint32(len(m.Types) - 1), Len: 1})
	m.Funcs, m.Bodies = slices.Clone(m.Funcs), slices.Clone(m.Bodies)
	first := m.ImportedCount(wasm.ExternFunc)
	for _, n := range list {
		e := wasm.Emitter{Code: []byte{0}}
		if m.Memories[0].Limits.Addr64 {
			e.I64(0)
		} else {
			e.I32(0)
		}
		e.I32(0)
		e.I32(1)
		e.XY(wasm.OpMemoryInit, uint32(n), 0)
		e.End()
		m.Exports = append(m.Exports, wasm.Export{Name: probeName(n), Kind: wasm.ExternFunc, Index: first + uint32(len(m.Funcs))})
		m.Funcs = append(m.Funcs, uint32(len(m.Types)-1))
		m.Bodies = append(m.Bodies, wasm.Body{Code: e.Code})
	}
}

// look takes the state of inst, an instance of m.
func look(ctx context.Context, m *wasm.Module, inst *compat.Instance, probed []int) (*state, error) {
	s := &state{globals: map[int]value.Value{}, dropped: map[int]bool{}}
	for n := range m.Memories {
		held, ok := inst.Memory(memoryName(n))
		if !ok {
			return nil, fmt.Errorf("memory %d cannot be read", n)
		}
		pages := held.Pages()
		if uint64(len(held.Bytes())) != pages*wasm.PageSize {
			return nil, fmt.Errorf("memory %d has grown to 4 GiB", n)
		}
		s.memories = append(s.memories, memory{pages, segmentsOf(held.Bytes())})
	}
	for n := range m.Globals {
		if !m.Globals[n].Type.Mutable {
			continue
		}
		g, ok := inst.Global(globalName(n))
		if !ok {
			return nil, fmt.Errorf("global %d cannot be read", n)
		}
		s.globals[n] = g.Get()
	}
	if len(s.memories) == 0 || s.memories[0].pages == 0 {
		return s, nil // nothing could be copied from a segment
	}
	for _, n := range probed {
		_, err := inst.Invoke(ctx, probeName(n))
		s.dropped[n] = errors.Is(err, compat.MemoryOutOfBounds)
		if err != nil && !s.dropped[n] {
			return nil, err
		}
	}
	return s, nil
}
