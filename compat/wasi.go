package compat

import (
	"fmt"
	"io"

	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/hosts"
)

// world is what c makes of the namespaces' world.
func (c *Config) world() hosts.Config {
	w := &c.WASI
	config := wasi.Config{
		MaxOpenFiles: c.Limits.MaxOpenFiles,
		MaxOutput:    c.Limits.MaxOutput,
		RaisePipe:    w.RaisePipe,
		AllowAFUnix:  w.AllowAFUnix,
		Net:          w.Net,
		NetRefused:   w.NetRefused,
	}
	if n := c.Limits.MaxOutput; n > 0 {
		config.OverOutput = fault.New(fault.HostFuncError,
			fmt.Sprintf("The guest may write no more than %d bytes of output.", n))
	}
	var tee func(io.Writer, uint8) io.Writer
	if c.Record != nil {
		tee = c.Record.Tee
	}
	return hosts.Config{
		Tee:  tee,
		WASI: config, Files: len(w.Preopens) > 0, Environment: c.environment,
		Stdout: w.Stdout, Stderr: w.Stderr, Colour: w.Colour, Log: c.Log,
		Forbidden: c.ForbiddenPlugins, MaxMemory: c.Limits.MaxMemory,
		CryptoKeys: c.CryptoKeys, Preloads: c.Preloads,
	}
}

// SetWASI changes the guest's world, but for whether calls that block end and where they
// are traced. What it had open of the one before is closed. No call may be under way.
func (s *Store) SetWASI(c WASIConfig) error {
	own := *s.config
	own.WASI = c
	s.config = &own
	defer s.linked.Reimport()
	return s.world.Change(s.linked, own.world())
}

// Mark notes what the instances of s have now, once, for [Store.Reset] to take them back to in microseconds: memories,
// globals, tables, segments. The error is why it cannot be done: objects, threads, plug-ins. See package instances.
func (s *Store) Mark() error { return s.linked.Mark() }

// Reset takes s back to [Store.Mark], traps and growth included, with a new account and the world c, as
// [Store.SetWASI] has it; nil is that of the [Config]. After an error, s is to be closed. No call may be under way.
func (s *Store) Reset(c *WASIConfig) error {
	if c == nil {
		c = &s.runtime.config.WASI
	}
	if err := s.linked.Reset(); err != nil {
		return err
	}
	return s.SetWASI(*c)
}

// environment is what the guest gets.
func (c *Config) environment() wasi.Environment {
	w := &c.WASI
	e := wasi.Environment{Args: w.Args, Env: w.Env, Stdin: w.Stdin, Stdout: w.Stdout, Stderr: w.Stderr}
	if len(w.Preopens) > 0 {
		hosts.CloseTrust(&e, hosts.Trusted{Keys: c.Trust, Cache: c.Cache, CryptoKeys: c.CryptoKeys, Log: c.Log})
		e.Closed = append(e.Closed, w.Closed...)
	}
	for _, p := range w.Preopens {
		e.Preopens = append(e.Preopens, wasi.Preopen{Guest: p.Guest, Host: p.Host, FS: p.FS, Mode: p.Access})
	}
	return e
}
