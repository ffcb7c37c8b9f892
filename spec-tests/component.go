package spectest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// runComponents is [Run] for a script of components, of which script has the commands.
func runComponents(ctx context.Context, s *Suite, script *wat.Script, c *compat.Config) []Outcome {
	log := c.Log
	if log == nil {
		log = logline.New(io.Discard, logline.Off, false)
	}
	o := prepare.Options{Features: s.Features, Linked: true, Workers: 1, Interpreter: c.Interpreter, Optimize: c.Optimize, Guards: c.Guards, Log: log}
	r := &componentRunner{
		ctx: ctx, options: o, runtime: link.NewRuntime(o),
		definitions: map[string]*exec.Component{}, instances: map[string]*exec.Instance{},
	}
	r.store = exec.NewStore(r.runtime, link.Config{Log: log})
	defer func() {
		// What cannot be closed is nothing that a script says.
		_ = errors.Join(r.store.Close(ctx), r.runtime.Close(ctx))
	}()
	outcomes := make([]Outcome, len(script.Commands))
	for i := range script.Commands {
		c := &script.Commands[i]
		outcomes[i] = Outcome{Line: c.Line, Kind: c.Kind}
		switch err := r.command(c); {
		case err == nil:
		case asynchronous(err) != nil:
			outcomes[i].Verdict, outcomes[i].Reason = Skipped, "asynchronous component model"
		default:
			outcomes[i].Verdict, outcomes[i].Reason = Failed, err.Error()
		}
	}
	return outcomes
}

// errNoDefinition is the error of commands about a component that was refused.
var errNoDefinition = errors.New("of a component that was refused")

// componentRunner runs a script of components.
type componentRunner struct {
	ctx         context.Context
	runtime     *link.Runtime
	options     prepare.Options
	store       *exec.Store
	definitions map[string]*exec.Component
	instances   map[string]*exec.Instance
	latest      *exec.Instance
	latestDef   *exec.Component
}

func (r *componentRunner) compile(m *wat.ModuleSource) (*exec.Component, error) {
	c, err := m.ParseComponent()
	if err != nil {
		return nil, err
	}
	checked, err := validate.Component(c, validate.Options{Features: r.options.Features, Workers: 1})
	if err != nil {
		return nil, err
	}
	return exec.Compile(r.runtime, &r.options, c, checked, r.options.Members("", nil)), nil
}

func (r *componentRunner) command(c *wat.Command) error {
	switch c.Kind {
	case wat.CmdModule, wat.CmdDefinition:
		def, err := r.compile(c.Module)
		if err != nil {
			r.latestDef, r.latest = nil, nil
			return err
		}
		r.definitions[c.Name], r.latestDef = def, def
		if c.Kind == wat.CmdDefinition {
			return nil
		}
		return r.instantiate(c.Name, def)
	case wat.CmdInstance:
		def := r.latestDef
		if c.Of != "" {
			def = r.definitions[c.Of]
		}
		return r.instantiate(c.Name, def)
	case wat.AssertInvalid, wat.AssertMalformed:
		return refused(c.Text, func() error {
			_, err := r.compile(c.Module)
			return err
		})
	case wat.AssertUnlinkable:
		return refused(c.Text, func() error {
			def, err := r.compile(c.Module)
			if err != nil {
				return err
			}
			return r.instantiate("", def)
		})
	case wat.AssertTrap:
		return r.assertTrap(c)
	case wat.CmdAction:
		_, err := r.invoke(c.Action, nil)
		return err
	case wat.AssertReturn:
		_, err := r.invoke(c.Action, c.Results)
		return err
	}
	return fmt.Errorf("command %s", c.Kind)
}

// refused reports that f has no error, or one that is about something that is refused by name:
// then it is not known whether it should be one.
func refused(want string, f func() error) error {
	err := f()
	if err == nil {
		return fmt.Errorf("passed, want %q", want)
	}
	return asynchronous(err)
}

// asynchronous is err if it is about the asynchronous component model, which is refused by name,
// or about a component that was refused for that.
func asynchronous(err error) error {
	if errors.Is(err, errNoDefinition) || strings.Contains(err.Error(), "asynchronous component model") {
		return err
	}
	return nil
}

func (r *componentRunner) instantiate(name string, def *exec.Component) error {
	r.latest = nil
	if def == nil {
		return errNoDefinition
	}
	i, err := r.store.Instantiate(r.ctx, def, exec.Exports{})
	if err != nil {
		return err
	}
	r.latest = i
	if name != "" {
		r.instances[name] = i
	}
	return nil
}

func (r *componentRunner) assertTrap(c *wat.Command) error {
	var err error
	if c.Module != nil {
		def, e := r.compile(c.Module)
		if e != nil {
			return e
		}
		err = r.instantiate("", def)
	} else {
		_, err = r.invoke(c.Action, nil)
	}
	if err == nil {
		return fmt.Errorf("no trap, want %q", c.Text)
	}
	return asynchronous(err)
}

