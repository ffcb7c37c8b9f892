package cli

import (
	"math"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/wasm"
)

// config is what l asks for, in the terms of the VM. Strictly, values that do
// not exist are refused where WasmEdge takes something else for them.
func (p *Process) config(l line, log *logline.Logger) (compat.Config, runMode, error) {
	o, strict := l.syntax.options, p.tool() == wazedge
	features := o.Proposals.features()
	if features.Has(wasm.ComponentModel) {
		log.Warning("component model is enabled, this is experimental.")
	}
	mode, err := o.runMode(log, strict)
	if err != nil {
		return compat.Config{}, mode, err
	}
	c := compat.Config{
		Features:    &features,
		Interpreter: mode == modeInterpreter,
		Log:         log,
		WASI: compat.WASIConfig{
			Args:   append([]string{guestProgram(l.words[0])}, l.words[1:]...),
			Env:    o.Env,
			Stdin:  p.Stdin,
			Stdout: p.Stdout,
			Stderr: p.Stderr,

			MaxOpenFiles:  int(min(o.MaxOpenFiles, math.MaxInt32)),
			MaxOutput:     int64(min(o.MaxOutput, math.MaxInt64)),
			Interruptible: o.TimeLimit > 0,
			RaisePipe:     true,
			AllowAFUnix:   o.AllowUnixSockets,
		},
	}
	if o.Trace == "wasi" {
		c.WASI.Trace = p.Stderr
	}
	if n := len(o.MemoryPageLimit); n > 0 {
		pages := uint32(o.MemoryPageLimit[n-1])
		c.MemoryPages = &pages
	}
	for _, text := range o.Dirs {
		d, err := parsePreopen(text, strict)
		if err != nil {
			return c, mode, err
		}
		c.WASI.Preopens = append(c.WASI.Preopens, d)
	}
	return c, mode, nil
}
