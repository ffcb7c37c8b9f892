package compat

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// checkSizes is the error of a module of which a memory or a table begins larger than
// the engine can have any.
func checkSizes(m *wasm.Module) *fault.Error {
	for i := range m.Memories {
		if n := m.Memories[i].Limits.Min; n > engine.MaxPages {
			return tooLarge("memory", n, "pages", engine.MaxPages)
		}
	}
	for i := range m.Tables {
		if n := m.Tables[i].Type.Limits.Min; n > engine.MaxTable {
			return tooLarge("table", n, "elements", engine.MaxTable)
		}
	}
	return nil
}

// tooLarge is the error of a memory or table with n units, where at most so many can
// be had.
func tooLarge(what string, n uint64, units string, most uint64) *fault.Error {
	return fault.New(fault.RuntimeError, fmt.Sprintf("A %s of %d %s is beyond the limit of %d.", what, n, units, most),
		fault.ASTNode(what+" section"), fault.ASTNode("module"))
}
