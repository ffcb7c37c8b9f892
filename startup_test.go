package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// costly are the packages outside of Go's own library that allocate more than
// mostAllocations before main begins, and how much.
var costly = map[string]int{
	"github.com/decred/dcrd/dcrec/secp256k1/v4":       47, // the only one of that curve that is kept
	"github.com/ianlancetaylor/demangle":              102,
	"github.com/tetratelabs/wazero/internal/platform": 19,
	"github.com/tetratelabs/wazero/internal/wasm":     10,
	"golang.org/x/sys/cpu":                            10, // the copy of the environment, as the first to look at it
	"github.com/wazedge/wazedge/internal/engine":      14,
	"github.com/wazedge/wazedge/internal/prepare":     9,
	"github.com/wazedge/wazedge/internal/wat":         26, // two for each table that is made when it is needed
}

// mostAllocations is how many there may be in a package that is not costly: errors that have names,
// and tables that are made later.
const mostAllocations = 8

// mostBytes is how many bytes all these packages may allocate: 63,000 on linux/amd64, of which 37,000
// are of wazero.
const mostBytes = 68 << 10

// TestPackagesWaitUntilTheyAreNeeded states that a start does not pay for what a guest may import: what a
// package makes before main begins is bounded.
func TestPackagesWaitUntilTheyAreNeeded(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), built(t), "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, (\d+) allocs$`).FindAllStringSubmatch(string(out), -1)
	bytes := 0
	for _, line := range lines {
		name := line[1]
		if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
			continue
		}
		size, _ := strconv.Atoi(line[2])
		allocations, _ := strconv.Atoi(line[3])
		if bytes += size; allocations > max(mostAllocations, costly[name]) {
			t.Errorf("%s allocates %d times, %d bytes, at every start: have it wait until it is needed", name, allocations, size)
		}
	}
	t.Logf("%d bytes", bytes)
	if len(lines) < 20 || bytes > mostBytes {
		t.Errorf("%d packages allocate %d bytes at every start, at most %d", len(lines), bytes, mostBytes)
	}
}

// built is the command, built anew.
func built(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the command")
	}
	program := filepath.Join(t.TempDir(), "wazedge.exe")
	command(t, "go", "build", "-o", program, ".")
	return program
}
