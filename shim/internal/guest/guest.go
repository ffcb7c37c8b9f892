// Package guest says how the process of a container becomes a run of wazedge: which options
// follow from the configuration and its annotations.
package guest

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/shim/internal/cells"
	"github.com/wazedge/wazedge/shim/internal/config"
)

// Where the cell is in the container: a directory directly below its root, which is where
// the fewest can put something in its way.
const (
	Directory = ".wazedge"
	Place     = "/" + Directory
)

// ModuleAnnotation is set to the SHA-256 of the module that a container runs.
const ModuleAnnotation = "org.wazedge.module"

// Handled reports whether c has been made a run of wazedge.
func Handled(c *config.Config) bool {
	return c.Annotations[ModuleAnnotation] != "" && slices.ContainsFunc(c.Mounts, func(m config.Mount) bool { return m.Destination == Place })
}

// Asked is how the annotations of a container speak of what its process is.
type Asked int

const (
	Unsaid   Asked = iota
	Allowed        // a module, if it is one: containers beside it in its pod may have none
	Required       // a module
)

// AskedBy reads the annotations by which other runtimes are told.
func AskedBy(annotations map[string]string) Asked {
	switch annotations["run.oci.handler"] {
	case "wasm", "wasmedge", "wazedge":
		return Required
	}
	if strings.HasPrefix(annotations["module.wasm.image/variant"], "compat") {
		return Allowed
	}
	return Unsaid
}

// Options are what the annotations of a container, or of its pod, say of the guest.
type Options struct {
	GasLimit, TimeLimit, MemoryLimit, AllowNet string // as the options of wazedge
	DenyNet, Statistics                        bool

	// Serve is where requests are answered by instances of the guest, or empty if it is run; CGI says that it is a
	// program of preview 1 rather than a component. Metrics is where a server tells its numbers, or empty.
	Serve, Metrics string
	CGI            bool
}

// prefix is how the names of our annotations begin.
const prefix = "wazedge."

// What may be written, so that no value is taken for another option.
var (
	amount  = regexp.MustCompile(`^[0-9][0-9A-Za-z.]*$`)
	targets = regexp.MustCompile(`^[0-9A-Za-z*\[][0-9A-Za-z*\[\]:./,_-]*$`)
	address = regexp.MustCompile(`^[0-9A-Za-z.:\[\]]*:[0-9]{1,5}$`)
)

// ReadOptions reads the annotations whose names begin with "wazedge.".
func ReadOptions(annotations map[string]string) (Options, error) {
	var o Options
	for name, value := range annotations {
		own, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		var err error
		switch own {
		case "gas-limit":
			err = text(&o.GasLimit, value, amount)
		case "time-limit":
			err = text(&o.TimeLimit, value, amount)
		case "memory-limit":
			err = text(&o.MemoryLimit, value, amount)
		case "allow-net":
			err = text(&o.AllowNet, value, targets)
		case "deny-net":
			o.DenyNet, err = strconv.ParseBool(value)
		case "statistics":
			o.Statistics, err = strconv.ParseBool(value)
		case "serve", "serve-cgi":
			if o.Serve != "" {
				err = errors.New("serve and serve-cgi are for one or the other")
			} else {
				o.CGI, err = own == "serve-cgi", text(&o.Serve, value, address)
			}
		case "metrics":
			err = text(&o.Metrics, value, address)
		default:
			err = errors.New("there is none of this name: gas-limit, time-limit, memory-limit, allow-net, deny-net, statistics, serve, serve-cgi, metrics")
		}
		if err != nil {
			return o, fmt.Errorf("annotation %s=%q: %w", name, value, err)
		}
	}
	switch {
	case o.Metrics != "" && o.Serve == "":
		return o, errors.New("annotation wazedge.metrics: only a server has them; wazedge.serve says where it listens")
	case o.Statistics && o.Serve != "":
		return o, errors.New("annotation wazedge.statistics: a server tells its numbers where wazedge.metrics says")
	}
	return o, nil
}

func text(to *string, value string, form *regexp.Regexp) error {
	if !form.MatchString(value) {
		return errors.New("not of the form " + form.String())
	}
	*to = value
	return nil
}

// Variant is what code is compiled for with these options in c.
func (o Options) Variant(c *config.Config) cells.Variant {
	return cells.Variant{
		Interruptible: o.TimeLimit != "" || o.Serve != "" || o.Statistics, Gas: o.GasLimit, Statistics: o.Statistics,
		Memory: memoryLimit(c.Memory, o.MemoryLimit),
	}
}

