// Package doctor looks at the installation: whether compiled code can be kept and whose it
// is, what the system and the processor give, and what the names of the command lead to.
package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/machine"
)

// Check is one thing that was looked at. Its JSON is what `wazedge doctor --json` prints;
// docs/INSPECT.md describes it.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"` // what to do about it
}

// State is how well something is.
type State string

// The states.
const (
	OK      State = "ok"
	Note    State = "note"    // works, but not as well as it could, or as one may think
	Problem State = "problem" // something does not work
)

// Installation is what is looked at.
type Installation struct {
	Version string         // of the program, for people
	Cache   *cache.Store   // nil where there can be none
	NoCache error          // why
	Keyring *cache.Keyring // nil where there can be none
	NoKeys  error          // why
	Self    string         // the program's own file
	Getenv  func(string) string

	Limits []machine.Limit
	Memory uint64 // bytes; 0 if not known
}

// Look looks at everything, in the order in which it is told.
func (in *Installation) Look() []Check {
	list := []Check{{Name: "version", State: OK, Text: in.Version}, in.engine(), in.processor(), in.guards(), in.cache(), in.key(), in.trusted(), files(), in.memory()}
	for _, l := range in.Limits {
		list = append(list, limit(l))
	}
	for _, name := range []string{"wazedge", "wasmedge", "wasmedgec"} {
		list = append(list, in.link(name))
	}
	return append(list, in.plugins())
}

// Problems is how many of list are problems.
func Problems(list []Check) (n int) {
	for _, c := range list {
		if c.State == Problem {
			n++
		}
	}
	return n
}

// engine says whether the engine is the version that all is written for.
func (in *Installation) engine() Check {
	if err := engine.Contract(); err != nil {
		return Check{"engine", Problem, err.Error(), "build wazedge with the version of wazero that its go.mod names"}
	}
	return Check{Name: "engine", State: OK, Text: engine.Version}
}

// processorFeatures are what compiled code makes use of, by the bits of
// [engine.Processor].
var processorFeatures = sync.OnceValue(func() map[string][]string {
	return map[string][]string{"amd64": {"sse4.1", "bmi1", "lzcnt"}, "arm64": {"atomics"}}
})

func (in *Installation) processor() Check {
	bits, _ := engine.Processor(false)
	names := processorFeatures()[runtime.GOARCH]
	if len(names) == 0 {
		return Check{"processor", Note, runtime.GOARCH + ": modules are interpreted", "use a machine with amd64 or arm64 for speed"}
	}
	var has []string
	for n, name := range names {
		if bits>>n&1 != 0 {
			has = append(has, name)
		}
	}
	cores := legible.Count(runtime.GOMAXPROCS(0), "core")
	if bits&1 == 0 && runtime.GOARCH == "amd64" {
		return Check{"processor", Note, "no " + names[0] + ": modules are interpreted", "use a newer processor for speed; in a virtual machine, pass the host's through"}
	}
	return Check{Name: "processor", State: OK, Text: strings.Join(append([]string{runtime.GOARCH, cores}, has...), ", ")}
}

// guards says whether optimized code may leave accesses beyond a memory to guard pages.
func (in *Installation) guards() Check {
	switch err := engine.Guards(); {
	case in.Getenv("WAZEDGE_GUARDS") == "off":
		return Check{"guard pages", Note, "off: optimized code compares addresses", "unset WAZEDGE_GUARDS for speed"}
	case err != nil && runtime.GOOS == "linux" && runtime.GOARCH == "amd64":
		return Check{Name: "guard pages", State: Note, Text: "optimized code compares addresses: " + err.Error()}
	case err != nil:
		return Check{Name: "guard pages", State: OK, Text: "none on " + runtime.GOOS + "/" + runtime.GOARCH + ": optimized code compares addresses"}
	}
	return Check{Name: "guard pages", State: OK, Text: "for memories of optimized code"}
}

func (in *Installation) cache() Check {
	if in.Cache == nil {
		return Check{"cache", Problem, in.NoCache.Error(), "set HOME, or name a directory with --cache-dir or WAZEDGE_CACHE_DIR"}
	}
	dir := legible.Name(in.Cache.Dir())
	if err := in.Cache.Usable(); err != nil {
		return Check{"cache", Problem, "nothing can be kept, so every start compiles: " + legible.Name(err.Error()),
			"make " + dir + " a directory of yours with mode 0700, or name another one with --cache-dir"}
	}
	entries, err := in.Cache.List()
	if err != nil {
		return Check{"cache", Problem, legible.Name(err.Error()), "see wazedge cache verify"}
	}
	var bytes int64
	for _, e := range entries {
		bytes += e.Size
	}
	return Check{Name: "cache", State: OK, Text: fmt.Sprintf("%s: %s, %s of %s", dir, legible.Count(len(entries), "entry"), legible.Bytes(bytes), legible.Bytes(in.Cache.Limit()))}
}

func (in *Installation) key() Check {
	if in.Keyring == nil {
		return Check{"key", Problem, in.NoKeys.Error(), "set HOME, or name a directory with " + cache.TrustDirVariable}
	}
	path := in.Keyring.Files()[0]
	switch err := in.Keyring.Check(); {
	case err == nil:
		return Check{Name: "key", State: OK, Text: legible.Name(path) + ": this user's alone"}
	case errors.Is(err, fs.ErrNotExist):
		return Check{Name: "key", State: OK, Text: legible.Name(path) + ": not there yet, made when it is needed"}
	default:
		return Check{"key", Problem, "compiled code is neither kept nor used: " + legible.Name(err.Error()),
			"only you may write to the file (mode 0600) and to the directories on the way to it; remove a damaged one, and a new one is made"}
	}
}