// invoke calls a function and compares its result with want, unless that is nil.
func (r *componentRunner) invoke(a *wat.Action, want []wat.Value) (*exec.Value, error) {
	i := r.latest
	if a.Module != "" {
		i = r.instances[a.Module]
	}
	if i == nil {
		return nil, errNoDefinition
	}
	f := i.Exports[a.Field].Func
	if f == nil {
		return nil, fmt.Errorf("no function %q", a.Field)
	}
	args := make([]exec.Value, len(a.Args))
	for n := range a.Args {
		args[n] = componentValue(scriptValue(a.Args[n]), *f.Type.Params[n].Type)
	}
	return nil, f.Call(r.ctx, nil, args, func(got exec.Value) error {
		if want == nil {
			return nil
		}
		if (len(want) == 0) != (f.Type.Result == nil) {
			return errors.New("there is no result, or one that is not expected")
		}
		if len(want) > 0 {
			return sameValue(got, scriptValue(want[0]), *f.Type.Result)
		}
		return nil
	})
}

// scriptValue is v as a component's, if it is written as one of core WebAssembly.
func scriptValue(v wat.Value) wat.ComponentValue {
	if v.Component != nil {
		return *v.Component
	}
	word := map[wasm.ValType]string{wasm.F32: "f32", wasm.F64: "f64"}[v.Type]
	return wat.ComponentValue{Word: word, Bits: v.Lo, NaN: v.Lanes != nil}
}

// componentValue is v as a value of type t.
func componentValue(v wat.ComponentValue, t types.ValType) exec.Value {
	if v.Word == "str" {
		return exec.Text(v.Text)
	}
	r := exec.Value{Bits: v.Bits}
	if t.Type == nil {
		return r
	}
	d := t.Type.Value
	part := func(n int, t *types.ValType) { r.List = append(r.List, componentValue(v.List[n], *t)) }
	switch v.Word {
	case "record", "tuple":
		for n, f := range d.Fields() {
			part(n, &f)
		}
	case "list":
		e := d.Element()
		for n := range v.List {
			part(n, &e)
		}
		r = packed(r, e)
	case "variant", "enum":
		r.Bits = uint64(labelOf(d, v.Text))
	case "option.some", "result.err":
		r.Bits = 1
	case "option.none", "result.ok":
		r.Bits = 0
	case "flags":
		for _, l := range v.Labels {
			r.Bits |= 1 << labelOf(d, l)
		}
	}
	if len(v.List) == 1 && len(r.List) == 0 && r.Bytes == nil {
		if c := d.Cases(); len(c) > 0 && c[r.Bits] != nil {
			part(0, c[r.Bits])
		}
	}
	return r
}

func labelOf(d *types.Value, name string) int {
	for n, l := range d.Labels {
		if l.Name == name {
			return n
		}
	}
	return -1
}

// packed is v, a list of elements of type t, as its bytes if it is passed so.
func packed(v exec.Value, t types.ValType) exec.Value {
	if t.Type != nil || t.Primitive > component.U8 && t.Primitive == component.Bool {
		return v
	}
	switch t.Primitive {
	case component.Bool, component.F32, component.F64, component.Char, component.String:
		return v
	}
	size := t.Layout(types.Pointer32).Size
	b := []byte{}
	for _, e := range v.List {
		b = binary.LittleEndian.AppendUint64(b, e.Bits)[:uint64(len(b))+size]
	}
	return exec.Value{Bytes: b}
}

// sameValue reports how got, of type t, differs from want.
func sameValue(got exec.Value, want wat.ComponentValue, t types.ValType) error {
	w := componentValue(want, t)
	if valueText(got, t) == valueText(w, t) || want.NaN {
		return nil
	}
	return fmt.Errorf("got %s, want %s", valueText(got, t), valueText(w, t))
}

// valueText is a value in a form that tells values apart.
func valueText(v exec.Value, t types.ValType) string {
	if t.Type == nil {
		if t.Primitive == component.String {
			return fmt.Sprintf("%q", v.String())
		}
		return fmt.Sprint(v.Bits)
	}
	d := t.Type.Value
	var parts []string
	switch d.Form {
	case component.FormRecord, component.FormTuple:
		for n, f := range d.Fields() {
			parts = append(parts, valueText(v.List[n], f))
		}
	case component.FormList, component.FormFixedList, component.FormMap:
		if v.Bytes != nil {
			return fmt.Sprint(v.Bytes)
		}
		for _, e := range v.List {
			parts = append(parts, valueText(e, d.Element()))
		}
	case component.FormFlags, component.FormOwn, component.FormBorrow:
		return fmt.Sprint(v.Bits)
	default:
		if p, ok := d.Primitive(); ok {
			return valueText(v, types.ValType{Primitive: p})
		}
		parts = append(parts, fmt.Sprint(v.Bits))
		if c := d.Cases()[v.Bits]; c != nil {
			parts = append(parts, valueText(v.List[0], *c))
		}
	}
	return "(" + strings.Join(parts, " ") + ")"
}
