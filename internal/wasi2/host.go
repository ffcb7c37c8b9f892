package wasi2

import (
	"io"
	"net/netip"
	"sync/atomic"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/journal"
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

	Policy  hostnet.Policy
	Refused func(name string, addr netip.AddrPort) // see [hostnet.Net]

	Trace io.Writer // gets a line for each call; nil for none

	// Record, unless nil, is told what calls come to. Player, unless nil, answers them in the place
	// of everything else here.
	Record *journal.Writer
	Player *journal.Player

	// State is that of interfaces beside those of this package, for these to find; see
	// [Host.State].
	State any
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

	lookups atomic.Int32 // of names, under way

	functions map[string]*journalled // that were called, where there is a journal

	objects []any
	free    []uint32
}

// New is a host for the component whose waiting g ends.
func New(g *abi.Guest, c Config) *Host {
	h := &Host{config: c, guest: g}
	h.net.Policy, h.net.Refused = c.Policy, c.Refused
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

// A Closer is an object that has something to close when nothing owns it any more.
type Closer interface{ Close() }

// Add is the representation of a resource, for the component: object, which a [Closer] is
// closed as. The error ends the component.
func (h *Host) Add(object any) (exec.Value, error) {
	if n := len(h.free); n > 0 {
		i := h.free[n-1]
		h.free = h.free[:n-1]
		h.objects[i] = object
		return Number(i), nil
	}
	if len(h.objects) >= h.config.MaxOpen {
		if c, ok := object.(Closer); ok {
			c.Close()
		}
		return exec.Value{}, exec.Trapf("too many resources: there may be %d", h.config.MaxOpen)
	}
	h.objects = append(h.objects, object)
	return Number(len(h.objects) - 1), nil
}

// State is that of interfaces beside those of this package.
func (h *Host) State() any { return h.config.State }

// Guest is the guest that the component is.
func (h *Host) Guest() *abi.Guest { return h.guest }

// Take gives up the representation of a resource that a function has been given, and is
// that resource: it is not closed.
func Take[T any](c *Call, v exec.Value) T {
	object := c.objects[v.Bits].(T)
	c.objects[v.Bits] = nil
	c.free = append(c.free, uint32(v.Bits))
	return object
}

// remove gives up a representation, and closes what it stands for.
func (h *Host) remove(rep uint64) {
	object := h.objects[rep]
	if object == nil {
		return
	}
	h.objects[rep] = nil
	h.free = append(h.free, uint32(rep))
	if c, ok := object.(Closer); ok {
		c.Close()
	}
}

// Object is the resource that v is a handle of. Its type is sure: handles have theirs.
func Object[T any](c *Call, v exec.Value) T { return c.objects[v.Bits].(T) }

// interrupted is why a component that waited is to end.
func (h *Host) interrupted() error {
	if err := h.guest.Cause(); err != nil {
		return err
	}
	return exec.Trapf("interrupted")
}
