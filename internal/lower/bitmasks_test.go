package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestBitmasks takes the signs of lanes while more integers are alive than there are
// registers, with the passes of this processor and with the one that arm64 needs.
func TestBitmasks(t *testing.T) {
	const n = 40
	var fill, sum strings.Builder
	for i := range n {
		fmt.Fprintf(&fill, "(local.set %d (i64.load offset=%d (i32.const 0)))\n", i, 8*i)
		fmt.Fprintf(&sum, "(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) (local.get %d)))\n", i)
	}
	for _, lanes := range []string{"-1 -1", "0 -5", "-7 3", "1 0x7fffffffffffffff"} {
		text := `(module (memory 1) (data (i32.const 0) "` + strings.Repeat("abcdefgh", n) + `")
  (func (export "main") (result i64) (local` + strings.Repeat(" i64", n) + `) (local $h i64) (local $m i32) (local $v v128)
    (local.set $v (v128.const i64x2 ` + lanes + `))
    ` + fill.String() + `
    (local.set $m (i64x2.bitmask (local.get $v)))
    ` + sum.String() + `
    (if (i64.eqz (local.get $h)) (then (return (i64.const 1))))
    (i64.add (local.get $h) (i64.extend_i32_u (local.get $m)))))`
		m, err := wat.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		agree(t, lanes, m)
		rewritten, err := lower.Bitmasks(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := runMain(t, wasm.Encode(rewritten), true), runMain(t, wasm.Encode(m), true); got != want {
			t.Errorf("%s: %s, want %s", lanes, got, want)
		}
	}
}
