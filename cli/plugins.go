package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/hostfuncs/nn"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/wasm"
)

// forbidden are the plug-ins in names that guests do not find. As wasmedge, what WasmEdge does not
// forbid either stays.
func forbidden(names []string, strict bool) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		p, built := builtIn(name)
		return built && p.Wired && !strict
	})
}

// builtIn is the plug-in of that name of those that are not files.
func builtIn(name string) (compat.Plugin, bool) {
	for _, p := range compat.Plugins() {
		if p.Name == name {
			return p, true
		}
	}
	return compat.Plugin{}, false
}

// insteadOfPlugin is what there is in the place of the plug-in that serves a module, or how to give
// one.
func insteadOfPlugin(module string) string {
	for _, p := range compat.Plugins() {
		if p.Instead != "" && (module == p.Name || strings.HasPrefix(module, p.Name+"_")) {
			return fmt.Sprintf("; the plug-in %s is not available; instead: %s", p.Name, p.Instead)
		}
	}
	return fmt.Sprintf("; --plugin %s=FILE has a module serve it", module)
}

// pluginOffers says what the plug-in that serves im has in its place, if there is one.
func (r *runner) pluginOffers(im wasm.Import) (says string, plugged bool) {
	path, exports := r.vm.Plugin(im.Module)
	if path == "" {
		return r.forbids(im.Module)
	}
	names := make([]string, len(exports))
	for n, e := range exports {
		names[n] = e.Name
		if e.Name == im.Name {
			return fmt.Sprintf("that of the plug-in %s is another %s %s", path, e.Kind, e.Func.String()), true
		}
	}
	return fmt.Sprintf("the plug-in %s has no such export; it offers %s", path, strings.Join(names, ", ")), true
}

// forbids says that the plug-in that serves a module is forbidden, if it is.
func (r *runner) forbids(module string) (says string, forbids bool) {
	for _, name := range r.options.ForbiddenPlugins {
		if p, _ := builtIn(name); name == module || slices.Contains(p.Modules, module) {
			return fmt.Sprintf("the plug-in %s is forbidden", name), true
		}
	}
	return "", false
}

// pluginFailed reports that a plug-in cannot serve the module that is to run.
func (r *runner) pluginFailed(failed *compat.PluginError) int {
	_, coded := fault.CodeOf(failed.Err)
	switch {
	case coded:
		r.log.Fault(failed.Err)
	case errors.As(failed.Err, new(*compat.ExitError)), errors.As(failed.Err, new(*compat.StartExitError)):
		r.log.Error("The plug-in has ended itself.")
	default:
		r.log.Error(failed.Err.Error())
	}
	r.log.Error(strings.TrimSuffix(fmt.Sprintf("The plug-in for module %q cannot be used: %s", failed.Name, failed.Path), ": "))
	return statusFailed
}

