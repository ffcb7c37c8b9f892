package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

func (c *checker) throw() bool {
	params, ok := c.tagParams(c.in.X)
	return ok && c.leave(params)
}

// tagParams are the types that exceptions of tag x carry.
func (c *checker) tagParams(x uint32) ([]wasm.ValType, bool) {
	if int64(x) >= int64(len(c.tags)) {
		return nil, c.fail(beyond(fault.InvalidTagIdx, "tag", x, len(c.tags)))
	}
	return c.m.Types[c.tags[x]].Func.Params, true
}

// catches checks the handlers of a try_table: what each hands to its label must be
// what the label takes (core 3.4, "try_table").
func (c *checker) catches() bool {
	for _, h := range c.in.Catches {
		var given []wasm.ValType
		if h.Kind == wasm.CatchTag || h.Kind == wasm.CatchTagRef {
			params, ok := c.tagParams(h.Tag)
			if !ok {
				return false
			}
			given = params
		}
		f, ok := c.target(h.Label)
		if !ok {
			return false
		}
		want := c.label(f)
		if h.Kind == wasm.CatchTagRef || h.Kind == wasm.CatchAllRef {
			n := len(want) - 1
			if n < 0 {
				return c.fail(underflow())
			}
			if exn := wasm.Ref(wasm.HeapExn); !c.types.Matches(exn, want[n]) {
				return c.fail(mismatch(fault.TypeCheckFailed, want[n], exn))
			}
			want = want[:n]
		}
		if !c.handed(given, want) {
			return false
		}
	}
	return true
}

// handed compares what a handler hands to its label from the last value on.
func (c *checker) handed(given, want []wasm.ValType) bool {
	if !c.spend(len(want)) {
		return false
	}
	for i := 1; i <= len(want); i++ {
		if i > len(given) {
			return c.fail(underflow())
		}
		w, g := want[len(want)-i], given[len(given)-i]
		if !c.types.Matches(g, w) {
			return c.fail(mismatch(fault.TypeCheckFailed, w, g))
		}
	}
	if len(given) > len(want) {
		return c.fail(underflow())
	}
	return true
}
