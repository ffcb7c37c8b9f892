package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/bundle"
	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/legible"
)

// unbundled are options of run that a bundle cannot have: they name files that would have to
// be in it, or start the program anew.
var unbundled = []string{"module", "env-file", "gas-cost-table", "cold-start"}

// bundleModule makes one program of the module in the first word of l, the options of l, and
// a runtime.
func bundleModule(p *Process, l line) int {
	o, path := l.syntax.options, l.words[0]
	if o.Output == "" {
		return p.fail("bundle needs a file to write to, like -o app")
	}
	for _, name := range unbundled {
		if l.syntax.given(name) {
			return p.fail("--" + name + " cannot be in a bundle")
		}
	}
	carrier, target, own, err := readRuntime(o)
	if err != nil {
		return p.fail(err.Error())
	}
	h := bundle.Header{Name: filepath.Base(path), Target: target, Options: bundledWords(l)}
	module, code, err := p.moduleFor(l, &h, own)
	if err != nil {
		return p.refuseFile(path, err)
	}
	if err := writeProgram(o.Output, func(w io.Writer) error { return bundle.Write(w, carrier, h, module) }); err != nil {
		return p.fail(err.Error())
	}
	what := "with compiled code"
	if !code {
		what = "which compiles the module when it first runs"
	}
	fmt.Fprintf(p.out(), "%s: for %s, %s, %s\n", legible.Name(o.Output), target, legible.Bytes(int64(len(carrier)+len(module))), what)
	return statusOK
}

// readRuntime reads the program that a bundle is made of: this one, or that of --runtime. It
// says for which platform it is, and whether it is this one.
func readRuntime(o *Options) (carrier []byte, target string, own bool, err error) {
	self, err := os.Executable()
	if err == nil {
		carrier, err = os.ReadFile(self)
	}
	if err != nil {
		return nil, "", false, fmt.Errorf("the program of wazedge cannot be read: %w", err)
	}
	target, own = bundle.Target(), true
	if o.Runtime != "" {
		other, err := os.ReadFile(o.Runtime)
		if err != nil {
			return nil, "", false, err
		}
		if target, own = bundle.TargetOf(other); !own {
			return nil, "", false, fmt.Errorf("%s: not a program of wazedge", legible.Name(o.Runtime))
		}
		carrier, own = other, bytes.Equal(other, carrier)
	}
	if o.Target != "" && o.Target != target {
		return nil, "", false, fmt.Errorf("the runtime is for %s, and not for %s: name one for that platform with --runtime FILE", target, legible.Name(o.Target))
	}
	return carrier, target, own, nil
}

// bundledWords are the options of run that l has, each as one word with its value.
func bundledWords(l line) []string {
	words := []string{}
	for _, row := range optionsOf(toolRun) {
		if !l.syntax.given(row.name) {
			continue
		}
		switch v := row.value(l.syntax.options).(type) {
		case *texts:
			for _, one := range *v {
				words = append(words, "--"+row.name+"="+one)
			}
		default:
			word := "--" + row.name
			if row.takesValue() {
				word += "=" + v.String()
			}
			words = append(words, word)
		}
	}
	if !l.syntax.given("log-stream") {
		words = append(words, "--log-stream=stderr") // standard output is the program's
	}
	return words
}

// moduleFor is the module in the first word of l, and, with own, the code of it for any
// processor like this one.
func (p *Process) moduleFor(l line, h *bundle.Header, own bool) (module []byte, code bool, err error) {
	log, err := p.log(l)
	if err != nil {
		return nil, false, err
	}
	config, _, err := p.config(l, log)
	if err != nil {
		return nil, false, err
	}
	config.Cache, config.Trust, config.Recompile = nil, nil, true // all of it is made here
	config.Optimize = optimizing(p.Getenv(optimizeVariable))
	ctx := context.Background()
	vm := compat.New(config)
	defer vm.Close(ctx)
	err = vm.LoadFile(l.words[0])
	if source, is := p.takesComponent(l.syntax.options, err); is {
		return p.componentFor(ctx, vm, source, h, *config.Features, own && !config.Interpreter)
	}
	if err != nil {
		return nil, false, err
	}
	if err := vm.Validate(); err != nil {
		return nil, false, err
	}
	if !own || config.Interpreter {
		return vm.Module().Bytes(), false, nil
	}
	module, entries, err := vm.Module().Precompile(ctx, compat.Precompiling{Features: *config.Features, Generic: true})
	if err != nil {
		return nil, false, err
	}
	return sealed(h, module, entries)
}

// componentFor is moduleFor of a component.
func (p *Process) componentFor(ctx context.Context, vm *compat.VM, source []byte, h *bundle.Header, features compat.Features, compiled bool) (b []byte, code bool, err error) {
	if source, err = components.Binary(source, features); err != nil {
		return nil, false, err
	}
	c, err := vm.Runtime().LoadComponent(h.Name, source)
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	if !compiled {
		return source, false, nil
	}
	b, entries, err := compat.PrecompileComponent(ctx, c, compat.Precompiling{Features: features, Generic: true})
	if err != nil {
		return nil, false, err
	}
	return sealed(h, b, entries)
}

// sealed is module with the code in entries, sealed for the bundle h. It reports whether there
// is any.
func sealed(h *bundle.Header, module []byte, entries []*cache.Contents) (b []byte, code bool, err error) {
	for _, e := range entries {
		e.Created = time.Unix(0, 0).UTC() // the same bytes every time
	}
	var out bytes.Buffer
	err = compat.WriteUniversal(&out, cache.Sealer{Keyring: cache.KeyringOf(h.Key())}, module, entries...)
	return out.Bytes(), len(entries) > 0, err
}

// writeProgram writes a file that can be executed by whoever may read it.
func writeProgram(name string, write func(io.Writer) error) error {
	if err := writeFile(name, write); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Chmod(name, info.Mode().Perm()|info.Mode().Perm()&0o444>>2)
}

// unpack makes the command line of the bundle that this program is, if it is one: the
// options that it was made with, and what was typed as the arguments of the guest.
func (p *Process) unpack() error {
	b, err := bundle.Self()
	if errors.Is(err, bundle.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	path, err := os.Executable()
	if err != nil {
		return err
	}
	p.bundle, p.typed = b, p.program()
	p.Args = slices.Concat([]string{"wazedge", "run"}, b.Options, []string{"--", path}, p.Args[min(1, len(p.Args)):])
	return nil
}
