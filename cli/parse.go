package cli

import (
	"errors"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/components"
)

// parseModules prints modules and components in the text format, or the worlds of
// components, and logs what cannot be read. The status tells whether all could be.
func parseModules(p *Process, l line) int {
	log, err := p.log(l)
	if err != nil {
		return p.fail(err.Error())
	}
	status := statusOK
	for _, path := range l.words {
		if err := p.parse(path, l.syntax.options); err != nil {
			log.Fault(err)
			p.explain(path, err)
			status = statusFailed
		}
	}
	return status
}

// parse prints the module or component in the file path.
func (p *Process) parse(path string, o *Options) error {
	features := o.Proposals.features()
	b, err := compat.ReadModule(path, p.tool() == wazedge)
	if source, is := p.takesComponent(o, err); is {
		b, err = source, nil
	}
	switch {
	case err != nil:
		return err
	case components.Is(b):
		show := components.PrintText
		if o.WIT {
			show = components.PrintWIT
		}
		err := show(p.out(), b, features)
		if err != nil {
			p.explainComponent(err)
		}
		return err
	case o.WIT:
		return errNoWorld
	}
	return compat.PrintText(p.Stdout, b, features)
}

// errNoWorld is the error of who asks for the world of a module.
var errNoWorld = errors.New("a core module has no world; wazedge inspect tells what it imports and exports")
