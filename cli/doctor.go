package cli

import (
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/doctor"
	"github.com/wazedge/wazedge/internal/machine"
)

// examine looks at the installation. The status says whether something does not work.
func examine(p *Process, l line) int {
	in := doctor.Installation{
		Version: fmt.Sprintf("wazedge %s (%s, %s/%s), stands for wasmedge %s", ownVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, wasmedgeVersion),
		Getenv:  p.Getenv, Limits: machine.Limits(), Memory: machine.Memory(),
	}
	in.Self, _ = os.Executable() // without it, no name leads to it
	in.Cache, in.NoCache = p.cache(l.syntax.options)
	if in.Keyring = p.keyring(); in.Keyring == nil {
		_, in.NoKeys = cache.DefaultTrustDir()
	}
	list := in.Look()
	status := statusOK
	if doctor.Problems(list) > 0 {
		status = statusFailed
	}
	if l.syntax.options.JSON {
		return max(status, p.json(struct {
			Healthy bool           `json:"healthy"`
			Checks  []doctor.Check `json:"checks"`
		}{status == statusOK, list}))
	}
	io.WriteString(p.out(), doctor.Text(list))
	return status
}
