package limits_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// each is f of 0 to n-1, joined.
func each(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

// TestMeteringIsLinear meters modules of n of something. What is linear takes less
// than a second for each, what is quadratic minutes.
func TestMeteringIsLinear(t *testing.T) {
	const n = 20_000
	gas := uint64(1 << 40)
	for name, text := range map[string]string{
		"nested blocks":        "(func " + strings.Repeat("block ", n) + strings.Repeat("end ", n) + ")",
		"nested loops":         "(func (local i32) " + strings.Repeat("loop local.get 0 local.set 0 ", n) + strings.Repeat("local.get 0 br_if 0 end ", n) + ")",
		"conditional branches": "(func loop " + strings.Repeat("i32.const 1 br_if 0 ", n) + "end)",
		"targets of a table":   "(func loop block i32.const 1 br_table " + strings.Repeat("0 1 ", n) + " end end)",
		"chained calls":        each(n, func(i int) string { return fmt.Sprintf("(func call %d)", (i+1)%n) }),
		"indirect calls": "(table funcref (elem " + each(n, func(i int) string { return fmt.Sprintf("%d ", i) }) + "))" +
			strings.Repeat("(func (call_indirect (i32.const 0)))", n),
		"fills of as many tables": strings.Repeat("(table 1 funcref)", n) +
			"(func " + each(n, func(i int) string { return fmt.Sprintf("i32.const 0 ref.null func i32.const 0 table.fill %d ", i) }) + ")",
		"loops and groups of locals": "(func (local " + strings.Repeat("i32 i64 ", n) + ")" +
			each(n, func(i int) string {
				return fmt.Sprintf("loop local.get %d local.set %[1]d i32.const 1 br_if 0 end ", 2*i)
			}) + ")",
		"lists of results": each(n/20, func(i int) string {
			return "(func (result " + strings.Repeat("i32 ", i+2) + ") (br_if 0 " + strings.Repeat("(i32.const 0)", i+3) + "))"
		}),
		"imports and fills": strings.Repeat(`(import "a" "b" (func))`, n) + "(memory 1) (func " +
			strings.Repeat("i32.const 0 i32.const 0 i32.const 0 memory.fill call 0 ", n) + ")",
	} {
		m, err := wat.Parse([]byte("(module " + text + ")"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range []limits.Config{{TimeLimit: 1}, {GasLimit: &gas, Instructions: true}, {GasLimit: pointer(1000)}, {MaxDepth: 5}} {
			began := time.Now()
			if _, err := limits.Meter(m, c.Variant()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("%s: %v", name, took)
			}
		}
	}
}
