package exec_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

const features = wasm.Wasm3 | wasm.Threads

// scripts are the official ones, if they are there.
func scripts(t *testing.T) []string {
	shared := os.Getenv("WAZEDGE_SHARED")
	if shared == "" {
		shared = "../../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(shared, "component-model", "test", "*", "*.wast"))
	if len(files) == 0 {
		t.Skip("no official scripts")
	}
	return files
}

func TestOfficialScripts(t *testing.T) {
	for _, file := range scripts(t) {
		if strings.Contains(file, "/async/") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, err := wat.ParseScript(src)
			if err != nil {
				t.Fatal(err)
			}
			r := newRunner(t)
			for _, c := range script.Commands {
				if err := r.command(&c); err != nil && !asynchronous(err) {
					t.Errorf("line %d: %v", c.Line, err)
				}
			}
		})
	}
}

// asynchronous reports whether err says that a component has parts of the asynchronous
// component model, which are refused by name.
func asynchronous(err error) bool {
	return strings.Contains(err.Error(), "asynchronous component model") || errors.Is(err, errNoDefinition)
}

// errNoDefinition is the error of commands about a component that was refused.
var errNoDefinition = errors.New("of a component that was refused")

// runner runs a script.
type runner struct {
	t           *testing.T
	ctx         context.Context
	runtime     *link.Runtime
	options     prepare.Options
	store       *exec.Store
	definitions map[string]*exec.Component
	instances   map[string]*exec.Instance
	latest      *exec.Instance
	latestDef   *exec.Component
}

func newRunner(t *testing.T) *runner {
	log := logline.New(io.Discard, logline.Off, false)
	o := prepare.Options{Features: features, Linked: true, Workers: 1, Log: log}
	r := &runner{
		t: t, ctx: context.Background(), options: o, runtime: link.NewRuntime(o),
		definitions: map[string]*exec.Component{}, instances: map[string]*exec.Instance{},
	}
	r.store = exec.NewStore(r.runtime, link.Config{Log: log})
	t.Cleanup(func() {
		if err := errors.Join(r.store.Close(r.ctx), r.runtime.Close(r.ctx)); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *runner) compile(m *wat.ModuleSource) (*exec.Component, error) {
	c, err := m.ParseComponent()
	if err != nil {
		return nil, err
	}
	checked, err := validate.Component(c, validate.Options{Features: features, Workers: 1})
	if err != nil {
		return nil, err
	}
	return exec.Compile(r.runtime, &r.options, c, checked), nil
}

func (r *runner) command(c *wat.Command) error {
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
		if _, err := r.compile(c.Module); err == nil {
			return fmt.Errorf("passed, want %q", c.Text)
		}
		return nil
	case wat.AssertUnlinkable:
		return nil
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

func (r *runner) instantiate(name string, def *exec.Component) error {
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

func (r *runner) assertTrap(c *wat.Command) error {
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
	if testing.Verbose() && !strings.Contains(err.Error(), c.Text) {
		r.t.Logf("line %d: %v, want %q", c.Line, err, c.Text)
	}
	return nil
}

// invoke calls a function and compares its result with want, unless that is nil.
func (r *runner) invoke(a *wat.Action, want []wat.Value) (*exec.Value, error) {
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
		args[n] = value(component_(a.Args[n]), *f.Type.Params[n].Type)
	}
	return nil, f.Call(r.ctx, nil, args, func(got exec.Value) error {
		if want == nil {
			return nil
		}
		if (len(want) == 0) != (f.Type.Result == nil) {
			return errors.New("there is no result, or one that is not expected")
		}
		if len(want) > 0 {
			return same(got, component_(want[0]), *f.Type.Result)
		}
		return nil
	})
}

// component_ is v as a component's, if it is written as one of core WebAssembly.
func component_(v wat.Value) wat.ComponentValue {
	if v.Component != nil {
		return *v.Component
	}
	word := map[wasm.ValType]string{wasm.F32: "f32", wasm.F64: "f64"}[v.Type]
	return wat.ComponentValue{Word: word, Bits: v.Lo, NaN: v.Lanes != nil}
}

// value is v as a value of type t.
func value(v wat.ComponentValue, t types.ValType) exec.Value {
	if v.Word == "str" {
		return exec.Text(v.Text)
	}
	r := exec.Value{Bits: v.Bits}
	if t.Type == nil {
		return r
	}
	d := t.Type.Value
	part := func(n int, t *types.ValType) { r.List = append(r.List, value(v.List[n], *t)) }
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
		r.Bits = uint64(label(d, v.Text))
	case "option.some", "result.err":
		r.Bits = 1
	case "option.none", "result.ok":
		r.Bits = 0
	case "flags":
		for _, l := range v.Labels {
			r.Bits |= 1 << label(d, l)
		}
	}
	if len(v.List) == 1 && len(r.List) == 0 && r.Bytes == nil {
		if c := d.Cases(); len(c) > 0 && c[r.Bits] != nil {
			part(0, c[r.Bits])
		}
	}
	return r
}

func label(d *types.Value, name string) int {
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

// same reports how got, of type t, differs from want.
func same(got exec.Value, want wat.ComponentValue, t types.ValType) error {
	w := value(want, t)
	if text(got, t) == text(w, t) || want.NaN {
		return nil
	}
	return fmt.Errorf("got %s, want %s", text(got, t), text(w, t))
}

// text is a value in a form that tells values apart.
func text(v exec.Value, t types.ValType) string {
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
			parts = append(parts, text(v.List[n], f))
		}
	case component.FormList, component.FormFixedList, component.FormMap:
		if v.Bytes != nil {
			return fmt.Sprint(v.Bytes)
		}
		for _, e := range v.List {
			parts = append(parts, text(e, d.Element()))
		}
	case component.FormFlags, component.FormOwn, component.FormBorrow:
		return fmt.Sprint(v.Bits)
	default:
		if p, ok := d.Primitive(); ok {
			return text(v, types.ValType{Primitive: p})
		}
		parts = append(parts, fmt.Sprint(v.Bits))
		if c := d.Cases()[v.Bits]; c != nil {
			parts = append(parts, text(v.List[0], *c))
		}
	}
	return "(" + strings.Join(parts, " ") + ")"
}
