package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/compat"
)

// forbidden are the plug-ins in names that guests do not find. Strictly, a name that no
// plug-in has is refused; else it is let through, and what WasmEdge does not forbid
// either stays.
func forbidden(names []string, strict bool) ([]string, error) {
	var list []string
	for _, name := range names {
		plugins := compat.Plugins()
		n := slices.IndexFunc(plugins, func(p compat.Plugin) bool { return p.Name == name })
		switch {
		case n < 0 && strict:
			return nil, fmt.Errorf("no plug-in %q; wazedge plugins lists them", name)
		case strict || n >= 0 && !plugins[n].Wired:
			list = append(list, name)
		}
	}
	return list, nil
}

// preloads are the models that guests find by their names. Strictly, one that makes no
// sense is refused; else it is logged when a guest looks for models.
func preloads(texts []string, strict bool) ([]compat.Preload, error) {
	var list []compat.Preload
	for _, text := range texts {
		p, err := compat.ParsePreload(text)
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
	Description string        `json:"description"`
	Available   bool          `json:"available"`
	Instead     string        `json:"instead,omitempty"`
	Modules     []moduleShown `json:"modules,omitempty"`
}

type moduleShown struct {
	Name      string          `json:"name"`
	Functions []functionShown `json:"functions"`
}

type functionShown struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// listPlugins lists the plug-ins, those that there are not with what to use in their place.
func listPlugins(p *Process, l line) int {
	var list []pluginShown
	for _, plugin := range compat.Plugins() {
		list = append(list, shownPlugin(plugin))
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

// maxPluginLine is how long a line of functions gets.
const maxPluginLine = 100

func (p *Process) printPlugin(s pluginShown) {
	if !s.Available {
		fmt.Fprintf(p.out(), "%s (%s) is not available; instead: %s\n", s.Name, s.Description, s.Instead)
		return
	}
	fmt.Fprintf(p.out(), "%s %s (%s)\n", s.Name, s.Version, s.Description)
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
