package heap

import (
	_ "embed"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

//go:embed runtime.wat
var runtimeText []byte

// Runtime is the module that the lowered modules of a store import the heap from.
// It imports from [HostModule].
func Runtime() (*wasm.Module, error) { return wat.Parse(runtimeText) }

// The globals that [Runtime] exports for modules whose exceptions were lowered.
const (
	Pending = "pending" // the exception under way, or null
	Nothing = "nothing" // what nobody will look at
)

// The names under which lowered modules import.
const (
	// RuntimeModule is what an instance of [Runtime] is imported as.
	RuntimeModule = "wazedge:heap"

	// HostModule has the host's functions: refill (class), large (bytes), zero
	// (address, bytes), room (bytes) and pause, which are [Heap.Refill], [Heap.Large],
	// [Heap.Zero], [Heap.Room] and [Heap.Pause]; trap (code); and attach (the entry of
	// the function table where the caller's functions begin), which is [Heap.Attach].
	HostModule = "wazedge:gc"
)
