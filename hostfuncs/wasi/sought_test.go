package wasi

import (
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

func TestSought(t *testing.T) {
	for _, c := range []struct {
		guest string // the name of its directory, or none
		use   func(g *guest)
		want  Sought
	}{
		{"", func(*guest) {}, Sought{}},
		{"", func(g *guest) { g.call("fd_prestat_get", 3, g.alloc(8)) }, Sought{Listed: true}},
		{"", func(g *guest) { g.call("fd_prestat_get", 1, g.alloc(8)) }, Sought{}},
		{"/g", func(g *guest) { g.call("fd_prestat_get", 3, g.alloc(8)) }, Sought{Mapped: true}},
		{"/", func(g *guest) { g.call("fd_prestat_get", 4, g.alloc(8)) }, Sought{Mapped: true, Root: true, Listed: true}},
		{"g", func(g *guest) { g.open(3, "f", 0, 0) }, Sought{Mapped: true}},
		{"g", func(g *guest) { g.open(3, ".", 0, 0) }, Sought{Mapped: true, Found: true}},
		{"g", func(g *guest) { g.stat(".", 0) }, Sought{Mapped: true, Found: true}},
		{"", func(g *guest) { g.h.Imported([]abi.Import{{Name: "poll_oneoff"}, {Name: "fd_write"}}) }, Sought{}},
		{"", func(g *guest) { g.h.Imported(importsOf("fd_write")) }, Sought{LikeGo: true}},
		{"", func(g *guest) { g.h.Imported(importsOf("fd_tell")) }, Sought{}},
	} {
		e := Environment{}
		if c.guest != "" {
			e.Preopens = []Preopen{{Guest: c.guest, Host: t.TempDir()}}
		}
		g := newGuest(t, Config{}, e)
		c.use(g)
		if got := g.h.Sought(); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.guest, got, c.want)
		}
	}
}

// importsOf are what Go's runtime imports, and others.
func importsOf(others ...string) (list []abi.Import) {
	for _, name := range append(others, goImports...) {
		list = append(list, abi.Import{Name: name})
	}
	return list
}
