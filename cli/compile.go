package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// compiler makes a universal module of one file.
type compiler struct {
	*Process
	log     *logline.Logger
	options *Options
	input   string
	output  string
	signer  cache.Signer // nil for none
}

// compileModule reads and validates the first word of l and writes a universal
// module to the second, with the log of WasmEdge's compiler. The exit status is
// WasmEdge's too, in that an output "x.so" that cannot be written is no failure;
// for wazedge it is one.
func compileModule(p *Process, l line) int {
	o := l.syntax.options
	log, err := p.log(l)
	if err != nil {
		return p.fail(err.Error())
	}
	if err := checkTarget(o.Target); err != nil {
		return p.fail(err.Error())
	}
	c := compiler{Process: p, log: log, options: o, input: l.words[0], output: l.words[1]}
	if o.Sign != "" {
		if c.signer, err = readSigner(o.Sign); err != nil {
			return p.fail(err.Error())
		}
	}
	input, err := compat.ReadModule(l.words[0], p.tool() == wazedge)
	if source, is := p.takesComponent(o, err); is || err == nil && components.Is(input) && p.tool() == wazedge {
		if is {
			input = source
		}
		return c.component(input)
	}
	if err != nil {
		return c.failed("Load", err)
	}
	features := o.Proposals.features()
	if p.tool() != wazedge {
		features = features.Without(wasm.ExceptionHandling) // WasmEdge's compiler lacks it
	}
	config := compat.Config{Features: &features, Alone: true, Uninterruptible: true, Log: log, Working: p.working(l.words[0]),
		Optimize: optimizing(o.Optimize), Guards: p.guards()}
	if n := len(o.MemoryPageLimit); n > 0 {
		pages := uint32(o.MemoryPageLimit[n-1])
		config.Limits.MemoryPages = &pages
	}
	vm := compat.New(config)
	defer vm.Close(context.Background())
	if err := vm.Load(input); err != nil {
		return c.failed("Parse Module", err)
	}
	if err := vm.Validate(); err != nil {
		return c.failed("Validate Module", err)
	}
	return c.write(vm)
}

// component writes the universal component of source.
func (c *compiler) component(source []byte) int {
	ctx, features := context.Background(), c.options.Proposals.features()
	b, err := components.Binary(source, features)
	if err != nil {
		return c.failedComponent("Load", err)
	}
	vm := compat.New(compat.Config{Features: &features, Uninterruptible: true, Log: c.log, Recompile: true, Working: c.working(c.input),
		Optimize: optimizing(c.options.Optimize), Guards: c.guards()})
	defer vm.Close(ctx)
	made, err := vm.Runtime().LoadComponent(c.input, b)
	if err != nil {
		return c.failedComponent("Validate Component", err)
	}
	defer made.Close()
	if c.options.Dump {
		return c.fail("--dump is for core modules; wazedge parse shows a component")
	}
	return c.universal(func(p compat.Precompiling) ([]byte, []*cache.Contents, error) {
		return compat.PrecompileComponent(ctx, made, p)
	})
}

// failedComponent is failed for a component.
func (c *compiler) failedComponent(step string, err error) int {
	c.explainComponent(err)
	return c.failed(step, err)
}

// checkTarget refuses to compile for another platform than this one.
func checkTarget(target string) error {
	here := runtime.GOOS + "/" + runtime.GOARCH
	if target == "" || target == here {
		return nil
	}
	if system, processor, ok := strings.Cut(target, "/"); !ok || system == "" || processor == "" {
		return fmt.Errorf("no target %q: GOOS/GOARCH", target)
	}
	return fmt.Errorf("cannot compile for %s: the engine compiles for the machine that it runs on, which is %s; "+
		"compile there, or run the module there as it is", target, here)
}

