package wasmedge

import (
	"slices"

	"github.com/wazedge/wazedge/compat"
)

// Loader reads modules.
type Loader struct{ room *room }

// NewLoader is a Loader with the defaults of [NewConfigure].
func NewLoader() *Loader { return NewLoaderWithConfig(nil) }

// NewLoaderWithConfig is a Loader by conf.
func NewLoaderWithConfig(conf *Configure) *Loader { return &Loader{conf.open()} }

// LoadFile reads and decodes the module in the file path: a module, one that a [Compiler]
// has written, or the text format where the name ends in ".wat".
func (l *Loader) LoadFile(path string) (*AST, error) {
	return l.load(func() (*compat.Module, error) { return l.room.runtime.LoadFile(path) })
}

// LoadBuffer decodes the module buf. Code that a [Compiler] has put behind it is not used:
// it is compiled anew.
func (l *Loader) LoadBuffer(buf []byte) (*AST, error) {
	return l.load(func() (*compat.Module, error) { return l.room.runtime.Load(slices.Clone(buf)) })
}

func (l *Loader) load(load func() (*compat.Module, error)) (*AST, error) {
	if l.room == nil {
		return nil, failed(errReleased)
	}
	m, err := load()
	if err != nil {
		return nil, failed(err)
	}
	return &AST{source: l.room.retain().source(m)}, nil
}

// Release lets go of what l holds. Modules that it has loaded stay usable.
func (l *Loader) Release() {
	if l == nil {
		return
	}
	l.room.release()
	l.room = nil
}
