package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/inspection"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/wasm"
)

// validity is what validate says of a file. Its JSON is one element of what --json prints: fields
// are added, never changed.
type validity struct {
	File  string `json:"file"`
	Valid bool   `json:"valid"`
	Kind  string `json:"kind"`  // module or component
	Bytes int    `json:"bytes"` // in the binary format, or of a component's text

	Functions   int                  `json:"functions"`             // of a module, imports included
	CoreModules int                  `json:"coreModules,omitempty"` // within a component
	Standard    string               `json:"standard,omitempty"`    // that a module needs
	Features    []inspection.Feature `json:"features"`              // of a module

	Error *invalidity `json:"error,omitempty"`
}

// invalidity is why a file is not valid.
type invalidity struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	Offset  *int64 `json:"offset,omitempty"` // in the file
}

// validateModules reads and validates modules and components, says what they are, and logs what
// is wrong with them. The status tells whether all are valid.
func validateModules(p *Process, l line) int {
	o := l.syntax.options
	if o.JSON && o.LogStream == "" {
		o.LogStream = "stderr"
	}
	log, err := p.log(l)
	if err != nil {
		return p.fail(err.Error())
	}
	features := o.Proposals.features()
	status, all := statusOK, []validity{}
	for _, path := range l.words {
		v, err := p.validate(path, o, compat.Config{Features: &features, Log: log, Streams: true})
		if err != nil {
			log.Fault(err)
			if v.Kind == "module" {
				p.explain(path, err)
			}
			status = statusFailed
		} else if !o.JSON {
			fmt.Fprint(p.out(), v)
		}
		all = append(all, v)
	}
	if o.JSON {
		return max(p.json(all), status)
	}
	return status
}

// validate validates the file path under c.
func (p *Process) validate(path string, o *Options, c compat.Config) (validity, error) {
	v := validity{File: path, Kind: "module", Features: []inspection.Feature{}}
	vm := compat.New(c)
	defer vm.Close(context.Background())
	err := vm.LoadFile(path)
	if err == nil {
		err = vm.Validate()
	}
	if source, is := p.takesComponent(o, err); is {
		v.Kind, v.Bytes = "component", len(source)
		var c *component.Component
		if c, _, err = components.Check(source, o.Proposals.features(), 1); err == nil {
			v.CoreModules = len(slices.Collect(c.Modules()))
		} else {
			p.explainComponent(err)
		}
	} else if err == nil {
		m, uses := vm.Checked()
		v.Bytes, v.Functions = vm.Module().Size(), int(m.ImportedCount(wasm.ExternFunc))+len(m.Funcs)
		v.Features = inspection.FeaturesOf(uses, *c.Features)
		v.Standard = inspection.Standard(v.Features)
	}
	if v.Valid = err == nil; !v.Valid {
		v.Error = invalidityOf(err)
	}
	return v, err
}

func invalidityOf(err error) *invalidity {
	i := &invalidity{Message: err.Error()}
	if f, ok := err.(*fault.Error); ok {
		i.Code = fmt.Sprintf("0x%03x", uint16(f.Code))
		if f.Offset >= 0 {
			i.Offset = &f.Offset
		}
	}
	return i
}

// String is v, of a file that is valid, for people.
func (v validity) String() string {
	text := fmt.Sprintf("%s: a valid %s, %s", legible.Name(v.File), v.Kind, legible.Bytes(int64(v.Bytes)))
	if v.Kind == "component" {
		return text + ", with " + legible.Count(v.CoreModules, "core module") + "\n"
	}
	text += ", " + legible.Count(v.Functions, "function") + "; it needs WebAssembly " + v.Standard
	var names []string
	for _, f := range v.Features {
		names = append(names, f.Name)
	}
	if len(names) > 0 {
		text += "\n" + "  " + legible.Fold(strings.Join(names, ", "), 2, 2)
	}
	return text + "\n"
}
