package wasmedge

import (
	"errors"
	"os"
	"sync/atomic"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
)

// logLevel is the level of the log, which the SDK has one of for the process: less one of
// [logline.Level], so that 0 stands for errors.
var logLevel atomic.Int32

func setLogLevel(l logline.Level) { logLevel.Store(int32(l) - int32(logline.Error)) }

// logger is a log with the level of now. It goes to standard error, where WasmEdge's goes to
// standard output.
func logger() *logline.Logger {
	return logline.New(os.Stderr, logline.Level(logLevel.Load()+int32(logline.Error)), false)
}

// SetLogErrorLevel has errors logged, which is the default.
func SetLogErrorLevel() { setLogLevel(logline.Error) }

// SetLogDebugLevel has everything logged. What was made before keeps its level for what
// happens while guests run.
func SetLogDebugLevel() { setLogLevel(logline.Debug) }

// SetLogOff has nothing logged.
func SetLogOff() { setLogLevel(logline.Off) }

// logFailure logs err as WasmEdge does.
func logFailure(err error) {
	log := logger()
	log.Fault(err)
	if e, ok := errors.AsType[*compat.InvokeError](err); ok {
		log.Detail(e.Tail()...)
	}
}
