package spectest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// Verdict is what became of a command.
type Verdict uint8

// The verdicts.
const (
	Passed Verdict = iota
	Failed
	Skipped
)

// Outcome is the verdict on one command of a script.
type Outcome struct {
	Line    int
	Kind    wat.CommandKind
	Verdict Verdict
	Reason  string // why it failed or was skipped
}

// errSkip is the reason why a command cannot be run: there is no instance for it.
type errSkip struct{ reason string }

func (e *errSkip) Error() string { return e.reason }

// runner runs one script.
type runner struct {
	suite *Suite
	vm    *compat.VM

	current     *instance
	instances   map[string]*instance         // by identifier
	definitions map[string]*wat.ModuleSource // by identifier
	latest      *wat.ModuleSource            // the latest definition
}

// instance is an instance of the script, or why there is none.
type instance struct {
	*compat.Instance
	skip error
}

// Run runs script, in the interpreter or compiled, with a heap under h, and returns
// what became of each of its commands. The error is one of reading the script.
func Run(ctx context.Context, script Script, interpreter bool, h heap.Config) ([]Outcome, error) {
	return runWith(ctx, script, compat.Config{Interpreter: interpreter, Limits: limits.Config{MaxHeap: h.Limit}, StressHeap: h.Stress})
}

// RunOptimized is Run with code of the optimizing compiler, which says to log what keeps the
// engine's code.
func RunOptimized(ctx context.Context, script Script, log io.Writer) ([]Outcome, error) {
	return runWith(ctx, script, compat.Config{Optimize: true, Guards: true, Log: logline.New(log, logline.Debug, false)})
}

func runWith(ctx context.Context, script Script, c compat.Config) ([]Outcome, error) {
	src, err := os.ReadFile(script.Path())
	if err != nil {
		return nil, err
	}
	parsed, err := wat.ParseScript(src)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", script.Path(), err)
	}
	if script.Suite.Components {
		return runComponents(ctx, script.Suite, parsed, &c), nil
	}
	features := script.Suite.Features
	c.Features, c.Workers = &features, 1
	r := &runner{
		suite:       script.Suite,
		vm:          compat.New(c),
		instances:   map[string]*instance{},
		definitions: map[string]*wat.ModuleSource{},
	}
	defer r.vm.Close(ctx)
	if err := r.host(ctx); err != nil {
		return nil, fmt.Errorf("the spectest module: %w", err)
	}
	outcomes := make([]Outcome, len(parsed.Commands))
	for i := range parsed.Commands {
		c := &parsed.Commands[i]
		outcomes[i] = Outcome{Line: c.Line, Kind: c.Kind}
		err := r.command(ctx, c)
		if skip, ok := errors.AsType[*errSkip](err); ok {
			outcomes[i].Verdict, outcomes[i].Reason = Skipped, skip.reason
		} else if err != nil {
			outcomes[i].Verdict, outcomes[i].Reason = Failed, err.Error()
		}
	}
	return outcomes, nil
}

// command runs c. The error says why it failed; an *errSkip, why it could not run.
func (r *runner) command(ctx context.Context, c *wat.Command) error {
	switch c.Kind {
	case wat.CmdModule:
		return r.module(ctx, c.Module, c.Name)
	case wat.CmdDefinition:
		r.latest = c.Module
		r.definitions[c.Name] = c.Module
		return r.prepare(c.Module)
	case wat.CmdInstance:
		def := r.latest
		if c.Of != "" {
			def = r.definitions[c.Of]
		}
		if def == nil {
			return fmt.Errorf("no definition $%s", c.Of)
		}
		return r.module(ctx, def, c.Name)
	case wat.CmdRegister:
		return r.register(c)
	case wat.CmdAction:
		_, err := r.act(ctx, c.Action)
		return err
	case wat.AssertReturn:
		got, err := r.act(ctx, c.Action)
		if err != nil {
			return err
		}
		return match(got, c.Results)
	case wat.AssertTrap, wat.AssertExhaustion, wat.AssertException:
		return r.assertFailure(ctx, c)
	case wat.AssertInvalid:
		return r.assertInvalid(c)
	case wat.AssertMalformed, wat.AssertMalformedCustom:
		return r.assertMalformed(c)
	case wat.AssertUnlinkable:
		return r.assertUnlinkable(ctx, c)
	}
	return &errSkip{"no runner for " + c.Kind.String()}
}

