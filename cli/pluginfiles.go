package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
)

// pluginPathVariable lists directories of plug-ins, and files. Shared libraries in them are
// WasmEdge's, and nothing to us.
const pluginPathVariable = "WASMEDGE_PLUGIN_PATH"

// grants are what a plug-in gets to see of the host, as a file of TOML beside it says.
type grants struct {
	Module   string   `toml:"module"` // that guests import from; the name of the file otherwise
	Dir      []string `toml:"dir"`
	Env      []string `toml:"env"`
	AllowNet []string `toml:"allow-net"`
	Stdio    bool     `toml:"stdio"` // the standard output and error
}

// pluginFiles finds plug-ins that are modules of WebAssembly: those that the command line
// names, then those in directories, which are not looked into before a guest imports what
// nobody else has.
type pluginFiles struct {
	process   *Process
	named     map[string]*compat.PluginFile
	places    []string // directories, or files
	forbidden []string
	listed    bool
	files     []pluginFile // in places
	found     map[string]*compat.PluginFile
}

// pluginFile is a plug-in in a directory.
type pluginFile struct {
	module, path string
	grants       grants
	err          error // why it is not known what it is granted
}

// plugIn has guests of c find the plug-ins that o names, and those in directories, of which
// they see nothing. Strictly, a plug-in that is forbidden has to be one.
func (p *Process) plugIn(c *compat.Config, o *Options, strict bool) error {
	f := &pluginFiles{process: p, forbidden: o.ForbiddenPlugins, places: p.pluginPath()}
	for _, text := range o.Plugins {
		if err := f.name(text); err != nil {
			return err
		}
	}
	c.WASI.Closed = append(c.WASI.Closed, f.closed(len(c.WASI.Preopens) > 0)...)
	f.places = append(f.places, p.ownPlugins()...)
	c.Plugins = f.find
	for _, name := range o.ForbiddenPlugins {
		if _, built := builtIn(name); strict && !built && !f.has(name) {
			return fmt.Errorf("no plug-in %q; wazedge plugins lists them", name)
		}
	}
	return nil
}

// pluginPath are the directories and files that the environment names.
func (p *Process) pluginPath() []string {
	return slices.DeleteFunc(filepath.SplitList(p.Getenv(pluginPathVariable)), func(place string) bool { return place == "" })
}

// ownPlugins is the directory of plug-ins in that of the configuration, if there is one.
func (p *Process) ownPlugins() []string {
	if k := p.keyring(); k != nil {
		return []string{filepath.Join(k.Dir(), "plugins")}
	}
	return nil
}

// has reports whether there is a plug-in of that name.
func (f *pluginFiles) has(name string) bool {
	f.list()
	return f.named[name] != nil || slices.ContainsFunc(f.files, func(file pluginFile) bool { return file.module == name })
}

// closed are the directories that guests must not write to, since what is in them says what
// plug-ins may do. With absent, those that are not there are made, lest a guest do it.
func (f *pluginFiles) closed(absent bool) []string {
	var list []string
	for _, place := range f.places {
		if strings.HasSuffix(place, ".wasm") || strings.HasSuffix(place, ".so") {
			place = filepath.Dir(place)
		}
		if absent {
			_ = os.MkdirAll(place, 0o700) // or nobody can
		}
		list = append(list, place)
	}
	return list
}

// name notes the plug-in of the option --plugin: NAME=FILE, and what it is granted:
//
//	dir=GUEST:HOST[:MODE], env=NAME=VALUE, allow-net=HOST:PORT, stdio
func (f *pluginFiles) name(text string) error {
	parts := strings.Split(text, ",")
	name, path, ok := strings.Cut(parts[0], "=")
	if !ok || name == "" || path == "" {
		return fmt.Errorf("--plugin %q: NAME=FILE is wanted", text)
	}
	if f.named[name] != nil {
		return fmt.Errorf("--plugin %q: the name %q is taken", text, name)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("--plugin %s: %w", text, err)
	}
	var g grants
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case part == "stdio":
			g.Stdio = true
		case key == "dir" && value != "":
			g.Dir = append(g.Dir, value)
		case key == "env" && value != "":
			g.Env = append(g.Env, value)
		case key == "allow-net" && value != "":
			g.AllowNet = append(g.AllowNet, value)
		default:
			return fmt.Errorf("--plugin %s: no grant %q: dir=GUEST:HOST[:MODE], env=NAME=VALUE, allow-net=HOST:PORT or stdio", name, part)
		}
	}
	made, err := f.file(name, path, &g, "")
	if err != nil {
		return fmt.Errorf("--plugin %s: %w", name, err)
	}
	if f.named == nil {
		f.named = map[string]*compat.PluginFile{}
	}
	f.named[name] = made
	return nil
}

