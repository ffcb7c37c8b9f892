package wat

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestAllocation holds what parsing allocates to a multiple of the text, for texts
// that make the most of a few characters.
func TestAllocation(t *testing.T) {
	const size = 1 << 20
	for _, tc := range []struct{ name, before, repeat, close, after string }{
		{"folded instructions", "(func", "(nop", ")", ")"},
		{"folded blocks", "(func", "(block", ")", ")"},
		{"folded conditions", "(func", "(if", ")", ")"},
		{"blocks", "(func", " block", " end", ")"},
		{"named blocks", "(func", " block $a", " end", ")"},
		{"differently named blocks", "(func", " block $%x", " end", ")"},
		{"functions", "", "(func)", "", ""},
		{"named functions", "", "(func $%x)", "", ""},
		{"types", "", "(type(func))", "", ""},
		{"recursion groups", "", "(rec)", "", ""},
		{"fields", "(type (struct", "(field i8)", "", "))"},
		{"results", "(func (result", " i32", "", "))"},
		{"element segments", "", "(elem func)", "", ""},
		{"elements", "(elem funcref", "(nop)", "", ")"},
		{"data segments", "", "(data)", "", ""},
		{"tags", "", "(tag)", "", ""},
		{"memories", "", "(memory 0)", "", ""},
		{"tables", "", "(table 0 funcref)", "", ""},
		{"globals", "", "(global i32)", "", ""},
		{"imports", "", `(import""""(func))`, "", ""},
		{"exports", "", `(export""(func 0))`, "", ""},
		{"custom sections", "", `(@custom"")`, "", ""},
		{"locals", "(func (local", " i32", "", "))"},
		{"named locals", "(func", "(local $%x i32)", "", ")"},
		{"different types", "", "(func (param%s))", "", ""},
		{"labels", "(func br_table", " 0", "", ")"},
		{"fields alone", "", "()", "", ""},
		{"annotations", "", "(@a", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString(tc.before)
			n := 0
			for ; b.Len() < size; n++ {
				switch {
				case strings.Contains(tc.repeat, "%x"):
					fmt.Fprintf(&b, tc.repeat, n)
				case strings.Contains(tc.repeat, "%s"):
					fmt.Fprintf(&b, tc.repeat, strings.NewReplacer("0", " i32", "1", " i64").Replace(fmt.Sprintf("%b", n)))
				default:
					b.WriteString(tc.repeat)
				}
			}
			b.WriteString(strings.Repeat(tc.close, n))
			b.WriteString(tc.after)
			src := []byte(b.String())
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = Parse(src) // an error is fine
			runtime.ReadMemStats(&after)
			times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(src))
			t.Logf("%.1f bytes a character", times)
			if times > maxAllocation {
				t.Errorf("%.1f bytes a character, want at most %d", times, maxAllocation)
			}
		})
	}
}
