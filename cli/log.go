package cli

import (
	"io"
	"os"
	"slices"

	"github.com/wazedge/wazedge/compat/logline"
)

// log is the log that l asks for: on standard output as WasmEdge's, on standard
// error for the commands that only wazedge has, unless --log-stream or
// WAZEDGE_LOG_STREAM say otherwise. A level that does not exist is reported in the
// log itself.
func (p *Process) log(l line) (*logline.Logger, error) {
	o := l.syntax.options
	stream := o.LogStream
	if stream == "" {
		stream = p.Getenv("WAZEDGE_LOG_STREAM")
	}
	f := p.Stdout
	if l.syntax.command.wasmedge == "" && !l.syntax.command.guest {
		f = p.Stderr
	}
	if err := optionNamed("log-stream").check(stream); err != nil {
		return nil, err
	}
	switch stream {
	case "stdout":
		f = p.Stdout
	case "stderr":
		f = p.Stderr
	}
	level, ok := logline.ParseLevel(o.LogLevel)
	p.quiet = level == logline.Off
	out := io.Writer(printer{p, f})
	if p.tee != nil {
		out = p.tee(out, uint8(slices.Index([]*os.File{nil, p.Stdout, p.Stderr}, f)))
	}
	log := logline.New(out, level, p.colourful(f))
	if p.tool() == wazedge {
		log.Legible()
	}
	if p.Getenv(identify) != "" {
		log.Debug(p.identity())
	}
	if !ok {
		log.Warning("Invalid log level: " + o.LogLevel + ". Valid values are: off, trace, debug, info, warning, error, fatal. Falling back to info level.")
	}
	return log, nil
}
