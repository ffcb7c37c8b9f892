package cli

import (
	"strings"

	"github.com/wazedge/wazedge/compat/logline"
)

// runMode is how a module's code is executed.
type runMode uint8

const (
	modeDefault     runMode = iota // compiled
	modeInterpreter                // as asked for
	modeJIT                        // compiled, with the messages of WasmEdge's JIT
	modeAOT                        // compiled, with those of its ahead-of-time mode
)

// runMode is the mode that o asks for, by WasmEdge's precedence: --run-mode, then
// --enable-jit, then --force-interpreter. As WasmEdge, a mode that does not
// exist is the interpreter; wazedge has refused it before.
func (o *Options) runMode(log *logline.Logger) runMode {
	switch {
	case o.RunMode != "":
		if o.EnableJIT || o.ForceInterpreter {
			log.Warning("--run-mode overrides deprecated --enable-jit / --force-interpreter.")
		}
		switch strings.ToLower(o.RunMode) {
		case "jit":
			return modeJIT
		case "aot":
			return modeAOT
		}
		return modeInterpreter
	case o.EnableJIT:
		log.Warning("--enable-jit is deprecated, use --run-mode=jit instead.")
		return modeJIT
	case o.ForceInterpreter:
		log.Warning("--force-interpreter is deprecated, use --run-mode=interpreter instead.")
		return modeInterpreter
	}
	return modeDefault
}
