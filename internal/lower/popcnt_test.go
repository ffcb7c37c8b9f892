package lower_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestPopcnt counts the bits of what is loaded with a sign.
func TestPopcnt(t *testing.T) {
	for _, load := range []string{"i32.load8_s", "i32.load16_s", "i32.load8_u", "i32.load"} {
		m, err := wat.Parse([]byte(`(module (memory 1 1) (data (i32.const 0) "\ff\fe\fd\fc")
  (func (export "main") (result i64) (i64.extend_i32_u (i32.popcnt (` + load + ` (i32.const 0))))))`))
		if err != nil {
			t.Fatal(err)
		}
		agreeFile(t, load, wasm.Encode(m))
	}
}
