package refusal

import (
	"fmt"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Growths are the refusals to grow the memories of a guest: of its instance, or of several that do the same, one in the place of
// the other. The zero value has none.
type Growths struct{ told atomic.Int64 }

// Instance is what is called when a memory of an instance may not grow beyond pages; nil stands for what WebAssembly allows. It tells log in
// WasmEdge's words, unless another instance has told of the same.
func (g *Growths) Instance(pages *uint32, log func(string)) func() {
	most := uint32(1 << 32 / wasm.PageSize)
	if pages != nil {
		most = *pages
	}
	var refused atomic.Int64
	return func() {
		refused.Add(1)
		for told := g.told.Load(); told < refused.Load(); told = g.told.Load() {
			if g.told.CompareAndSwap(told, told+1) {
				log(fmt.Sprintf("Memory Instance: Memory grow page failed, exceeded limited %d page size in configuration.", most))
			}
		}
	}
}
