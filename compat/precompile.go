package compat

import (
	"context"
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/sniff"
	"github.com/wazedge/wazedge/internal/universal"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Precompiling is what [Module.Precompile] is to prepare for.
type Precompiling struct {
	Features Features // under which the module is to run; those of its runtime are among them
	Generic  bool     // any processor of this architecture
	// Limits are the ways of accounting to prepare for, beside doing without.
	Limits []limits.Config
	// Dump, unless nil, is shown the module as it is and as each pass leaves it.
	Dump func(pass string, m *wasm.Module) error
	// Listing, unless nil, gets what our own compiler makes of each function.
	Listing io.Writer
}

// Precompile compiles m, which is valid, and returns it, less what was compiled before,
// with the entries that make it a universal module: none, with a warning in the log,
// where the engine is not the one that is known.
func (m *Module) Precompile(ctx context.Context, p Precompiling) (module []byte, entries []*cache.Contents, err error) {
	return m.linked.Precompile(ctx, p.prepare())
}

func (p *Precompiling) prepare() *prepare.Precompiling {
	list := &prepare.Precompiling{Features: p.Features, Generic: p.Generic, Dump: p.Dump, Listing: p.Listing}
	for _, l := range p.Limits {
		list.Ways = append(list.Ways, prepare.Accounting{Metering: l.Variant(), Exact: exact(&l)})
	}
	return list
}

// PrecompileComponent is [Module.Precompile] for c.
func PrecompileComponent(ctx context.Context, c *Component, p Precompiling) ([]byte, []*cache.Contents, error) {
	return c.Precompile(ctx, p.prepare())
}

// WriteUniversal writes the universal module of what [Module.Precompile] has returned,
// its code sealed by s, to w: the module, its bytes unchanged, and the code behind it,
// which other runtimes do not look at.
func WriteUniversal(w io.Writer, s cache.Sealer, module []byte, entries ...*cache.Contents) error {
	return universal.Write(w, s, module, entries...)
}

// ReadModule reads the module in the file path, which, with streams, may be a pipe. Of a
// file that does not begin as a module does it reads no more than [Runtime.Load] needs to
// say so. The error is a [*Error] that ends with the file's name.
func ReadModule(path string, streams bool) ([]byte, error) { return prepare.ReadModule(path, streams) }

// PrintText writes the module b, which [ReadModule] has read, to w in the text
// format. The error is a [*Error] if b cannot be read under the proposals of
// features, else one of w.
func PrintText(w io.Writer, b []byte, features Features) error {
	return prepare.PrintText(w, b, features)
}

// Embedded is the code that a module brings along for one way of running it.
type Embedded = prepare.Embedded

// Inspect tells what code the module in the file path brings along, and whether it would
// be executed by the user of trust. It returns the size of the module without it. The
// error is a [*Error].
func Inspect(path string, trust *cache.Keyring) (size int64, list []Embedded, err error) {
	return prepare.Inspect(path, trust)
}

// ErrNative is the cause of the error for a file of machine code.
var ErrNative = sniff.ErrMachineCode
