package suggest_test

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/cli/suggest"
)

func TestNearest(t *testing.T) {
	words := []string{"run", "compile", "completion", "cache", "reactor", "env", "env-file", "disable-gc", "enable-gc", "memory-page-limit"}
	for misspelt, want := range map[string]string{
		"compi": "compile", "complie": "compile", "reacter": "reactor", "Reactor": "reactor", "rn": "run", "nur": "",
		"cahce": "cache", "envfile": "env-file", "enable_gc": "enable-gc", "ev": "env", "": "", "x": "", "app.wasm": "",
		"réactor": "reactor", "mem": "memory-page-limit", "me": "", strings.Repeat("compile", 1000): "",
	} {
		if got, ok := suggest.Nearest(misspelt, words); got != want || ok != (want != "") {
			t.Errorf("%.20q: %q, %v, want %q", misspelt, got, ok, want)
		}
	}
}
