package wasmedge

import "slices"

// Plugin is a plugin of WasmEdge's.
type Plugin struct{ modules []string }

// loggingPlugin is the plugin that WasmEdge has built in.
const (
	loggingPlugin = "wasi_logging"
	loggingModule = "wasi:logging/logging"
)

// LoadPluginDefaultPaths does nothing: plugins are machine code of WasmEdge's, which cannot
// be loaded. The one that WasmEdge has built in is always there.
func LoadPluginDefaultPaths() {}

// LoadPluginFromPath does nothing, see [LoadPluginDefaultPaths].
func LoadPluginFromPath(name string) {}

// ListPlugins are the names of the plugins: the one that WasmEdge has built in.
func ListPlugins() []string { return []string{loggingPlugin} }

// FindPlugin is the plugin of that name, or nil.
func FindPlugin(name string) *Plugin {
	if name != loggingPlugin {
		return nil
	}
	return &Plugin{modules: []string{loggingModule}}
}

// ListModule are the names of the plugin's modules.
func (p *Plugin) ListModule() []string { return slices.Clone(p.modules) }

// CreateModule is the plugin's module of that name, to be registered; nil if there is none.
func (p *Plugin) CreateModule(name string) *Module {
	if !slices.Contains(p.modules, name) {
		return nil
	}
	return &Module{name: name, builtIn: name}
}
