package cli

import (
	"io"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/inspection"
	"github.com/wazedge/wazedge/internal/legible"
)

// defaultLargest is how many of the largest functions inspect shows.
const defaultLargest = 10

// inspectModule tells what there is to know of the module in the first word of l. The
// status says whether it is a valid one.
func inspectModule(p *Process, l line) int {
	o := l.syntax.options
	linked, err := o.linked()
	if err != nil {
		return p.fail(err.Error())
	}
	largest := defaultLargest
	if l.syntax.given("largest") {
		largest = int(min(o.Largest, 1<<20))
	}
	r, err := inspection.Inspect(l.words[0], inspection.Options{
		Trust: p.keyring(), Features: o.Proposals.features(), Linked: linked, Functions: largest, Streams: true,
	})
	if err != nil {
		if _, ofModule := err.(*fault.Error); ofModule { // not of one that it is linked with
			return p.refuseFile(l.words[0], err)
		}
		return p.fail(legible.Name(err.Error()))
	}
	status := statusOK
	if !r.Valid {
		status = statusFailed
	}
	if o.JSON {
		return max(p.json(r), status)
	}
	io.WriteString(p.out(), r.Text())
	return status
}
