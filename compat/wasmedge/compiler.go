package wasmedge

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/limits"
)

// Compiler compiles modules ahead of time.
type Compiler struct{ conf *Configure }

// NewCompiler is a Compiler with the defaults of [NewConfigure].
func NewCompiler() *Compiler { return NewCompilerWithConfig(nil) }

// NewCompilerWithConfig is a Compiler by conf.
func NewCompilerWithConfig(conf *Configure) *Compiler { return &Compiler{conf} }

// Compile compiles the module in the file inpath and writes it, its code behind it, to the
// file outpath, whatever the format that is asked for. The code is sealed by the user's key,
// which is made if there is none, and executed for this user only; others compile anew.
func (c *Compiler) Compile(inpath string, outpath string) error {
	b, err := compat.ReadModule(inpath, false)
	if err != nil {
		return failed(err)
	}
	return c.CompileBuffer(b, outpath)
}

// CompileBuffer is [Compiler.Compile] for the module buf.
func (c *Compiler) CompileBuffer(buf []byte, outpath string) error {
	if err := c.compile(slices.Clone(buf), outpath); err != nil {
		return failed(err)
	}
	return nil
}

func (c *Compiler) compile(b []byte, out string) (err error) {
	r := c.conf.open()
	defer r.release()
	m, err := r.runtime.Load(b)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Validate(); err != nil {
		return err
	}
	s := c.conf.read()
	module, entries, err := m.Precompile(context.Background(), compat.Precompiling{
		Features: s.features, Generic: s.generic, Limits: []limits.Config{{Interruptible: true}},
	})
	if err != nil {
		return err
	}
	return write(out, func(f *os.File) error {
		return compat.WriteUniversal(f, sealer(), module, entries...)
	})
}

// sealer seals by the user's key, if there is or can be one.
func sealer() cache.Sealer {
	k := keyring()
	if k == nil || k.Make() != nil {
		return cache.Sealer{}
	}
	return cache.Sealer{Keyring: k}
}

// write writes a file whole or not at all.
func write(name string, f func(*os.File) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), ".compiled-*")
	if err != nil {
		return errors.Join(fault.New(fault.IllegalPath), err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := errors.Join(f(file), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

// Release does nothing: a Compiler holds nothing.
func (c *Compiler) Release() {}
