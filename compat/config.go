package compat

import (
	"io"
	"io/fs"
	"net/netip"
	"os"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/nn"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/first"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Config is how a [VM] is to load and run. The zero value is WasmEdge's default:
// version 3 of WebAssembly, no limits, no directories, an empty environment; the
// guest's standard streams are closed.
type Config struct {
	// Features are the proposals that modules may use; nil stands for [wasm.Wasm3].
	Features *wasm.Features

	// Interpreter has guests interpreted; without it they are compiled, where wazero can.
	Interpreter bool

	// Workers is on how many cores a module is compiled; 0 stands for all.
	Workers int

	// CompileMemory is how many bytes this process may take while it compiles; 0 stands
	// for three quarters of the machine's memory, or of what the process is confined
	// to. Modules that need more are compiled on fewer cores, then without being kept.
	CompileMemory uint64

	// Cache keeps what is made of modules for the next time; nil keeps nothing.
	Cache *cache.Store

	// Trust is whose code, of that which modules bring along, is executed; nil for nobody's.
	Trust *cache.Keyring

	// Bundled is a module within a file, that is read in the place of that file; nil for none.
	Bundled *Bundled

	// Optimize has code made by the optimizing compiler, where there is one; Optimized takes what [Module.Improve] has made.
	Optimize, Optimized bool

	// Guards lets such code leave accesses beyond a memory to the pages around it, which makes it faster. For
	// that, a handler of faults is put in front of Go's for SIGSEGV, for all of the process, which goes on to
	// Go's for all faults but those; and each memory takes 10 GiB of address space. Where anything about that
	// is other than it is known to work with, and on other systems than linux on amd64, code is made as
	// without.
	Guards bool

	// Recompile ignores code that a module brings along or that is in the Cache.
	Recompile bool

	// Alone says that no module will be linked with another. Exceptions, which then
	// have one module to go through, take less; [VM.Register] fails.
	Alone bool

	// Working, unless nil, is told when a step with the module begins that may take a
	// while, and returns what is to be called at its end. Who owns the process may set
	// the garbage collector there: compiling makes much garbage.
	Working func(Work) (done func())

	// Linked, unless nil, is called when a module is linked and its segments fit,
	// before any code is made of it. An error of it is that of [VM.Instantiate].
	Linked func() error

	// Uninterruptible has calls go on when their contexts have ended, unless time is limited.
	Uninterruptible bool

	// Streams lets a module come from a pipe, or, by the name "-", from standard input, and
	// begin with a line "#!", where WasmEdge takes regular files only.
	Streams bool

	// Limits is what of the execution is to be known, and its bounds.
	Limits limits.Config

	// StressHeap has objects collected as often as can be. It is for tests.
	StressHeap bool

	// WASI is the world that the guest sees through wasi_snapshot_preview1.
	WASI WASIConfig

	// ForbiddenPlugins are the names of plug-ins that guests do not find; see [Plugins].
	ForbiddenPlugins []string

	// MissesPlugins has a Log of level debug miss the plug-ins that WasmEdge misses where none is
	// installed, also those that are built in.
	MissesPlugins bool

	// CryptoKeys is the directory in which wasi-crypto keeps the keys that guests have managed, which
	// guests see in no other way. Without it these keys are forgotten with the store.
	CryptoKeys string

	// Preloads are the models that guests load by their names from wasi_ephemeral_nn.
	Preloads []nn.Preload

	// Plugins, unless nil, finds the plug-in that serves what guests import from a module
	// name; nil if there is none. There says that the name is served otherwise.
	Plugins func(module string, there bool) (*PluginFile, error)

	Begin *first.Beginning // of the first instance if its module is not compiled, and no other follows; nil compiles it
	// Log receives what happens while a guest runs; nil stands for nobody.
	Log *logline.Logger

	// Record is told all that host functions answer, and Replay answers in their place:
	// then nothing of WASI is touched. Both are for the command.
	Record *journal.Writer
	Replay *Replay

	// LastCalls is how many of the last calls of host functions a trap tells.
	LastCalls int
	HostCalls *abi.Tally // counts the calls of host functions; nil for nobody
}

// Replay is what answers guests in the place of host functions.
type Replay = link.Replay

// WASIConfig is the guest's world.
type WASIConfig struct {
	Args     []string // argv, the program's name first
	Env      []string // "NAME=VALUE" as given, in order
	Preopens []Preopen
	Closed   []string // directories that the guest never gets to see, beside those of Trust and Cache

	// The standard streams; nil is a closed descriptor. An [*os.File] is the guest's as it
	// is, others look like pipes. They are not closed.
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Colour reports whether what wasi:logging writes to a stream is coloured; nil for never.
	Colour func(stream *os.File) bool

	Interruptible bool      // blocking calls end when the host is interrupted
	RaisePipe     bool      // a standard stream that nobody reads ends the process by SIGPIPE
	AllowAFUnix   bool      // sockets of the UNIX family
	Net           NetPolicy // where sockets may go; nil for everywhere
	// NetRefused, unless nil, is told what Net has kept the guest from, with its name where
	// the guest had it resolved. Several threads may call it at once.
	NetRefused func(name string, addr netip.AddrPort)
	Trace      io.Writer // gets a line for each call; nil for none
}

// Bundled is a module that lies within a file.
type Bundled = prepare.Bundled

// Sought is what a guest has done to find files.
type Sought = wasi.Sought

// NetPolicy decides whether a guest may use an address of the network.
type NetPolicy = wasi.NetPolicy

// Access is what a guest may do below a preopened directory.
type Access = wasi.Mode

// The accesses.
const (
	ReadWrite = wasi.ReadWrite
	ReadOnly  = wasi.ReadOnly
	WriteOnly = wasi.WriteOnly
)

// Preopen is a directory that a guest finds open: one of the host, or the root of an FS.
type Preopen struct {
	Guest  string // the name that the guest is told
	Host   string // the directory, relative to the working directory of the process
	FS     fs.FS  // stands for a directory of the host unless it is nil; it is read only
	Access Access
}

func (c *Config) features() wasm.Features {
	if c.Features == nil {
		return wasm.Wasm3
	}
	return *c.Features
}

// metering is how modules meter themselves.
func (c *Config) metering() limits.Variant {
	a := c.accounting()
	return a.Variant()
}

// accounting is what is counted and bounded.
func (c *Config) accounting() limits.Config {
	l := c.Limits
	l.Interruptible = c.cancellable()
	return l
}

// cancellable reports whether contexts end calls.
func (c *Config) cancellable() bool { return !c.Uninterruptible }

// exact reports whether counts of l are to be known.
func exact(l *limits.Config) bool { return l.Instructions || l.Gas || l.GasLimit != nil }
