package prepare

import (
	"context"
	"runtime"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Kept is the code of m, which is read whole, in the entry of the cache that somebody has made
// meanwhile, for t: frames of it are called label. Better says that it is optimized, which is taken before the engine's; with optimized,
// nothing else is. It is nil where there is none, and where its functions cannot take the place of those of like, which a
// pass has made of m, or which is m's module: see [ondemand.SameSpaces].
func (m *Module) Kept(ctx context.Context, t Target, like *wasm.Module, label string, optimized bool) (code *engine.Code, better bool) {
	o := m.options
	if o.Cache == nil || m.StoodIn() {
		return nil, false
	}
	digest := m.digest()
	if key, ok := o.betterKey(digest); ok {
		if code := m.keptAs(ctx, key, t, like, label); code != nil {
			return code, true
		}
	}
	if optimized {
		return nil, false
	}
	return m.keptAs(ctx, o.key(digest), t, like, label), false
}

// keptAs is the code of the entry of key, like that of [Module.Kept].
func (m *Module) keptAs(ctx context.Context, key cache.Key, t Target, like *wasm.Module, label string) *engine.Code {
	e, err := m.options.Cache.Get(key)
	if err != nil {
		return nil
	}
	var code *engine.Code
	defer func() {
		if code == nil || !e.HasOrigins() {
			e.Close()
			return
		}
		runtime.AddCleanup(code, func(e *cache.Entry) { e.Close() }, e) // traps ask for them
	}()
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
	labelled := *m
	labelled.Label = label
	code, _ = labelled.loadCode(ctx, t, b, given, e)
	return code
}
