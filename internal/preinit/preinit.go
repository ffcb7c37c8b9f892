package preinit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// Options say how a module is initialised.
type Options struct {
	Config  compat.Config // the guest's world and its bounds
	Func    string        // the export to call; empty for the first of [Initializers] that there is
	Renames []Rename      // exports that take another's place
	Host    bool          // any function of the host may be called
}

// Rename has the export Old take the name New, in the place of the one that has it.
type Rename struct{ New, Old string }

// Initializers are the exports that initialise a module if none is named, the first that
// there is. [reactor] is called before any other.
var Initializers = []string{"wizer.initialize", "wizer-initialize", reactor}

// reactor is the function that initialises libraries.
const reactor = "_initialize"

// Result is what has become of a module.
type Result struct {
	Module   []byte
	Called   []string // the exports that have run
	Segments int      // data segments that hold what the memories have
	Data     int      // bytes in them
}

// Run initialises the module b and returns what it is then. An error is a [*compat.Error] or
// another of package compat's where the module is not valid or its code failed, else one that
// says why there is no result.
func Run(ctx context.Context, b []byte, o Options) (*Result, error) {
	features := *o.Config.Features
	m, err := wasm.Decode(b, features)
	if err != nil {
		return nil, err
	}
	checked, err := validate.Module(m, features, validate.Options{})
	if err != nil {
		return nil, err
	}
	if err := refuse(m, checked); err != nil {
		return nil, err
	}
	call, err := o.functions(m)
	if err != nil {
		return nil, err
	}
	if err := checkRenames(m, o.Renames, call); err != nil {
		return nil, err
	}
	s, err := o.initialize(ctx, m, checked, call)
	if err != nil {
		return nil, err
	}
	out := s.apply(m, o.Renames, call)
	r := &Result{Module: wasm.Encode(out), Called: call}
	for _, d := range out.Datas.All() {
		r.Segments, r.Data = r.Segments+1, r.Data+len(d.Init)
	}
	return r, valid(r.Module, features)
}

// valid reports why the result is no valid module, which would be a defect.
func valid(b []byte, features wasm.Features) error {
	m, err := wasm.Decode(b, features)
	if err == nil {
		_, err = validate.Module(m, features, validate.Options{})
	}
	if err != nil {
		return fmt.Errorf("the result is not valid: %v", err)
	}
	return nil
}

// functions are the exports of m to call, in that order.
func (o *Options) functions(m *wasm.Module) ([]string, error) {
	name := o.Func
	if name == "" {
		n := slices.IndexFunc(Initializers, func(name string) bool { _, ok := m.ExportedFunc(name); return ok })
		if n < 0 {
			return nil, fmt.Errorf("there is no function %s to initialise it: name one with --func", strings.Join(Initializers, " or "))
		}
		name = Initializers[n]
	}
	t, ok := m.ExportedFunc(name)
	if !ok {
		return nil, fmt.Errorf("no function %q is exported; wazedge inspect lists those that are", name)
	}
	if len(t.Params)+len(t.Results) > 0 {
		return nil, fmt.Errorf("the function %q takes or returns something: one is wanted that does neither", name)
	}
	if _, ok := m.ExportedFunc(reactor); ok && name != reactor {
		return []string{reactor, name}, nil
	}
	return []string{name}, nil
}

// checkRenames reports why exports cannot take others' names.
func checkRenames(m *wasm.Module, renames []Rename, call []string) error {
	taken := map[string]bool{}
	for _, r := range renames {
		if _, ok := m.ExportedFunc(r.Old); !ok {
			return fmt.Errorf("no function %q is exported, which is to be %q", r.Old, r.New)
		}
		if taken[r.New] {
			return fmt.Errorf("two functions are to be %q", r.New)
		}
		taken[r.New] = true
		if x, ok := exported(m, r.New); ok && x.Kind != wasm.ExternFunc {
			return fmt.Errorf("the export %q is a %v, which no function can be in the place of", r.New, x.Kind)
		}
		if slices.Contains(call, r.Old) {
			return fmt.Errorf("the function %q has run then, and cannot be %q", r.Old, r.New)
		}
	}
	return nil
}

// exported is the export name of m, whatever it is.
func exported(m *wasm.Module, name string) (*wasm.Export, bool) {
	n := slices.IndexFunc(m.Exports, func(e wasm.Export) bool { return e.Name == name })
	if n < 0 {
		return nil, false
	}
	return &m.Exports[n], true
}
