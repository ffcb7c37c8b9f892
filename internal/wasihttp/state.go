package wasihttp

import (
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// What a component may have at a time.
const (
	maxTaken    = 16 << 20  // bytes of fields, and of bodies that it has written
	maxFields   = 128 << 10 // bytes of names and values in one resource
	maxRequests = 256       // of its own that are under way
)

// State is wasi:http as one component has it: the [wasi2.Config.State] of its host.
type State struct {
	client   *Client
	taken    atomic.Int64 // bytes, of maxTaken
	requests atomic.Int64 // under way, of maxRequests
}

// NewState is the state of a component that makes its requests through client; without
// one, they are all denied.
func NewState(client *Client) *State { return &State{client: client} }

// of is the state of the component that calls.
func of(c *wasi2.Call) *State { return c.State().(*State) }

// take notes that n more bytes are in use. The error ends the component.
func (s *State) take(n int) error {
	if s.taken.Add(int64(n)) > maxTaken {
		s.taken.Add(-int64(n))
		return exec.Trapf("fields and bodies of wasi:http need more than %d MiB", maxTaken>>20)
	}
	return nil
}

func (s *State) give(n int) { s.taken.Add(-int64(n)) }
