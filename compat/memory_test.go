package compat_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/limits"
)

func TestMemoryPageLimit(t *testing.T) {
	for _, tc := range []struct {
		name   string
		memory string
		limit  uint32
		grow   int32
		want   [2]int32 // the result of memory.grow, the pages afterwards
		log    string
	}{
		{"growth to the limit", "1", 3, 2, [2]int32{1, 3}, ""},
		{"growth beyond the limit", "1", 3, 3, [2]int32{-1, 1}, "Memory grow page failed, exceeded limited 3 page size in configuration."},
		{"growth beyond the maximum", "1 2", 3, 3, [2]int32{-1, 1}, ""},
		{"minimum above the limit", "5", 2, 0, [2]int32{2, 2}, "Limited 2 page in configuration."},
		{"no page at all", "1", 0, 1, [2]int32{-1, 0}, "Limited 0 page in configuration."},
		{"limit beyond 4 GiB", "1", 70000, 1, [2]int32{1, 2}, "Limited 70000 page larger than the 32-bit page upper bound 65536."},
	} {
		for _, interpreter := range []bool{false, true} {
			var out bytes.Buffer
			vm := newVM(t, compat.Config{
				Limits: limits.Config{MemoryPages: &tc.limit}, Interpreter: interpreter, Log: logline.New(&out, logline.Info, false),
			})
			inst := register(t, vm, "m", fmt.Sprintf(`(module (memory %s)
				(func (export "f") (param i32) (result i32 i32) (memory.grow (local.get 0)) (memory.size)))`, tc.memory))
			got, err := inst.Invoke(t.Context(), "f", value.OfI32(tc.grow))
			if err != nil || got[0] != value.OfI32(tc.want[0]) || got[1] != value.OfI32(tc.want[1]) {
				t.Errorf("%s (interpreter %v): %v, %v; want %v", tc.name, interpreter, got, err, tc.want)
			}
			if first, _, _ := strings.Cut(out.String(), "\n"); tc.log == "" && first != "" ||
				!strings.HasSuffix(first, tc.log) {
				t.Errorf("%s (interpreter %v): logged %q, want %q", tc.name, interpreter, out.String(), tc.log)
			}
		}
	}
}

// A wide memory has more pages by the language than WasmEdge gives it, and WasmEdge
// says when that is why it does not grow.
func TestWideMemoriesTellWhyTheyDoNotGrow(t *testing.T) {
	const refused = "Memory Instance: Memory grow page failed, exceeded limited 65536 page size in configuration."
	for _, tc := range []struct {
		memory string
		pages  int64
		want   int64
		told   bool
	}{
		{"i64 1", 2, 1, false},
		{"i64 1", 65536, -1, true},
		{"i64 1", 100_000, -1, true},
		{"i64 1", 1<<48 - 1, -1, true},
		{"i64 1", 1 << 48, -1, false},
		{"i64 1", -1, -1, false},
		{"i64 1 70000", 69_999, -1, true},
		{"i64 1 70000", 70_000, -1, false},
		{"i64 1 100", 100, -1, false},
	} {
		for _, interpreter := range []bool{false, true} {
			var log strings.Builder
			vm := newVM(t, compat.Config{Interpreter: interpreter, Log: logline.New(&log, logline.Info, false)})
			inst := register(t, vm, "m", `(module (memory `+tc.memory+`)
				(func (export "f") (param i64) (result i64) (memory.grow (local.get 0))))`)
			got, err := inst.Invoke(t.Context(), "f", value.OfI64(tc.pages))
			if err != nil || int64(got[0].Lo) != tc.want || strings.Contains(log.String(), refused) != tc.told {
				t.Errorf("%s by %d (interpreter %v): %v, %v, log %q; want %d, told %v",
					tc.memory, tc.pages, interpreter, got, err, log.String(), tc.want, tc.told)
			}
		}
	}
}
