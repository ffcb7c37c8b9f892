package compat

import (
	"fmt"

	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/fault"
)

// wasiHost is the state of WASI, of all its generations, in which there is nothing
// before [Store.initWASI].
func (s *Store) wasiHost() *wasi.Host {
	if s.wasi != nil {
		return s.wasi
	}
	c := &s.config.WASI
	config := wasi.Config{
		MaxOpenFiles: s.config.Limits.MaxOpenFiles,
		MaxOutput:    s.config.Limits.MaxOutput,
		RaisePipe:    c.RaisePipe,
		AllowAFUnix:  c.AllowAFUnix,
		Net:          c.Net,
	}
	if n := s.config.Limits.MaxOutput; n > 0 {
		config.OverOutput = fault.New(fault.HostFuncError,
			fmt.Sprintf("The guest may write no more than %d bytes of output.", n))
	}
	s.wasi = wasi.New(s.linked.Guest, config)
	if s.wasiReady {
		s.fillWASI()
	}
	return s.wasi
}

// initWASI gives the guest its arguments, environment and files. WasmEdge does so
// when the first module has been instantiated: a start function finds nothing.
func (s *Store) initWASI() {
	if s.wasiReady {
		return
	}
	s.wasiReady = true
	if s.wasi != nil || len(s.config.WASI.Preopens) > 0 {
		if s.wasi == nil {
			s.wasiHost() // is filled
			return
		}
		s.fillWASI()
	}
}

// SetWASI changes the guest's world. What it had open of the one before is closed. No call
// may be under way.
func (s *Store) SetWASI(c WASIConfig) error {
	own := *s.config
	own.WASI = c
	s.config = &own
	if s.wasi == nil {
		return nil
	}
	err := s.wasi.Close()
	s.wasi, s.linked.Shared.States = nil, nil
	return err
}

// fillWASI gives the guest what the configuration says. A directory that cannot be opened
// is logged and left out.
func (s *Store) fillWASI() {
	c := &s.config.WASI
	e := wasi.Environment{Args: c.Args, Env: c.Env, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	s.closeTrust(&e)
	for _, p := range c.Preopens {
		e.Preopens = append(e.Preopens, wasi.Preopen{Guest: p.Guest, Host: p.Host, FS: p.FS, Mode: p.Access.mode()})
	}
	for _, err := range s.wasi.Init(e) {
		s.config.Log.Error(err.Error())
	}
}

// closeTrust keeps the guest from what decides which code is executed: the keyring,
// which is made first if it is not there, lest the guest do it, and the cache.
func (s *Store) closeTrust(e *wasi.Environment) {
	c := s.config
	if len(c.WASI.Preopens) == 0 {
		return
	}
	if c.Trust != nil {
		if err := c.Trust.Make(); err != nil {
			c.Log.Debug("cache: " + err.Error())
		}
		e.Closed = append(e.Closed, c.Trust.Dir())
		e.ClosedFiles = c.Trust.Files()
	}
	e.Closed = append(e.Closed, c.WASI.Closed...)
	if c.Cache != nil {
		e.Closed = append(e.Closed, c.Cache.Dir())
	}
}

func (a Access) mode() wasi.Mode {
	switch a {
	case ReadOnly:
		return wasi.ReadOnly
	case WriteOnly:
		return wasi.WriteOnly
	default:
		return wasi.ReadWrite
	}
}
