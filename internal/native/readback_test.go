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
	for name, read := range map[string]func(*machineCode) error{"amd64": readBack, "arm64": a64readBack} {
		mod, err := moduleOf(m, 7)
		if err != nil {
			return err
		}
		mod.target = targetOf(name)
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