// register makes an instance importable.
func (r *runner) register(c *wat.Command) error {
	inst, err := r.instance(c.Of)
	if err != nil {
		return err
	}
	r.vm.Link(c.As, inst.Instance)
	return nil
}

// bytes is the binary form of a module of the script.
func (r *runner) bytes(src *wat.ModuleSource) ([]byte, error) {
	if src.Form == wat.BinaryModule {
		return src.Data, nil
	}
	m, err := src.Parse()
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	directExtras(m)
	return wasm.Encode(m), nil
}

// prepare takes a module of the script to where it can be instantiated.
func (r *runner) prepare(src *wat.ModuleSource) error {
	b, err := r.bytes(src)
	if err != nil {
		return err
	}
	r.vm.Unload()
	if err := r.vm.Load(b); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if err := r.vm.Validate(); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	return nil
}

// module instantiates src as the current instance.
func (r *runner) module(ctx context.Context, src *wat.ModuleSource, name string) error {
	inst := &instance{}
	err := r.prepare(src)
	if err == nil {
		err = r.vm.Instantiate(ctx)
	}
	if err == nil {
		inst.Instance = r.vm.Instance()
	} else {
		inst.skip = &errSkip{"its module failed"}
	}
	r.current = inst
	if name != "" {
		r.instances[name] = inst
	}
	return err
}

// assertInvalid wants validation to refuse a module that loads. A text whose
// numbers the binary format cannot hold is refused by the loader.
func (r *runner) assertInvalid(c *wat.Command) error {
	b, err := r.bytes(c.Module)
	if err != nil {
		return err
	}
	r.vm.Unload()
	if err := r.vm.Load(b); err != nil {
		if c.Module.Form != wat.BinaryModule && (errors.Is(err, fault.IntegerTooLarge) || errors.Is(err, fault.IntegerTooLong)) {
			return nil
		}
		return fmt.Errorf("load: %w", err)
	}
	err = r.vm.Validate()
	if err == nil {
		return fmt.Errorf("validates; want %q", c.Text)
	}
	return phaseIs(err, "validation")
}

// assertMalformed wants parsing or loading to refuse a module.
func (r *runner) assertMalformed(c *wat.Command) error {
	b, err := r.bytes(c.Module)
	if err != nil {
		return nil // the text is refused
	}
	if c.Module.Form != wat.BinaryModule && !r.suite.Moved {
		return fmt.Errorf("parses; want %q", c.Text)
	}
	r.vm.Unload()
	if err := r.vm.Load(b); err != nil {
		return phaseIs(err, "loading")
	}
	err = r.vm.Validate()
	switch {
	case err == nil:
		return fmt.Errorf("loads; want %q", c.Text)
	case c.Module.Form != wat.BinaryModule:
		return nil // see Suite.Moved
	}
	return phaseIs(err, "loading")
}

// assertUnlinkable wants linking to refuse a valid module.
func (r *runner) assertUnlinkable(ctx context.Context, c *wat.Command) error {
	if err := r.prepare(c.Module); err != nil {
		return err
	}
	err := r.vm.Instantiate(ctx)
	if err == nil {
		return fmt.Errorf("links; want %q", c.Text)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && sameText(e.Code, c.Text) {
		return nil
	}
	return fmt.Errorf("got %w; want %q", err, c.Text)
}

// phaseIs is nil if err carries a code of the phase.
func phaseIs(err error, want string) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code.Phase() != want {
		return fmt.Errorf("refused in another phase: %w", err)
	}
	return nil
}
