package wasi

import (
	"io"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// Config is what the caller decides about a host before a guest sees it. The
// zero value sets no limits.
type Config struct {
	MaxOpenFiles int   // descriptors a guest may have at once, its standard streams included; 0 for no limit of ours
	MaxOutput    int64 // bytes a guest may write to standard output and error in all; 0 for no limit
	OverOutput   error // what a guest that wants to write more is ended with; nil for [ErrOutputLimit]
	// RaisePipe ends this process by SIGPIPE, as it would one that is no guest,
	// when nobody reads a standard stream any more. Without it the guest is told.
	RaisePipe   bool
	AllowAFUnix bool                                   // sockets of the UNIX family, WasmEdge's --allow-af-unix
	Net         NetPolicy                              // where sockets may go; nil for everywhere
	NetRefused  func(name string, addr netip.AddrPort) // is told what Net has refused; may be nil
}

// NetPolicy decides where sockets may go.
type NetPolicy = hostnet.Policy

// Environment is what a guest is given when it starts.
type Environment struct {
	Args     []string  // with the program's name first
	Env      []string  // raw, as the guest is to see them, in order
	Preopens []Preopen // descriptors 3, 4, ... in order
	// Closed are directories of which the guest gets to see nothing, whatever is mapped,
	// and ClosedFiles files that it does not get to see by any name, on the systems that
	// have devices and inodes.
	Closed, ClosedFiles []string
	// The standard streams, nil for a closed descriptor, are never closed by the host. An
	// [*os.File] is the guest's as it is; others look like pipes. A read that is
	// interrupted is left to itself, and what it gets is lost.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Host is the WASI of one module instance. Its functions may be called by
// several threads of the guest at once.
type Host struct {
	guest   *abi.Guest
	config  Config
	args    []string
	env     []string
	table   table
	start   time.Time     // carries the monotonic clock's reading
	boot    time.Duration // the system's monotonic clock at start
	written atomic.Int64  // bytes written to standard output and error
	net     hostnet.Net
	wake    hostnet.Waker
	mapped  []string // names of the directories that the guest was given
	sought  sought
	closed  []string // directories of the host that UNIX sockets do not get to
}

// New is a host for g without arguments, environment and descriptors, as a module's
// start function sees it. The caller closes it.
func New(g *abi.Guest, c Config) *Host {
	h := &Host{guest: g, config: c, start: time.Now()}
	h.boot = monotonicNow()
	h.table.First, h.table.Limit = firstNew, c.MaxOpenFiles
	h.net.Policy, h.net.Refused = c.Net, c.NetRefused
	g.OnInterrupt(&h.wake)
	g.OnInterrupt(&h.net)
	return h
}

// Init gives the guest its arguments, environment and descriptors. A mapping
// that cannot be opened is left out, as WasmEdge does; there is one error for
// each such mapping, in order.
func (h *Host) Init(e Environment) []*BindError {
	h.args, h.env = e.Args, e.Env
	h.closed = e.Closed
	h.addStdio(0, hostfs.Input(e.Stdin), stdinRights)
	h.addStdio(1, hostfs.Output(e.Stdout), stdoutRights)
	h.addStdio(2, hostfs.Output(e.Stderr), stdoutRights)
	var failed []*BindError
	next := fdnum(3)
	g := e.Guard()
	for _, p := range e.Preopens {
		d, err := bind(p, hostfs.Options{Guard: g})
		if err != nil {
			failed = append(failed, Unbound(p, err))
			continue
		}
		h.table.Put(uint32(next), d)
		h.mapped = append(h.mapped, d.preopen)
		next++
	}
	return failed
}

// Guard refuses what e says is closed; nil where there is nothing to map.
func (e *Environment) Guard() *hostfs.Guard {
	if len(e.Preopens) == 0 || len(e.Closed) == 0 {
		return nil
	}
	return hostfs.NewGuard(e.Closed, e.ClosedFiles)
}

// SetArgs changes the arguments. No call may be under way.
func (h *Host) SetArgs(args []string) { h.args = args }

func (h *Host) addStdio(n fdnum, f hostfs.File, r Rights) {
	if f == nil {
		return
	}
	d := newDescriptor(f, r, 0, ReadWrite)
	d.stdio, d.stream = true, uint8(n)
	// That a stream which others have made does not wait is nothing that the guest
	// has asked for or could change.
	d.patient = d.nonblock.Swap(false)
	h.table.Put(uint32(n), d)
}

// Close closes all descriptors but the standard streams and frees what else the
// host holds. No call may be under way.
func (h *Host) Close() error {
	h.table.Close()
	return h.wake.Close()
}
