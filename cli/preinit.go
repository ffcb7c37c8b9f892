package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/preinit"
)

// preinitModule initialises the module in the first word of l and writes what it is then.
func preinitModule(p *Process, l line) int {
	o, path := l.syntax.options, l.words[0]
	if o.Output == "" {
		return p.fail("preinit needs a file to write to, like -o out.wasm")
	}
	wanted, err := p.initialisation(l)
	if err != nil {
		return p.fail(err.Error())
	}
	b, err := compat.ReadModule(path, true)
	if _, is := p.takesComponent(o, err); is || components.Is(b) {
		return p.fail(legible.Name(path) + ": a component cannot be initialised beforehand: initialise its core module, and make a component of that")
	}
	var r *preinit.Result
	if err == nil {
		r, err = preinit.Run(context.Background(), b, wanted)
	}
	if err != nil {
		return p.refuseFile(path, err)
	}
	err = writeFile(o.Output, func(w io.Writer) error {
		_, err := w.Write(r.Module)
		return err
	})
	if err != nil {
		return p.fail(err.Error())
	}
	fmt.Fprintf(p.out(), "%s: %s has run; %s, of which %s in %s\n", legible.Name(o.Output), legible.Name(strings.Join(r.Called, ", ")),
		legible.Bytes(int64(len(r.Module))), legible.Bytes(int64(r.Data)), legible.Count(r.Segments, "data segment"))
	return statusOK
}

// initialisation is what l asks of initialising a module. What the guest may not do it finds
// nothing of: directories are read only, and there are no standard streams.
func (p *Process) initialisation(l line) (preinit.Options, error) {
	log, err := p.log(l)
	if err != nil {
		return preinit.Options{}, err
	}
	config, _, err := p.config(l, log)
	if err != nil {
		return preinit.Options{}, err
	}
	o := l.syntax.options
	wanted := preinit.Options{Func: o.Func, Host: o.AllowWASI}
	for _, text := range o.RenameFuncs {
		to, from, ok := strings.Cut(text, "=")
		if !ok {
			return wanted, fmt.Errorf("--rename-func %q: NEW=OLD is wanted", text)
		}
		wanted.Renames = append(wanted.Renames, preinit.Rename{New: to, Old: from})
	}
	config.Cache = nil // what runs is never run again
	if !o.AllowWASI {
		config.WASI.Stdin, config.WASI.Stdout, config.WASI.Stderr = nil, nil, nil
		for n := range config.WASI.Preopens {
			config.WASI.Preopens[n].Access = compat.ReadOnly
		}
	}
	wanted.Config = config
	return wanted, nil
}
