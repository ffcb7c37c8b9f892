package native

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// ReadBack compiles the functions of bin for every processor and reads their code back.
func ReadBack(bin []byte) error {
	m, err := wasm.Decode(bin, features)
	if err != nil {
		return err
	}
	for _, to := range []struct {
		name    string
		guarded bool
		carries bool
		read    func(*machineCode) error
	}{{"amd64", false, false, readBack}, {"amd64", true, true, readBack}, {"arm64", false, false, a64readBack}, {"arm64", false, true, a64readBack}} {
		name, read := to.name, to.read
		mod, err := moduleOf(m, 7)
		if err != nil {
			return err
		}
		mod.target, mod.guarded = targetOf(name), to.guarded
		if g := slices.IndexFunc(mod.globals, func(g global) bool { return !g.imported && g.typ == wasm.I64 }); to.carries && g >= 0 {
			mod.carryBy(uint32(g))
		}
		for i := range m.Bodies {
			c, err := mod.compile(i)
			if err != nil && strings.Contains(err.Error(), "defect") {
				return fmt.Errorf("%s: %w", name, err)
			}
			if err != nil {
				continue // it keeps the engine's code
			}
			if err := read(c); err != nil {
				return fmt.Errorf("%s: function %d: %w", name, i, err)
			}
		}
	}
	return nil
}
