package prepare

import (
	"context"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Kept is the code of m, which is read whole, in the entry of the cache that somebody has made
// meanwhile, for t. It is nil where there is none, and where passes have changed more of the
// module than bodies: its functions, types, globals and tables are where m has them.
func (m *Module) Kept(ctx context.Context, t Target) *engine.Code {
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
	if err != nil || !ondemand.SameSpaces(given, m.Module) {
		return nil
	}
	code, _ := m.loadCode(ctx, t, b, given, e)
	return code
}
