package cli

import (
	"context"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/components"
)

// validateModules reads and validates modules and components, and logs what is wrong with them.
// The status tells whether all are valid.
func validateModules(p *Process, l line) int {
	log, err := p.log(l)
	if err != nil {
		return p.fail(err.Error())
	}
	features := l.syntax.options.Proposals.features()
	status := statusOK
	for _, path := range l.words {
		vm := compat.New(compat.Config{Features: &features, Log: log, Streams: true})
		err := vm.LoadFile(path)
		if err == nil {
			err = vm.Validate()
		}
		if source, is := p.takesComponent(l.syntax.options, err); is {
			if _, _, err = components.Check(source, features, 1); err != nil {
				p.explainComponent(err)
			}
		}
		if err != nil {
			log.Fault(err)
			p.explain(path, err)
			status = statusFailed
		}
		vm.Close(context.Background())
	}
	return status
}
