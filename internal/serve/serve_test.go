package serve_test

import (
	"context"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/serve"
)

// handler is what testdata/serve/rust has been built to.
const handler = "../../testdata/serve/handler.wasm"

// newServer is a server of the file path.
func newServer(t testing.TB, path string, o serve.Options) *serve.Server {
	t.Helper()
	o.Path = path
	if o.Concurrency == 0 {
		o.Concurrency, o.Queue = serve.DefaultConcurrency, serve.DefaultQueue
	}
	if o.Idle == 0 {
		o.Idle = 5 * time.Second
	}
	if o.Config.Limits.TimeLimit == 0 {
		o.Config.Limits.TimeLimit = 20 * time.Second
	}
	if o.Config.Limits.MaxMemory == 0 {
		o.Config.Limits.MaxMemory = 64 << 20
	}
	o.Config.WASI.Interruptible = true
	s, err := serve.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

var _ compat.Config