// interval is how often a guest that is counted tells what it has used.
const interval = "1s"

// Run makes p a run of the module at the path of the container. statistics is where wazedge
// writes what the guest has used, or empty.
func Run(p *config.Process, c *config.Config, o Options, module, statistics string) {
	verb := "run"
	if o.Serve != "" {
		verb = "serve"
	}
	args := []string{path.Join(Place, cells.Program), verb, "--no-cache", "--log-stream", "stderr", "--log-level", "warning", "--inherit-env"}
	if o.Serve != "" {
		args = append(args, "--addr", o.Serve)
	}
	if o.CGI {
		args = append(args, "--cgi")
	}
	if o.Metrics != "" {
		args = append(args, "--metrics-addr", o.Metrics)
	}
	var env []string
	for _, v := range p.Env {
		if reserved(v) {
			args = append(args, "--env", v)
		} else {
			env = append(env, v)
		}
	}
	if _, ok := p.Lookup("PWD"); !ok && p.Cwd != "" && p.Cwd != "/" {
		env = append(env, "PWD="+p.Cwd) // where Go's programs find it
	}
	p.Env = append(env, "WAZEDGE_TRUST_DIR="+path.Join(Place, cells.Trust), "WAZEDGE_CONTAINER=1")
	for _, dir := range directories(c) {
		args = append(args, "--dir", dir)
	}
	switch {
	case o.DenyNet && o.Serve != "": // what is not allowed is denied
	case o.DenyNet:
		args = append(args, "--deny-net")
	case o.AllowNet != "":
		args = append(args, "--allow-net", o.AllowNet)
	default:
		args = append(args, "--allow-net", "all") // the container's own network bounds it
	}
	if limit := memoryLimit(c.Memory, o.MemoryLimit); limit != "" {
		args = append(args, "--memory-page-limit", limit)
	}
	if o.GasLimit != "" {
		args = append(args, "--gas-limit", o.GasLimit)
	}
	if o.TimeLimit != "" {
		args = append(args, "--time-limit", o.TimeLimit)
	}
	if o.Statistics {
		args = append(args, "--enable-all-statistics")
	}
	if statistics != "" {
		args = append(args, "--statistics-format", "json", "--statistics-interval", interval, "--statistics-file", statistics)
	}
	args = append(args, "--", module)
	p.Args = append(args, p.Args[1:]...)
}

// reserved reports whether a variable would speak to wazedge, or to the runtime of Go in it,
// rather than to the guest.
func reserved(v string) bool {
	name, _, _ := strings.Cut(v, "=")
	switch name {
	case "GODEBUG", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GOTRACEBACK":
		return true
	}
	return strings.HasPrefix(name, "WAZEDGE_") || strings.HasPrefix(name, "WASMEDGE_")
}

// systems are mounts that every container has, and no guest looks for.
var systems = []string{"proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue"}

// directories are the values of --dir: the container's root, and each of its mounts that is
// a directory with files for it.
func directories(c *config.Config) []string {
	mode := func(readonly bool) string {
		if readonly {
			return ":readonly"
		}
		return ""
	}
	dirs := []string{"/:/" + mode(c.Root.Readonly)}
	seen := []string{"/", Place, "/dev", "/proc", "/sys"}
	files := c.Files()
	for n, m := range slices.Backward(c.Mounts) { // of several at one place, the last is seen
		at := files.Mounts[n].Destination
		if slices.Contains(systems, m.Type) || slices.Contains(seen, at) || strings.HasPrefix(at, "/dev/") || strings.Contains(at, ":") || !files.Mounts[n].IsDirectory() {
			continue
		}
		seen = append(seen, at)
		dirs = slices.Insert(dirs, 1, at+":"+at+mode(m.ReadOnly()))
	}
	return dirs
}

// Pages of memory.
const (
	pageSize = 64 << 10
	maxPages = 1 << 16
	// own is what wazedge itself takes of a container's memory, in bytes.
	own = 24 << 20
)

// memoryLimit is the value of --memory-page-limit in a container that may use limit bytes, 0
// for any: so much that the guest is refused more before the kernel ends it.
func memoryLimit(limit int64, asked string) string {
	if asked != "" {
		return asked
	}
	if limit <= 0 {
		return ""
	}
	pages := max(limit-own, limit/2) / pageSize
	if pages >= maxPages {
		return ""
	}
	return strconv.FormatInt(max(pages, 1), 10)
}