// file is the plug-in in the file path with what it is granted. Directories are relative to base,
// or to the working directory if that is empty.
func (f *pluginFiles) file(name, path string, g *grants, base string) (*compat.PluginFile, error) {
	w := compat.WASIConfig{Args: []string{name}, Env: g.Env}
	for _, text := range g.Dir {
		d, err := parsePreopen(text, true)
		if err != nil {
			return nil, err
		}
		if base != "" && !filepath.IsAbs(d.Host) {
			d.Host = filepath.Join(base, d.Host)
		}
		w.Preopens = append(w.Preopens, d)
	}
	w.Closed = f.closed(false)
	var err error
	if w.Net, err = (&Options{AllowNet: g.AllowNet}).netPolicy(true); err != nil {
		return nil, err
	}
	if g.Stdio {
		w.Stdout, w.Stderr = f.process.Stdout, f.process.Stderr
	}
	return &compat.PluginFile{Path: path, WASI: w}, nil
}

// find finds the plug-in that serves the module name: in any case one that the command line
// names, otherwise one in a directory if nobody serves it.
func (f *pluginFiles) find(module string, there bool) (*compat.PluginFile, error) {
	switch p := f.named[module]; {
	case slices.Contains(f.forbidden, module):
		return nil, nil
	case p != nil:
		return p, nil
	case there:
		return nil, nil
	}
	if p, known := f.found[module]; known {
		return p, nil
	}
	f.list()
	if f.found == nil {
		f.found = map[string]*compat.PluginFile{}
	}
	f.found[module] = nil
	for _, file := range f.files {
		if file.module != module {
			continue
		}
		if file.err != nil {
			return nil, file.err
		}
		p, err := f.file(module, file.path, &file.grants, filepath.Dir(file.path))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", grantsOf(file.path), err)
		}
		f.found[module] = p
		break
	}
	return f.found[module], nil
}

// list looks for plug-ins where there may be any. Where somebody else may have put them, they
// are none.
func (f *pluginFiles) list() {
	if f.listed {
		return
	}
	f.listed = true
	for _, place := range f.places {
		for _, path := range pluginsAt(place) {
			if err := cache.Trusted(filepath.Dir(path)); err != nil {
				fmt.Fprintf(f.process.Stderr, "wazedge: plug-ins in %s are not used: %v\n", place, err)
				break
			}
			file := pluginFile{path: path, module: strings.TrimSuffix(filepath.Base(path), ".wasm")}
			file.err = file.grants.read(grantsOf(path))
			if file.grants.Module != "" {
				file.module = file.grants.Module
			}
			f.files = append(f.files, file)
		}
	}
}

// pluginsAt are the modules in place, which may be one.
func pluginsAt(place string) []string {
	if strings.HasSuffix(place, ".wasm") {
		return []string{place}
	}
	entries, _ := os.ReadDir(place) // which need not be there
	var list []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".wasm") && !e.IsDir() {
			list = append(list, filepath.Join(place, e.Name()))
		}
	}
	return list
}

// grantsOf is the file that says what the plug-in in the file path is granted.
func grantsOf(path string) string { return strings.TrimSuffix(path, ".wasm") + ".toml" }

// read reads a file, which need not be there.
func (g *grants) read(path string) error {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(g)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		return fmt.Errorf("%s: no setting %q: module, dir, env, allow-net or stdio", path, strings.Join(unknown.Errors[0].Key(), "."))
	}
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := at.Position()
		return fmt.Errorf("%s:%d: %w", path, line, err)
	}
	return err
}
