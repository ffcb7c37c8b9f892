package native

import (
	"fmt"
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
		read    func(*machineCode) error
	}{{"amd64", false, readBack}, {"amd64", true, readBack}, {"arm64", false, a64readBack}} {
		name, read := to.name, to.read
		mod, err := moduleOf(m, 7)
		if err != nil {
			return err
		}
		mod.target, mod.guarded = targetOf(name), to.guarded
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