// trusted says whose code is executed beside this user's.
func (in *Installation) trusted() Check {
	if in.Keyring == nil {
		return Check{Name: "trusted keys", State: OK, Text: "none"}
	}
	keys, err := in.Keyring.Trusted()
	if err != nil {
		return Check{"trusted keys", Problem, legible.Name(err.Error()), "correct or remove " + legible.Name(in.Keyring.Files()[1])}
	}
	names := make([]string, len(keys))
	for n, k := range keys {
		names[n] = strings.TrimSpace(cache.Fingerprint(k.Public) + " " + legible.Name(k.Name))
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	return Check{Name: "trusted keys", State: OK, Text: strings.Join(names, ", ")}
}

func files() Check {
	switch {
	case hostfs.KernelResolves():
		return Check{Name: "files", State: OK, Text: "the kernel keeps guests beneath their directories (openat2)"}
	case runtime.GOOS == "linux":
		return Check{"files", Note, "openat2 is not there: paths are walked name by name, which is as safe and slower",
			"use Linux 5.6 or later; in a container, allow openat2 in the filter of system calls"}
	}
	return Check{Name: "files", State: OK, Text: "paths are walked name by name beneath the guest's directories"}
}

// least is how much memory programs of some size take to be compiled.
const least = 256 << 20

func (in *Installation) memory() Check {
	switch {
	case in.Memory == 0:
		return Check{Name: "memory", State: OK, Text: "not known"}
	case in.Memory < least:
		return Check{"memory", Note, legible.Bytes(int64(in.Memory)) + ": large modules are compiled slowly, or not kept",
			"give the machine or the container more, or compile elsewhere with wazedge compile --sign"}
	}
	return Check{Name: "memory", State: OK, Text: legible.Bytes(int64(in.Memory)) + " (of the machine, or of the container)"}
}

// wanted are limits below which something does not work as well, by their names.
var wanted = sync.OnceValue(func() map[string]struct {
	name   string
	least  uint64
	text   func(uint64) string
	effect string
	remedy string
} {
	return map[string]struct {
		name   string
		least  uint64
		text   func(uint64) string
		effect string
		remedy string
	}{
		"openFiles": {"open files", 64, count, "guests and the cache run out of files", "ulimit -n 1024"},
		"addressSpace": {"address space", 16 << 30, size,
			"memories of guests are moved when they grow, which is slower", "ulimit -v unlimited, and bound guests with --max-memory instead"},
		"fileSize":  {"file size", 1<<64 - 1, size, "nothing is kept in the cache, as a write might end the process", "ulimit -f unlimited"},
		"processes": {"processes", 32, count, "the runtime may not get the threads that it needs", "ulimit -u 128"},
	}
})

func count(n uint64) string { return fmt.Sprint(n) }

func size(n uint64) string {
	if n >= 1<<62 {
		return fmt.Sprint(n)
	}
	return legible.Bytes(int64(n))
}

func limit(l machine.Limit) Check {
	w := wanted()[l.Name]
	switch {
	case l.Unlimited:
		return Check{Name: w.name, State: OK, Text: "no limit"}
	case l.Value < w.least:
		return Check{w.name, Note, w.text(l.Value) + ": " + w.effect, w.remedy}
	}
	return Check{Name: w.name, State: OK, Text: "at most " + w.text(l.Value)}
}

// link says what the name leads to that people and scripts type.
func (in *Installation) link(name string) Check {
	path, err := exec.LookPath(name)
	switch {
	case errors.Is(err, exec.ErrDot):
		return Check{name, Problem, "found in the working directory, which is in PATH", "take . out of PATH: whoever writes there decides what you run"}
	case err != nil && name == "wazedge":
		return Check{name, Note, "not found in PATH", "put " + legible.Name(in.Self) + ", or a link to it, into a directory of PATH"}
	case err != nil:
		return Check{Name: name, State: OK, Text: "not found in PATH; a link of that name makes this program WasmEdge's"}
	case sameFile(path, in.Self):
		return Check{Name: name, State: OK, Text: legible.Name(path) + " is this program"}
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real == path {
		real = ""
	} else {
		real = " (" + legible.Name(real) + ")"
	}
	return Check{name, Note, legible.Name(path) + real + " is another program", "see which one with " + name + " --version"}
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// plugins says where native plug-ins are looked for: nowhere.
func (in *Installation) plugins() Check {
	if dirs := in.Getenv("WASMEDGE_PLUGIN_PATH"); dirs != "" {
		return Check{"plug-ins", Note, "built in; the native ones of WASMEDGE_PLUGIN_PATH (" + legible.Name(dirs) + ") are not loaded", "see with wazedge plugins which there are"}
	}
	return Check{Name: "plug-ins", State: OK, Text: "built in: see wazedge plugins"}
}

// Text is list for people, in lines that fit the screen.
func Text(list []Check) string {
	var b strings.Builder
	const column = 17
	for _, c := range list {
		mark := "  "
		switch c.State {
		case Note:
			mark = "- "
		case Problem:
			mark = "! "
		}
		fmt.Fprintf(&b, "%s%-*s%s\n", mark, column-2, c.Name, legible.Fold(c.Text, column, column))
		if c.Remedy != "" {
			fmt.Fprintf(&b, "%*s%s\n", column, "", legible.Fold("what to do: "+c.Remedy, column, column))
		}
	}
	if n := Problems(list); n > 0 {
		fmt.Fprintf(&b, "\n%s\n", legible.Count(n, "problem"))
	} else {
		b.WriteString("\nno problems\n")
	}
	return b.String()
}
