package logging

import (
	"fmt"

	"github.com/wazedge/wazedge/compat/logline"
)

// levels are the names that WasmEdge gives the levels, in order.
var levels = [...]string{
	logline.Trace: "Trace", logline.Debug: "Debug", logline.Info: "Info",
	logline.Warning: "Warn", logline.Error: "Error", logline.Critical: "Critical",
}

// explainLevels says that there is no such level, and which there are.
func (h *Host) explainLevels(level uint32) {
	h.config.Errors.Error(fmt.Sprintf("[WasiLogging] Unrecognized Logging Level: %d", level))
	for n, name := range levels {
		h.config.Errors.Error(fmt.Sprintf("[WasiLogging] %s Level = %d", name, n))
	}
}
