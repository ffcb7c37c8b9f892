package fault_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
)

// Names are the guest's: they are printed as they are, but they do not end a line.
func TestNamesInLines(t *testing.T) {
	for name, want := range map[string]string{
		"plain":           `When executing function name: "plain"`,
		`say "a\b"`:       `When executing function name: "say "a\b""`,
		"é – 名":           `When executing function name: "é – 名"`,
		"a\nb\tc\x1b[31m": `When executing function name: "a\nb\tc\x1b[31m"`,
		"\u0085":          `When executing function name: "\u0085"`,
	} {
		if got := fault.Executing(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	if got, want := fault.Linking("m\n", "function", `"f`), `When linking module: "m\n" , function name: ""f"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
