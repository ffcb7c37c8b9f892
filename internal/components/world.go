package components

import (
	"io"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// World is the world of c as components find it. A directory that cannot be opened is
// logged and left out. Each call is traced to trace, unless that is nil.
func World(c hosts.Config, trace io.Writer) wasi2.Config {
	e := c.Environment()
	w := wasi2.Config{
		Args: e.Args, Env: e.Env, Stdin: hostfs.Input(e.Stdin), Stdout: hostfs.Output(e.Stdout), Stderr: hostfs.Output(e.Stderr),
		MaxOpen: c.WASI.MaxOpenFiles, MaxOutput: uint64(c.WASI.MaxOutput), OverOutput: c.WASI.OverOutput,
		Policy: c.WASI.Net, Refused: c.WASI.NetRefused, Trace: trace,
	}
	guard := e.Guard()
	for _, p := range e.Preopens {
		d, err := p.Open(hostfs.Options{Guard: guard})
		if err != nil {
			c.Log.Error(wasi.Unbound(p, err).Error())
			continue
		}
		w.Preopens = append(w.Preopens, wasi2.Preopen{
			Guest: p.Guest, Directory: d, ReadOnly: p.Mode == wasi.ReadOnly || p.FS != nil, WriteOnly: p.Mode == wasi.WriteOnly,
		})
	}
	return w
}
