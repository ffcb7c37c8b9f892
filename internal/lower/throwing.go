package lower

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// throwing says which calls in a module may return with an exception. What a
// module imports does not, as far as it goes: that is for a module whose imports
// are the host's.
type throwing struct {
	funcs  []bool        // of each function
	types  []bool        // of each type by its identity: of calls through references
	ids    []wasm.TypeID // of each type by its index
	bodies []bodyUse
}

// bodyUse is what a body has to do with exceptions, beside its calls.
type bodyUse struct {
	throws  bool // throw, throw_ref or try_table
	refers  bool // references to exceptions
	strange bool // calls of types that functions of flat exceptions cannot have
}

// throws reports whether the call in may return with an exception.
func (t *throwing) throws(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpCall:
		return t.funcs[in.X]
	case wasm.OpCallIndirect, wasm.OpCallRef:
		return t.types[t.ids[in.X]]
	}
	return false
}

// findThrowing finds out what may throw in m: a function does if it throws, or
// calls what does, where no handler catches everything. A call through a reference
// does if a function does that has its type and that something refers to.
func findThrowing(m *wasm.Module) (*throwing, error) {
	space := wasm.NewTypeStore().Space(m)
	imported := m.ImportedCount(wasm.ExternFunc)
	s := throwingScan{
		m: m.Spaces(), imported: imported,
		callers: make([][]uint32, int(imported)+len(m.Funcs)), calls: make([][]uint32, space.Store.Len()),
	}
	s.referred = make([]bool, len(s.callers))
	refFuncsOutside(m, s.refer)
	s.types, s.ids = make([]bool, space.Store.Len()), space.IDs
	s.funcs = make([]bool, len(s.callers))
	s.bodies = make([]bodyUse, len(m.Bodies))
	for i := range m.Bodies {
		if err := s.body(i); err != nil {
			return nil, err
		}
	}
	s.spread()
	return &s.throwing, nil
}

// throwingScan is the state of findThrowing.
type throwingScan struct {
	throwing
	m        *wasm.Spaces
	imported uint32
	callers  [][]uint32 // of each function, where no handler is around the call
	calls    [][]uint32 // functions that call through a reference to the type
	referred []bool     // of each function: something may refer to it
	work     []uint32   // functions that throw, whose callers have not been told
	safe     []bool     // of each open block: a handler around catches everything
	reader   wasm.Reader
	runs     []wasm.LocalRun
}

func (s *throwingScan) refer(f uint32) { s.referred[f] = true }

func (s *throwingScan) mark(f uint32) {
	if !s.funcs[f] {
		s.funcs[f] = true
		s.work = append(s.work, f)
	}
}

// body notes what the module's own function i does.
func (s *throwingScan) body(i int) error {
	var err error
	use := &s.bodies[i]
	if s.runs, err = s.m.Bodies[i].Open(&s.reader, everything, s.runs[:0]); err != nil {
		return err
	}
	for _, run := range s.runs {
		use.refers = use.refers || isExn(run.Type)
	}
	s.safe = append(s.safe[:0], false)
	var in wasm.Instr
	for s.reader.More() {
		if err := s.reader.Next(&in); err != nil {
			return err
		}
		s.instr(s.imported+uint32(i), use, &in)
	}
	return nil
}

func (s *throwingScan) instr(f uint32, use *bodyUse, in *wasm.Instr) {
	safe := s.safe[len(s.safe)-1]
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		s.safe = append(s.safe, safe)
		use.refers = use.refers || exnBlock(s.m.Module, in.Block)
	case wasm.OpTryTable:
		use.throws = true
		for _, c := range in.Catches {
			safe = safe || c.Kind == wasm.CatchAll || c.Kind == wasm.CatchAllRef
			use.refers = use.refers || c.Kind == wasm.CatchTagRef || c.Kind == wasm.CatchAllRef
		}
		s.safe = append(s.safe, safe)
		use.refers = use.refers || exnBlock(s.m.Module, in.Block)
	case wasm.OpEnd:
		s.safe = s.safe[:len(s.safe)-1]
	case wasm.OpThrow, wasm.OpThrowRef:
		use.throws = true
		use.refers = use.refers || in.Op == wasm.OpThrowRef
		if !safe {
			s.mark(f)
		}
	case wasm.OpCall, wasm.OpReturnCall:
		if !safe || in.Op == wasm.OpReturnCall {
			addCaller(&s.callers[in.X], f)
		}
	case wasm.OpCallIndirect, wasm.OpCallRef, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
		use.strange = use.strange || exnFunc(&s.m.Types[in.X].Func)
		if !safe || in.Op == wasm.OpReturnCallIndirect || in.Op == wasm.OpReturnCallRef {
			addCaller(&s.calls[s.ids[in.X]], f)
		}
	case wasm.OpRefFunc:
		s.refer(in.X)
	case wasm.OpRefNull:
		use.refers = use.refers || isExnHeap(in.Heap)
	case wasm.OpSelectT:
		use.refers = use.refers || isExn(in.Types[0]) // without operands, where it is not reached
	}
}

// addCaller adds f, whose calls are noted one after the other.
func addCaller(list *[]uint32, f uint32) {
	if n := len(*list); n == 0 || (*list)[n-1] != f {
		*list = append(*list, f)
	}
}

// spread marks all that call what is marked.
func (s *throwingScan) spread() {
	for len(s.work) > 0 {
		f := s.work[len(s.work)-1]
		s.work = s.work[:len(s.work)-1]
		for _, caller := range s.callers[f] {
			s.mark(caller)
		}
		id := s.ids[s.m.TypeIndexOf(f)]
		if !s.referred[f] || s.types[id] {
			continue
		}
		s.types[id] = true
		for _, caller := range s.calls[id] {
			s.mark(caller)
		}
	}
}

// isExn reports whether t is a reference to exceptions.
func isExn(t wasm.ValType) bool { return t.IsRef() && isExnHeap(t.Heap()) }

func isExnHeap(h wasm.HeapType) bool { return h == wasm.HeapExn || h == wasm.HeapNoExn }

func exnFunc(f *wasm.FuncType) bool { return anyExn(f.Params) || anyExn(f.Results) }

func exnBlock(m *wasm.Module, b wasm.BlockType) bool {
	if b.Indexed {
		return exnFunc(&m.Types[b.Index].Func)
	}
	return isExn(b.Result)
}

func anyExn(types []wasm.ValType) bool { return slices.ContainsFunc(types, isExn) }
