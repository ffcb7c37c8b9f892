package native

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// probe is the module on which the engine is measured: it has a memory, globals and a table of its own.
const probe = `(module (memory 1) (global (mut i32) (i32.const 0)) (global i64 (i64.const 0)) (table 1 funcref) (func (export "f")))`

// fact is where the code of this package takes something to be.
type fact struct {
	name string // see [private.Facts]
	at   int64
}

// factsOf are the facts that the code made for l on t relies on.
func factsOf(t target, l *layout) []fact {
	return append([]fact{
		{"context.exitCode", ctxExitCode},
		{"context.callerModuleContextPtr", ctxCallerModule},
		{"context.originalFramePointer", ctxGoFrame},
		{"context.originalStackPointer", ctxGoStack},
		{"context.stackBottomPtr", ctxStackBottom},
		{"context.goCallReturnAddress", ctxReturnAddress},
		{"context.stackPointerBeforeGoCall", ctxStackPointer},
		{"context.stackGrowRequiredSize", ctxGrowSize},
		{"context.memoryGrowTrampolineAddress", ctxMemoryGrow},
		{"context.stackGrowCallTrampolineAddress", ctxStackGrow},
		{"context.memmoveAddress", ctxMemmove},
		{"function.executable", refCode},
		{"function.moduleContextOpaquePtr", refContext},
		{"function.typeID", refType},
		{"table.References", 0},
		{"memory.Buffer", 0},
		{"module.LocalMemoryBegin", int64(l.memory)},
		{"module.GlobalsBegin", int64(l.globals)},
		{"module.TypeIDs1stElement", int64(l.typeIDs)},
		{"module.TablesBegin", int64(l.tables)},
	}, t.facts()...)
}

// Contract is nil where the engine in use has everything where the code of this package takes it to be.
// Where it does not, no code is made; and what is kept is found by the plan that it was made under, which
// names the engine. It measures once.
var Contract = sync.OnceValue(func() error {
	m, err := wat.Parse([]byte(probe))
	if err != nil {
		return err
	}
	bin := wasm.Encode(m)
	measured, err := engine.FactsOf(context.Background(), bin)
	if err != nil {
		return fmt.Errorf("native: %w", err)
	}
	return obeys(here(), m, measured)
})

// obeys compares what was measured on the module m with what code made for it on t relies on.
func obeys(t target, m *wasm.Module, measured engine.Facts) error {
	l := layoutOf(m.Spaces())
	var list []error
	for _, f := range factsOf(t, &l) {
		if at, is := measured[f.name]; !is {
			list = append(list, fmt.Errorf("native: the engine has no %s", f.name))
		} else if at != f.at {
			list = append(list, fmt.Errorf("native: the engine has %s at %d, not at %d", f.name, at, f.at))
		}
	}
	return errors.Join(list...)
}
