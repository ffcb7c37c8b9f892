package lower

import (
	"bytes"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Selects has no select between floats or vectors left. The engine's compiler for amd64 does not tell its
// register allocator that the second of them is in the register of the result already when the first is moved
// there: if the first has to be loaded again, that is done into the same register, and is the result whatever the
// condition was.
func Selects(m *wasm.Module) (*wasm.Module, error) {
	s := selectScan{spaces: m.Spaces()}
	return rewriteFound(m, s.body, partSelects)
}

// selectKinds are the types of operands that the engine keeps in registers for floats. Where a select is found,
// its offset is noted with the place of its type here.
var selectKinds = [...]wasm.ValType{wasm.F32, wasm.F64, wasm.V128}

// selectScan finds selects of such types.
type selectScan struct{ spaces *wasm.Spaces }

// body is where in body i the selects are, in order.
func (s *selectScan) body(i int) (found []int64, err error) {
	m := s.spaces.Module
	old := m.Bodies[i]
	if bytes.IndexByte(old.Code, byte(wasm.OpSelect.Info().Code)) < 0 && bytes.IndexByte(old.Code, byte(wasm.OpSelectT.Info().Code)) < 0 {
		return nil, nil
	}
	runs, r, err := old.Locals(everything)
	if err != nil {
		return nil, err
	}
	typ := &m.Types[m.Funcs[i]].Func
	o := newOperands(s.spaces, slices.Clone(typ.Params), typ.Results)
	for _, run := range runs {
		for range run.N {
			o.locals = append(o.locals, run.Type)
		}
	}
	var in wasm.Instr
	for at := 0; r.More(); at++ {
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		if (in.Op == wasm.OpSelect || in.Op == wasm.OpSelectT) && !o.dead() {
			for k, t := range selectKinds {
				if o.top(1) == t {
					found = append(found, in.Offset*int64(len(selectKinds))+int64(k))
				}
			}
		}
		o.step(at, &in)
	}
	return found, nil
}

// partSelects rewrites the selects at.
func partSelects(at []int64) func(*body, wasm.Body) (rewriteFunc, error) {
	return func(*body, wasm.Body) (rewriteFunc, error) {
		return func(b *body, in *wasm.Instr) (bool, error) {
			if len(at) == 0 || in.Offset != at[0]/int64(len(selectKinds)) {
				return false, nil
			}
			k := at[0] % int64(len(selectKinds))
			at = at[1:]
			b.choose(selectKinds[k])
			return true, nil
		}, nil
	}
}

// choose stands for a select between values of type t: between their bits, or by a mask.
func (b *body) choose(t wasm.ValType) {
	if t == wasm.V128 {
		b.Op(wasm.OpI32Eqz)
		b.I32(1)
		b.Op(wasm.OpI32Sub)
		b.Op(wasm.OpI32x4Splat)
		b.Op(wasm.OpV128Bitselect)
		return
	}
	bits, to, from := wasm.I32, wasm.OpI32ReinterpretF32, wasm.OpF32ReinterpretI32
	if t == wasm.F64 {
		bits, to, from = wasm.I64, wasm.OpI64ReinterpretF64, wasm.OpF64ReinterpretI64
	}
	which, second := b.scratch(wasm.I32), b.scratch(bits)
	b.X(wasm.OpLocalSet, which)
	b.Op(to)
	b.X(wasm.OpLocalSet, second)
	b.Op(to)
	b.X(wasm.OpLocalGet, second)
	b.X(wasm.OpLocalGet, which)
	b.Op(wasm.OpSelect)
	b.Op(from)
	b.release(wasm.I32, which)
	b.release(bits, second)
}
