package limits

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

func TestReadCosts(t *testing.T) {
	c, err := ReadCosts(strings.NewReader(`
# a comment
i32.add = 7   # another
* = 2
select=5
host:env.read = 100
host:a=b.c = 3
`))
	if err != nil {
		t.Fatal(err)
	}
	for op, want := range map[wasm.Op]uint64{
		wasm.OpI32Add: 7, wasm.OpI32Sub: 2, wasm.OpSelect: 5, wasm.OpSelectT: 5, wasm.OpEnd: 2,
	} {
		if got := c.Instr[op]; got != want {
			t.Errorf("%s costs %d, want %d", op, got, want)
		}
	}
	if c.Host["env.read"] != 100 || c.Host["a=b.c"] != 3 {
		t.Errorf("host functions cost %v", c.Host)
	}
}

func TestBadCostsNameTheLine(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"nop", "line 1: "},
		{"\nnop = -1", "line 2: "},
		{"nop = 4294967297", "line 1: "},
		{"nope = 1", "line 1: "},
	} {
		if _, err := ReadCosts(strings.NewReader(tc.text)); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%q: %v, want an error of %s", tc.text, err, tc.want)
		}
	}
}
