package hosts

import (
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/mock"
)

// TestForbiddenPluginsAreMocked states what guests find in the place of a plug-in that is
// forbidden: WasmEdge's mock, if it has one, else nothing.
func TestForbiddenPluginsAreMocked(t *testing.T) {
	mocked := map[string]bool{}
	for _, m := range mock.Modules() {
		mocked[m.Name()] = true
	}
	for _, p := range Plugins() {
		w := NewWorld(Config{Forbidden: []string{"other", p.Name}})
		for _, m := range p.Modules {
			there, left := NewWorld(Config{}).Host(m), w.Host(m)
			if there == nil || there == left {
				t.Errorf("%s: %v, and %v when it is forbidden", m, there, left)
			}
			if (left != nil) != mocked[m] {
				t.Errorf("%s: mocked: %t, want %t", m, left != nil, mocked[m])
			}
		}
	}
	if NewWorld(Config{Forbidden: []string{"wasi_snapshot_preview1", "WASI"}}).Host("wasi_snapshot_preview1") == nil {
		t.Error("WASI has been forbidden")
	}
}

// TestPluginsAreDescribed states that a plug-in has modules and a version, or says what
// there is in its place, and that no two have a name in common.
func TestPluginsAreDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Plugins() {
		there := len(p.Modules) > 0
		if p.Description == "" || !there && p.Version != "" || there == (p.Instead != "") {
			t.Errorf("%+v", p)
		}
		for _, name := range append([]string{"plug-in " + p.Name}, p.Modules...) {
			if names[name] {
				t.Errorf("%s is there twice", name)
			}
			names[name] = true
		}
	}
}
