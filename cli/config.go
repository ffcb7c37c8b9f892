package cli

import (
	"path/filepath"
	"strings"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/inherit"
)

// config is what l asks for, in the terms of the VM. Strictly, values that do
// not exist are refused where WasmEdge takes something else for them.
func (p *Process) config(l line, log *logline.Logger) (compat.Config, runMode, error) {
	o, strict := l.syntax.options, p.tool() == wazedge
	features := o.Proposals.features()
	for _, option := range []string{"enable-component", "enable-all"} {
		if o.Proposals[option] {
			log.Warning("component model is enabled, this is experimental.")
		}
	}
	mode := o.runMode(log)
	c := compat.Config{
		Features:        &features,
		Interpreter:     mode == modeInterpreter,
		Alone:           len(o.Modules) == 0,
		Uninterruptible: true,
		Log:             log,
		Streams:         strict,
		Working:         p.working(l.words[0]),
		Guards:          p.guards(),
	}
	c.Optimized = p.optimizesBehind()
	c.Optimize = !c.Optimized && optimizing(p.Getenv(optimizeVariable))
	c.StressHeap = p.Getenv("WAZEDGE_GC_STRESS") == "1"
	c.Trust = p.keyring()
	store, noStore := p.cache(o)
	if err := engine.Contract(); err != nil {
		log.Debug("cache: nothing is kept: " + err.Error())
	}
	if noStore == nil && !o.NoCache && !inherit.LimitsFileSize() {
		store.Debug = log.Debug
		c.Cache = store
	}
	var err error
	if c.Limits, err = o.limits(); err != nil {
		return c, mode, err
	}
	c.ForbiddenPlugins = forbidden(o.ForbiddenPlugins, strict)
	c.MissesPlugins = !strict
	c.CryptoKeys = o.CryptoKeys
	if c.Preloads, err = preloads(o.NNPreloads, strict); err != nil {
		return c, mode, err
	}
	c.WASI, err = p.world(l, strict)
	if noStore == nil {
		c.WASI.Closed = []string{store.Dir()}
	}
	if p.bundle != nil {
		c.Bundled = &compat.Bundled{Name: l.words[0], Module: p.bundle.Module, Trust: cache.KeyringOf(p.bundle.Key())}
		c.WASI.Closed = append(c.WASI.Closed, l.words[0])
	}
	if err == nil {
		err = p.plugIn(&c, o, strict)
	}
	return c, mode, err
}

// world is what the guest of l gets to see of the host.
func (p *Process) world(l line, strict bool) (compat.WASIConfig, error) {
	o := l.syntax.options
	env, err := p.guestEnvironment(o)
	if err != nil {
		return compat.WASIConfig{}, err
	}
	w := compat.WASIConfig{
		Args:   append([]string{p.guestProgram(l.words[0])}, l.words[1:]...),
		Env:    env,
		Stdin:  p.Stdin,
		Stdout: p.Stdout,
		Stderr: p.Stderr,
		Colour: p.colourful,

		Interruptible: o.TimeLimit > 0,
		RaisePipe:     !inherit.IgnoresPipe(),
		AllowAFUnix:   o.AllowUnixSockets,
	}
	if o.Trace == "wasi" {
		w.Trace = p.Stderr
	}
	for _, text := range o.Dirs {
		d, err := parsePreopen(text, strict)
		if err != nil {
			return w, err
		}
		if strict {
			if err := checkPreopen(text, d); err != nil {
				return w, err
			}
		}
		w.Preopens = append(w.Preopens, d)
		if strict && showsProcesses(d.Host) && p.Getenv(containerVariable) == "" {
			p.say("--dir %s shows the guest the files of every process and device; see SECURITY.md", text)
		}
	}
	w.Net, err = o.netPolicy(strict)
	w.NetRefused = p.hintAtNet(o)
	return w, err
}

// containerVariable says, where it is set, that the process has a root and devices of its
// own, which whoever has set it has put together for the guest.
const containerVariable = "WAZEDGE_CONTAINER"

// showsProcesses reports whether the directory is one through which a guest gets to
// the files that systems have of processes and devices.
func showsProcesses(dir string) bool {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	abs = filepath.ToSlash(abs)
	return abs == "/" || abs == "/proc" || strings.HasPrefix(abs, "/proc/") || abs == "/dev" || strings.HasPrefix(abs, "/dev/")
}

// optimizeVariable is the variable of the environment that has modules compiled as compile's option
// --optimize of the same value does, when they are first run. Without it, the optimizing compiler works behind runs,
// for later ones.
const optimizeVariable = "WAZEDGE_OPTIMIZE"

// guardsVariable is the variable of the environment that, with off, has no code made that leaves accesses to guard
// pages, and no handler of faults put in place for it.
const guardsVariable = "WAZEDGE_GUARDS"

// guards reports whether code may leave accesses to guard pages.
func (p *Process) guards() bool { return p.Getenv(guardsVariable) != "off" }

// optimizesBehind reports whether what runs is optimized behind the run.
func (p *Process) optimizesBehind() bool { return p.Getenv(optimizeVariable) == "" }

// optimizing reports whether a level of --optimize, 2 by default, has code made by the optimizing compiler.
func optimizing(level string) bool { return level != "0" && level != "1" }
