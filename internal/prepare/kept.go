package prepare

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Kept is the code of m, which is read whole, in the entry of the cache that somebody has made
// meanwhile, for t. It is nil where there is none, and where its functions cannot take the place of those of like, which a
// pass has made of m, or which is m's module: see [ondemand.SameSpaces].
func (m *Module) Kept(ctx context.Context, t Target, like *wasm.Module) *engine.Code {
	if m.options.Cache == nil || m.StoodIn() {
		return nil
	}
	e, err := m.options.Cache.Get(m.options.key(m.digest()))
	if err != nil {
		return nil
	}
	defer e.Close()
	if !e.HasSkeleton() || !e.HasCode() {
		return nil
	}
	b, err := e.Skeleton()
	if e.HasEngineModule() {
		b, err = e.EngineModule()
	}
	given := new(wasm.Module)
	if err == nil {
		given, err = wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	}
	if err != nil || !ondemand.SameSpaces(given, like, len(m.Module.Bodies)) {
		return nil
	}
	code, _ := m.loadCode(ctx, t, b, given, e)
	return code
}
