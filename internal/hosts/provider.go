package hosts

import (
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/hostfuncs/threads"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
)

// Provider is who is behind a namespace, for people.
type Provider struct {
	WASI   string // the generation of WASI, if it is one
	Plugin string // the plug-in, if it is of one
	Mock   bool   // the plug-in is not there: guests start, and calls fail
}

// ProviderOf is who is behind the namespace name, if there is one.
func ProviderOf(name string) (Provider, bool) {
	b := namespaces().find(name, nil)
	switch {
	case b == nil:
		return Provider{}, false
	case b.plugin != nil:
		return Provider{Plugin: b.plugin.name}, true
	case name == wasi.UnstableModuleName:
		return Provider{WASI: "snapshot 0"}, true
	case name == threads.ModuleName:
		return Provider{WASI: "threads"}, true
	}
	if m, ok := b.namespace().(*mock.Module); ok {
		return Provider{Plugin: m.Plugin(), Mock: true}, true
	}
	return Provider{WASI: "preview 1"}, true
}
