package native

import (
	"bytes"
	"context"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/wasm"
)

// unreachable is the body of a function that nobody calls: without locals.
var unreachable = []byte{0, 0x00, 0x0B}

// withoutRest is the engine's code of m where the functions in kept have theirs, and others next to none, since it is ours that
// is executed of them. Of a large module a few that are kept would have all of the engine's code be read
// at each start, which is three quarters of what there is then. The engine compiles each function for itself: what those in kept
// have is what they have in the whole. ok is false where that cannot be.
func (mod *module) withoutRest(m *wasm.Module, kept []uint32) (l private.Layout, ok bool) {
	cut := *m
	cut.Customs = nil
	cut.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range cut.Bodies {
		cut.Bodies[i].Code = unreachable
	}
	for _, i := range kept {
		cut.Bodies[i] = m.Bodies[i]
	}
	ctx := context.Background()
	r := engine.New(ctx, engine.Config{Artifacts: true})
	defer r.Close(ctx)
	_, err := r.CompileWith(ctx, wasm.Encode(&cut), engine.CompileOptions{Save: func(a engine.Artifact) {
		a.Body, a.Owner = bytes.Clone(a.Body), nil // it goes with r
		l, ok = private.LayoutOf(private.Artifact(a))
	}})
	jump, _ := mod.target.jump()
	return l, err == nil && ok && len(l.Offsets) == len(m.Bodies) && !l.Placed && roomFor(&l, len(jump))
}

// roomFor reports whether n bytes fit each function of l.
func roomFor(l *private.Layout, n int) bool {
	for i, at := range l.Offsets {
		end := uint64(len(l.Code))
		if i+1 < len(l.Offsets) {
			end = l.Offsets[i+1]
		}
		if at+uint64(n) > end {
			return false
		}
	}
	return true
}
