package cli

import (
	"fmt"
	"os"

	"github.com/wazedge/wazedge/compat/logline"
)

// log is the log that the options ask for: on standard output as WasmEdge's
// unless --log-stream or WAZEDGE_LOG_STREAM say otherwise. A level that does not
// exist is reported in the log itself.
func (p *Process) log(o *Options) (*logline.Logger, error) {
	stream := o.LogStream
	if stream == "" {
		stream = p.Getenv("WAZEDGE_LOG_STREAM")
	}
	var f *os.File
	switch stream {
	case "", "stdout":
		f = p.Stdout
	case "stderr":
		f = p.Stderr
	default:
		return nil, fmt.Errorf("no log stream %q: stdout or stderr", stream)
	}
	level, ok := logline.ParseLevel(o.LogLevel)
	log := logline.New(f, level, p.colourful(f))
	if !ok {
		log.Warning("Invalid log level: " + o.LogLevel + ". Valid values are: off, trace, debug, info, warning, error, fatal. Falling back to info level.")
	}
	return log, nil
}
