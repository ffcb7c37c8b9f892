package wasi2

import (
	"context"
	"io"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// Config is what a component is given.
type Config struct {
	Args []string
	Env  []string // "NAME=VALUE"

	Stdin, Stdout, Stderr hostfs.File // nil for closed ones
	Preopens              []Preopen

	MaxOpen   int    // how many resources there may be; 0 for a bound that leaves memory
	MaxOutput uint64 // how many bytes the standard streams take; 0 for any number

	// OverOutput ends a component that writes more than that.
	OverOutput error

	Policy hostnet.Policy
	Trace  io.Writer // gets a line for each call; nil for none
}

// Preopen is a directory that a component finds.
type Preopen struct {
	Guest     string
	Directory hostfs.Directory
	ReadOnly  bool
	WriteOnly bool
}

// Host is WASI 0.2 as one component has it.
type Host struct {
	config Config
	guest  *abi.Guest
	net    hostnet.Net
	waker  hostnet.Waker
	poller hostnet.Poller
	output uint64 // bytes written to the standard streams

	all  map[string]*iface
	made map[string]*made

	objects []any
	free    []uint32
}

// New is a host for the component whose waiting g ends.
func New(g *abi.Guest, c Config) *Host {
	h := &Host{config: c, guest: g, all: interfaces(), made: map[string]*made{}}
	h.net.Policy = c.Policy
	if h.config.MaxOpen == 0 {
		h.config.MaxOpen = defaultMaxOpen
	}
	g.OnInterrupt(&h.net)
	g.OnInterrupt(&h.waker)
	return h
}

// defaultMaxOpen is how many resources a component may have at a time.
const defaultMaxOpen = 1 << 20

// Close closes what the component has open.
func (h *Host) Close() error {
	for n := range h.objects {
		h.remove(uint64(n))
	}
	for _, p := range h.config.Preopens {
		p.Directory.Close()
	}
	return h.waker.Close()
}

// closer is an object that has something to close.
type closer interface{ close() }

// add is the representation of a resource, for the component.
func (h *Host) add(object any) (exec.Value, error) {
	if n := len(h.free); n > 0 {
		i := h.free[n-1]
		h.free = h.free[:n-1]
		h.objects[i] = object
		return number(i), nil
	}
	if len(h.objects) >= h.config.MaxOpen {
		if c, ok := object.(closer); ok {
			c.close()
		}
		return exec.Value{}, exec.Trapf("too many resources: there may be %d", h.config.MaxOpen)
	}
	h.objects = append(h.objects, object)
	return number(len(h.objects) - 1), nil
}

// drop is told that a resource has no owner any more.
func (h *Host) drop(_ context.Context, rep uint64) error {
	h.remove(rep)
	return nil
}

func (h *Host) remove(rep uint64) {
	object := h.objects[rep]
	if object == nil {
		return
	}
	h.objects[rep] = nil
	h.free = append(h.free, uint32(rep))
	if c, ok := object.(closer); ok {
		c.close()
	}
}

// object is the resource that v is a handle of. Its type is sure: handles have theirs.
func object[T any](c *call, v exec.Value) T { return c.objects[v.Bits].(T) }

// interrupted is why a component that waited is to end.
func (h *Host) interrupted() error {
	if err := h.guest.Cause(); err != nil {
		return err
	}
	return exec.Trapf("interrupted")
}
