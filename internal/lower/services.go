package lower

import (
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// ServiceModule is the import module of the host functions that do what the engine
// does without regard to who waits for it, or to how much memory there is:
//
//	enter (address i64) (ticket i32)   joins those who wait at an address
//	wait (ticket, timeout i64, waits)  waits, or leaves them if waits is 0; the result
//	                                   is that of memory.atomic.wait32
//	notify (address i64, count) (n)    wakes some of them
//	grow (n, table) (n)                asks to add elements to a table; -1 is no
//	grown (result) (result)            is told what has become of it
//
// Addresses are of the caller's memory. What is not said to be an i64 is an i32.
const ServiceModule = "wazedge:service"

// services are the functions of [ServiceModule], with their types by the letters of
// [wasm.OpInfo.Sig].
var services = [...]struct{ name, sig string }{
	{"enter", "I:i"}, {"wait", "iIi:i"}, {"notify", "Ii:i"}, {"grow", "ii:i"}, {"grown", "i:i"},
}

// Services has threads wait by functions of the host, and growth of tables be
// allowed by it.
//
// Waiting is begun before the value in memory is looked at, so that nobody who
// changes it and notifies is missed. An atomic load in front traps as the instruction
// would for its address. A memory that is not shared is left to the engine, as nobody
// waits there.
func Services(m *wasm.Module) (*wasm.Module, error) {
	s := &service{m: m.Spaces(), base: m.ImportedCount(wasm.ExternFunc), used: map[string]uint32{}}
	if found, err := s.find(); !found || err != nil {
		return m, err
	}
	out := *m
	var imports []wasm.Import
	for _, f := range services {
		if !s.needs[f.name] {
			continue
		}
		s.used[f.name] = s.base + uint32(len(imports))
		t := signature(f.sig)
		imports = append(imports, wasm.Import{Module: ServiceModule, Name: f.name, Kind: wasm.ExternFunc, Type: addFuncType(&out, t)})
	}
	calls, err := wasm.InsertFuncImports(&out, imports)
	if err != nil {
		return nil, err
	}
	return withBodies(calls, func(*body, wasm.Body) (rewriteFunc, error) { return s.rewrite, nil })
}

// service is the state of the pass.
type service struct {
	m     *wasm.Spaces
	base  uint32 // function index of the first of services that is imported
	needs map[string]bool
	used  map[string]uint32 // function indices
}

// find finds what m needs, and whether that is anything.
func (s *service) find() (bool, error) {
	s.needs = map[string]bool{}
	var in wasm.Instr
	for i := range s.m.Bodies {
		_, r, err := s.m.Bodies[i].Locals(everything)
		if err != nil {
			return false, err
		}
		for r.More() {
			if err := r.Next(&in); err != nil {
				return false, err
			}
			for _, name := range s.calls(&in) {
				s.needs[name] = true
			}
		}
	}
	return len(s.needs) > 0, nil
}

// calls are the functions that stand for in, if any do.
func (s *service) calls(in *wasm.Instr) []string {
	switch in.Op {
	case wasm.OpMemoryAtomicWait32, wasm.OpMemoryAtomicWait64:
		if s.m.MemoryTypeOf(in.X).Limits.Shared {
			return []string{"enter", "wait"}
		}
	case wasm.OpMemoryAtomicNotify:
		if s.m.MemoryTypeOf(in.X).Limits.Shared {
			return []string{"notify"}
		}
	case wasm.OpTableGrow:
		if im := s.tableImport(in.X); im == nil || im.Module != heap.RuntimeModule {
			return []string{"grow", "grown"}
		}
	}
	return nil
}

// tableImport is the import that table x is, or nil.
func (s *service) tableImport(x uint32) *wasm.Import {
	for i := range s.m.Imports {
		if im := &s.m.Imports[i]; im.Kind == wasm.ExternTable {
			if x == 0 {
				return im
			}
			x--
		}
	}
	return nil
}

func (s *service) rewrite(b *body, in *wasm.Instr) (bool, error) {
	if s.calls(in) == nil {
		return false, nil
	}
	switch in.Op {
	case wasm.OpTableGrow:
		b.I32(int32(in.X))
		b.X(wasm.OpCall, s.used["grow"])
		b.Instr(in)
		b.X(wasm.OpCall, s.used["grown"])
	case wasm.OpMemoryAtomicNotify:
		s.notify(b, in)
	default:
		s.wait(b, in)
	}
	return true, nil
}

func (s *service) notify(b *body, in *wasm.Instr) {
	count, at := b.scratch(wasm.I32), b.scratch(wasm.I32)
	b.X(wasm.OpLocalSet, count)
	b.X(wasm.OpLocalTee, at)
	b.Instr(&wasm.Instr{Op: wasm.OpI32AtomicLoad, Align: in.Align, X: in.X, Val: in.Val})
	b.Op(wasm.OpDrop)
	s.address(b, at, in)
	b.X(wasm.OpLocalGet, count)
	b.X(wasm.OpCall, s.used["notify"])
	b.release(wasm.I32, count)
	b.release(wasm.I32, at)
}

func (s *service) wait(b *body, in *wasm.Instr) {
	t, load, equal := wasm.I32, wasm.OpI32AtomicLoad, wasm.OpI32Eq
	if in.Op == wasm.OpMemoryAtomicWait64 {
		t, load, equal = wasm.I64, wasm.OpI64AtomicLoad, wasm.OpI64Eq
	}
	look := wasm.Instr{Op: load, Align: in.Align, X: in.X, Val: in.Val}
	timeout, expected, at := b.scratch(wasm.I64), b.scratch(t), b.scratch(wasm.I32)
	b.X(wasm.OpLocalSet, timeout)
	b.X(wasm.OpLocalSet, expected)
	b.X(wasm.OpLocalTee, at)
	b.Instr(&look)
	b.Op(wasm.OpDrop)
	s.address(b, at, in)
	b.X(wasm.OpCall, s.used["enter"])
	b.X(wasm.OpLocalGet, timeout)
	b.X(wasm.OpLocalGet, at)
	b.Instr(&look)
	b.X(wasm.OpLocalGet, expected)
	b.Op(equal)
	b.X(wasm.OpCall, s.used["wait"])
	b.release(wasm.I64, timeout)
	b.release(t, expected)
	b.release(wasm.I32, at)
}

// address leaves the effective address of in, which takes local at.
func (s *service) address(b *body, at uint32, in *wasm.Instr) {
	b.X(wasm.OpLocalGet, at)
	b.Op(wasm.OpI64ExtendI32U)
	b.I64(int64(in.Val))
	b.Op(wasm.OpI64Add)
}
