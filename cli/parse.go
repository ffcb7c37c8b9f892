package cli

import (
	"github.com/wazedge/wazedge/compat"
)

// parseModules prints modules in the text format, and logs what cannot be read.
// The status tells whether all could be.
func parseModules(p *Process, l line) int {
	log, err := p.log(l)
	if err != nil {
		return p.fail(err.Error())
	}
	features := l.syntax.options.Proposals.features()
	status := statusOK
	for _, path := range l.words {
		b, err := compat.ReadModule(path, p.tool() == wazedge)
		if err == nil {
			err = compat.PrintText(p.Stdout, b, features)
		}
		if err != nil {
			log.Fault(err)
			p.explain(path, err)
			status = statusFailed
		}
	}
	return status
}
