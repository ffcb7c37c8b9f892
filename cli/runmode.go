package cli

import (
	"fmt"
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
// exist is the interpreter; strictly, it is refused.
func (o *Options) runMode(log *logline.Logger, strict bool) (runMode, error) {
	switch {
	case o.RunMode != "":
		if o.EnableJIT || o.ForceInterpreter {
			log.Warning("--run-mode overrides deprecated --enable-jit / --force-interpreter.")
		}
		switch mode := strings.ToLower(o.RunMode); {
		case mode == "jit":
			return modeJIT, nil
		case mode == "aot":
			return modeAOT, nil
		case mode != "interpreter" && strict:
			return 0, fmt.Errorf("no run mode %q: interpreter, jit or aot", o.RunMode)
		}
		return modeInterpreter, nil
	case o.EnableJIT:
		log.Warning("--enable-jit is deprecated, use --run-mode=jit instead.")
		return modeJIT, nil
	case o.ForceInterpreter:
		log.Warning("--force-interpreter is deprecated, use --run-mode=interpreter instead.")
		return modeInterpreter, nil
	}
	return modeDefault, nil
}
