package exec_test

import (
	"context"
	"io"
	"testing"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// compiler makes components of texts, until the test ends.
type compiler struct {
	runtime *link.Runtime
	options prepare.Options
}

func newCompiler(tb testing.TB) *compiler {
	o := prepare.Options{Features: features, Linked: true, Workers: 1, Log: logline.New(io.Discard, logline.Off, false)}
	c := &compiler{link.NewRuntime(o), o}
	tb.Cleanup(func() {
		if err := c.runtime.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return c
}

// compile makes the component of text.
func (c *compiler) compile(tb testing.TB, text string) *exec.Component {
	tb.Helper()
	parsed, err := wat.ParseComponent([]byte(text))
	if err != nil {
		tb.Fatalf("%v in\n%s", err, text)
	}
	checked, err := validate.Component(parsed, validate.Options{Features: features, Workers: 1})
	if err != nil {
		tb.Fatalf("%v in\n%s", err, text)
	}
	return exec.Compile(c.runtime, &c.options, parsed, checked, c.options.Members("", nil))
}

// store is a store for what c makes, until the test ends.
func (c *compiler) store(tb testing.TB, l limits.Config) *exec.Store {
	s := exec.NewStore(c.runtime, link.Config{Log: c.options.Log, Limits: l})
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// instantiate is an instance of the component of text, and its store, until the test ends.
func instantiate(tb testing.TB, text string, l limits.Config) (*exec.Store, *exec.Instance) {
	tb.Helper()
	c := newCompiler(tb)
	s := c.store(tb, l)
	i, err := s.Instantiate(context.Background(), c.compile(tb, text), exec.Exports{})
	if err != nil {
		tb.Fatal(err)
	}
	return s, i
}
