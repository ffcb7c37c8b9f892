package lower

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/wasm"
)

// body is a function body being rewritten: the instructions written so far, and
// locals added to those it declares.
type body struct {
	wasm.Emitter
	m      *wasm.Module
	index  int            // among the module's own functions
	typ    *wasm.FuncType // of the function
	runs   []wasm.LocalRun
	locals uint32 // parameters, declared and added locals
	free   map[wasm.ValType][]uint32
}

// rewriteFunc rewrites one instruction of a body. It reports whether it has
// written what stands for in; otherwise in is kept as it is.
type rewriteFunc func(b *body, in *wasm.Instr) (bool, error)

// rewriteBodies returns m's bodies with each instruction passed through the
// function that begin returns for its body.
func rewriteBodies(m *wasm.Module, begin func(b *body, code wasm.Body) (rewriteFunc, error)) ([]wasm.Body, error) {
	bodies := make([]wasm.Body, len(m.Bodies))
	for i := range m.Bodies {
		nb, err := rewriteBody(m, i, begin)
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", m.ImportedCount(wasm.ExternFunc)+uint32(i), err)
		}
		bodies[i] = nb
	}
	return bodies, nil
}

func rewriteBody(m *wasm.Module, i int, begin func(b *body, code wasm.Body) (rewriteFunc, error)) (wasm.Body, error) {
	old := m.Bodies[i]
	runs, r, err := old.Locals(everything)
	if err != nil {
		return wasm.Body{}, err
	}
	b := &body{m: m, index: i, typ: &m.Types[m.Funcs[i]].Func, runs: runs, free: map[wasm.ValType][]uint32{}}
	b.locals = uint32(len(b.typ.Params))
	for _, run := range runs {
		b.locals += run.N
	}
	b.Code = make([]byte, 0, len(old.Code)+len(old.Code)/4)
	rewrite, err := begin(b, old)
	if err != nil {
		return wasm.Body{}, err
	}
	if rewrite == nil {
		return old, nil
	}
	var in wasm.Instr
	for r.More() {
		rest := r.Rest()
		if err := r.Next(&in); err != nil {
			return wasm.Body{}, err
		}
		if m.Traced {
			b.Origin(&old, in.Offset)
		}
		done, err := rewrite(b, &in)
		if err != nil {
			return wasm.Body{}, err
		}
		if !done {
			b.Code = append(b.Code, rest[:len(rest)-len(r.Rest())]...)
		}
	}
	return b.Body(old.Offset, b.runs), nil
}

// newLocal declares a further local of type t.
func (b *body) newLocal(t wasm.ValType) uint32 {
	if n := len(b.runs); n > 0 && b.runs[n-1].Type == t {
		b.runs[n-1].N++
	} else {
		b.runs = append(b.runs[:n:n], wasm.LocalRun{N: 1, Type: t})
	}
	b.locals++
	return b.locals - 1
}

// scratch is a local of type t for use within the replacement of one instruction;
// release gives it back.
func (b *body) scratch(t wasm.ValType) uint32 {
	if l := b.free[t]; len(l) > 0 {
		b.free[t] = l[:len(l)-1]
		return l[len(l)-1]
	}
	return b.newLocal(t)
}

func (b *body) release(t wasm.ValType, local uint32) { b.free[t] = append(b.free[t], local) }

// everything turns on all proposals: a validated module is read with whatever it has.
const everything = wasm.Wasm3 | wasm.Threads