// preloads are the models that guests find by their names. Strictly, one that makes no
// sense is refused; else it is logged when a guest looks for models.
func preloads(texts []string, strict bool) ([]nn.Preload, error) {
	var list []nn.Preload
	for _, text := range texts {
		p, err := nn.ParsePreload(text)
		if err != nil && strict {
			return nil, fmt.Errorf("--nn-preload %s: %w; want NAME:BACKEND:DEVICE:PATH, such as mnist:ONNX:CPU:mnist.onnx", text, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// pluginShown is a plug-in as plugins shows it.
type pluginShown struct {
	Name        string        `json:"name"`
	Version     string        `json:"version,omitempty"`
	Description string        `json:"description,omitempty"`
	Available   bool          `json:"available"`
	Instead     string        `json:"instead,omitempty"`
	Modules     []moduleShown `json:"modules,omitempty"`

	File   string       `json:"file,omitempty"` // of a plug-in that is a module of WebAssembly
	Grants *grantsShown `json:"grants,omitempty"`
	Error  string       `json:"error,omitempty"` // why it is not known what it is granted
}

// grantsShown is what a plug-in is granted, without the values of variables, which may be secrets.
type grantsShown struct {
	Dir      []string `json:"dir,omitempty"`
	Env      []string `json:"env,omitempty"`
	AllowNet []string `json:"allow-net,omitempty"`
	Stdio    bool     `json:"stdio,omitempty"`
}

type moduleShown struct {
	Name      string          `json:"name"`
	Functions []functionShown `json:"functions"`
}

type functionShown struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// listPlugins lists the plug-ins: those built in, those that there are not with what to use in their
// place, and the files that guests find, of which none is looked into.
func listPlugins(p *Process, l line) int {
	var list []pluginShown
	for _, plugin := range compat.Plugins() {
		list = append(list, shownPlugin(plugin))
	}
	files := &pluginFiles{process: p, places: append(p.pluginPath(), p.ownPlugins()...)}
	files.list()
	for _, file := range files.files {
		list = append(list, shownFile(&file))
	}
	if l.syntax.options.JSON {
		return p.json(list)
	}
	for _, s := range list {
		p.printPlugin(s)
	}
	return statusOK
}

func shownPlugin(p compat.Plugin) pluginShown {
	s := pluginShown{Name: p.Name, Version: p.Version, Description: p.Description, Available: len(p.Modules) > 0, Instead: p.Instead}
	for _, name := range p.Modules {
		m := moduleShown{Name: name}
		for _, f := range compat.BuiltIn(name) {
			m.Functions = append(m.Functions, functionShown{f.Name, f.Func.String()})
		}
		s.Modules = append(s.Modules, m)
	}
	return s
}

func shownFile(f *pluginFile) pluginShown {
	s := pluginShown{Name: f.module, File: f.path, Available: f.err == nil}
	if f.err != nil {
		s.Error = f.err.Error()
		return s
	}
	s.Grants = &grantsShown{Dir: f.grants.Dir, AllowNet: f.grants.AllowNet, Stdio: f.grants.Stdio}
	for _, variable := range f.grants.Env {
		name, _, _ := strings.Cut(variable, "=")
		s.Grants.Env = append(s.Grants.Env, name)
	}
	return s
}

// words are the grants as --plugin takes them.
func (g *grantsShown) words() []string {
	var list []string
	for _, grant := range []struct {
		name   string
		values []string
	}{{"dir", g.Dir}, {"env", g.Env}, {"allow-net", g.AllowNet}} {
		for _, value := range grant.values {
			list = append(list, grant.name+"="+legible.Name(value))
		}
	}
	if g.Stdio {
		list = append(list, "stdio")
	}
	if list == nil {
		return []string{"nothing"}
	}
	return list
}

// printFile prints a plug-in that is a file.
func (p *Process) printFile(s pluginShown) {
	fmt.Fprintf(p.out(), "%s (the file %s)\n", legible.Name(s.Name), legible.Name(s.File))
	if s.Grants == nil {
		fmt.Fprintf(p.out(), "  cannot be used: %s\n", legible.Name(s.Error))
		return
	}
	fmt.Fprintf(p.out(), "  is granted: %s\n", strings.Join(s.Grants.words(), " "))
}

// maxPluginLine is how long a line of functions gets.
const maxPluginLine = 100

func (p *Process) printPlugin(s pluginShown) {
	if s.File != "" {
		p.printFile(s)
		return
	}
	if !s.Available {
		fmt.Fprintf(p.out(), "%s (%s) is not available; instead: %s\n", s.Name, s.Description, s.Instead)
		return
	}
	fmt.Fprintf(p.out(), "%s (%s)\n", strings.TrimSpace(s.Name+" "+s.Version), s.Description)
	for _, m := range s.Modules {
		fmt.Fprintf(p.out(), "  %s:\n", m.Name)
		names := make([]string, len(m.Functions))
		for n, f := range m.Functions {
			names[n] = f.Name
		}
		for _, line := range wrapped(names, maxPluginLine) {
			fmt.Fprintf(p.out(), "    %s\n", line)
		}
	}
}

// wrapped are the words in lines of at most width characters, where a word fits.
func wrapped(words []string, width int) []string {
	var lines []string
	var line strings.Builder
	for _, w := range words {
		if line.Len() > 0 && line.Len()+1+len(w) > width {
			lines = append(lines, line.String())
			line.Reset()
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(w)
	}
	return append(lines, line.String())
}
