package hosts

import (
	"errors"
	"io"
	"math"
	"os"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/nn"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/link"
)

// Config is what a [World] is to be.
type Config struct {
	WASI  wasi.Config
	Files bool // guests have files, and are told of those that they cannot have

	// Environment is what guests get when the first module has been instantiated.
	Environment func() wasi.Environment

	Stdout, Stderr io.Writer                  // of wasi:logging; nil for none
	Colour         func(stream *os.File) bool // whether it colours; nil stands for never
	Log            *logline.Logger            // of what cannot be had

	// Tee is a stream, by its number, through which who records is told what the host
	// writes for the guest; nil for nobody.
	Tee func(w io.Writer, stream uint8) io.Writer

	Forbidden []string // plug-ins that guests do not find, by name
	MaxMemory uint64   // bytes that the guests may take; 0 for the default

	CryptoKeys string       // the directory of keys that guests have managed; empty for none
	Preloads   []nn.Preload // models that guests find by their names
}

// World is what the namespaces have of one store.
type World struct {
	config  Config
	wasi    *wasi.Host
	plugins map[*plugin]any // the states of those that guests have imported from
	ready   bool            // the guest has its arguments, environment and files
	beside  []*World        // of plug-ins that are guests
}

// NewWorld is a world in which nothing is made until it is needed.
func NewWorld(c Config) *World { return &World{config: c} }

// WASI is the state of WASI, of all its generations, for g. There is nothing in it before
// [World.Fill].
func (w *World) WASI(g *abi.Guest) *wasi.Host {
	if w.wasi == nil {
		w.wasi = wasi.New(g, w.config.WASI)
		if w.ready {
			w.fill()
		}
	}
	return w.wasi
}

// Fill gives the guest g its arguments, environment and files. WasmEdge does so when
// the first module has been instantiated: a start function finds nothing.
func (w *World) Fill(g *abi.Guest) {
	switch {
	case w.ready:
	case w.wasi != nil:
		w.ready = true
		w.fill()
	default:
		w.ready = true
		if w.config.Files {
			w.WASI(g) // is filled
		}
	}
}

// fill gives the guest what the configuration says. A directory that cannot be opened is
// logged and left out.
func (w *World) fill() {
	for _, err := range w.wasi.Init(w.config.Environment()) {
		w.config.Log.Error(err.Error())
	}
}

// Change makes c of w for the guests of s to come. What they had open is closed.
func (w *World) Change(s *link.Store, c Config) error {
	err := w.end()
	w.config, w.wasi, w.plugins, s.Shared.States = c, nil, nil, nil
	return err
}

// Sought is what the guest has looked for among files.
func (w *World) Sought() wasi.Sought {
	if w.wasi == nil {
		return wasi.Sought{}
	}
	return w.wasi.Sought()
}

// FilesHint is what a person may want to know of a guest that has failed and found no
// files on the way: which directories it could have found them in; empty if that is not
// likely to be the reason.
func (w *World) FilesHint() string {
	switch s := w.Sought(); {
	case s.Found || !s.Listed:
		return ""
	case !s.Mapped:
		return "no directory is mapped: --dir . lets the guest reach the files of this one (--dir /:. if it was built by Go)"
	case !s.Root && s.LikeGo:
		return "a guest that was built by Go finds its files beneath a directory that is mapped at /: --dir /:."
	default:
		return ""
	}
}

// Close closes what guests have open.
func (w *World) Close() error {
	err := w.end()
	for _, b := range w.beside {
		err = errors.Join(err, b.Close())
	}
	return err
}

// end closes what the guests have open that this is the world of.
func (w *World) end() error {
	var err error
	if w.wasi != nil {
		err = w.wasi.Close()
	}
	for _, state := range w.plugins {
		if c, ok := state.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}

// plugin is the state of p, of all its modules, for g.
func (w *World) plugin(p *plugin, g *abi.Guest) any {
	state, ok := w.plugins[p]
	if !ok {
		if w.plugins == nil {
			w.plugins = map[*plugin]any{}
		}
		state = p.state(w, g)
		w.plugins[p] = state
	}
	return state
}

// log is the state of wasi:logging for g.
func (w *World) log(g *abi.Guest) *logging.Host {
	return logging.New(logging.Config{
		Stdout: w.stream(w.config.Stdout, 1),
		Stderr: w.stream(w.config.Stderr, 2),
		Errors: w.config.Log,
		Append: func(name string) (io.WriteCloser, error) { return w.WASI(g).AppendFile(name) },
	})
}

// nn is the state of wasi_ephemeral_nn for g.
func (w *World) nn(g *abi.Guest) *nn.Host {
	c := nn.Config{Preloads: w.config.Preloads, Memory: int64(min(w.config.MaxMemory, math.MaxInt64)), Log: w.config.Log}
	if f, ok := w.config.Stdout.(*os.File); !ok || f != nil {
		c.Stdout = w.config.Stdout
	}
	return nn.New(g, c)
}

// stream is a log of the guest's own on one of its standard streams.
func (w *World) stream(s io.Writer, number uint8) *logline.Logger {
	f, ok := s.(*os.File)
	if s == nil || ok && f == nil {
		return nil
	}
	if w.config.Tee != nil {
		s = w.config.Tee(s, number)
	}
	return logline.New(s, logline.Trace, ok && w.config.Colour != nil && w.config.Colour(f))
}