// preparing is what the options ask to prepare for: runs with and without the
// statistics that are asked for, and those that can be interrupted.
func (c *compiler) preparing() (compat.Precompiling, error) {
	p := compat.Precompiling{Features: c.options.Proposals.features(), Generic: c.options.GenericBinary}
	l, err := c.options.limits()
	if err != nil {
		return p, err
	}
	p.Limits = append(p.Limits, l)
	if c.options.Interruptible {
		l.TimeLimit = time.Hour // any: the code is the same
		p.Limits = append(p.Limits, l)
	}
	if c.options.Dump {
		p.Dump = dumper()
	}
	return p, nil
}

// dumper writes the text of a module to wasm.wat, that of what each pass makes of
// it to a file named for the pass, and what the last one has made to wasm-opt.wat.
func dumper() func(pass string, m *wasm.Module) error {
	return func(pass string, m *wasm.Module) error {
		names := []string{"wasm-" + pass + ".wat", "wasm-opt.wat"}
		if pass == "" {
			names[0] = "wasm.wat"
		}
		for _, name := range names {
			if err := writeFile(name, func(w io.Writer) error { return wat.Print(w, m) }); err != nil {
				return err
			}
		}
		return nil
	}
}

// failed reports a step that failed for err. WasmEdge gives the code in decimal.
func (c *compiler) failed(step string, err error) int {
	code, _ := fault.CodeOf(err)
	c.log.Fault(err)
	c.explain(c.input, err)
	c.log.Error(step + " failed. Error code: " + strconv.Itoa(int(code)))
	return statusFailed
}

// write compiles the module in vm and writes its universal module.
func (c *compiler) write(vm *compat.VM) int {
	return c.universal(func(p compat.Precompiling) ([]byte, []*cache.Contents, error) {
		return vm.Module().Precompile(context.Background(), p)
	})
}

// universal writes what compile makes, with the log of WasmEdge's compiler.
func (c *compiler) universal(compile func(compat.Precompiling) (module []byte, entries []*cache.Contents, err error)) int {
	native := filepath.Ext(c.output) == ".so"
	c.steps("compile start", "verify start", "optimize start", "optimize done", "codegen start", "output start")
	prepare, err := c.preparing()
	if err != nil {
		return c.fail(err.Error())
	}
	var module []byte
	var entries []*cache.Contents
	if listed := func(w io.Writer) (err error) {
		prepare.Listing = w
		module, entries, err = compile(prepare)
		return err
	}; c.options.Dump && c.tool() == wazedge && optimizing(c.options.Optimize) {
		err = writeFile("wasm-code.txt", listed)
	} else {
		err = listed(nil)
	}
	if err != nil {
		return c.failed("Compilation", err)
	}
	err = writeFile(c.output, func(w io.Writer) error {
		return compat.WriteUniversal(w, c.sealer(), module, entries...)
	})
	if err != nil {
		return c.unwritable(err, native)
	}
	c.steps("codegen done")
	if !native {
		c.steps("output start", "output done")
	}
	return statusOK
}

// unwritable reports that the output cannot be written.
func (c *compiler) unwritable(err error, native bool) int {
	c.log.Error("link error")
	fmt.Fprintf(c.Stderr, "wazedge: %v\n", err)
	if native {
		if c.tool() == wazedge {
			return statusFailed
		}
		return statusOK
	}
	reason := err.Error()
	if errors.Is(err, fs.ErrNotExist) {
		reason = "No such file or directory"
	}
	c.log.Error("object file open error:" + reason)
	c.log.Error("Code Generation failed. Error code: " + strconv.Itoa(int(fault.IllegalPath)))
	return statusFailed
}

// steps logs the steps of WasmEdge's compiler.
func (c *compiler) steps(names ...string) {
	for _, name := range names {
		c.log.Info(name)
	}
}

// sealer seals the code that is written, so that this user, and those who trust the key
// that it is signed with, can tell that it is genuine.
func (c *compiler) sealer() cache.Sealer {
	s := cache.Sealer{Signer: c.signer}
	k := c.keyring()
	if k == nil {
		return s
	}
	if err := k.Make(); err != nil {
		if c.signer == nil {
			fmt.Fprintf(c.Stderr, "wazedge: %s: its code is executed by nobody: %v\n", c.output, err)
		}
		return s
	}
	s.Keyring = k
	return s
}
