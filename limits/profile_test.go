package limits

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/wasm"
)

// cell is a counter.
type cell uint64

func (c *cell) Get() uint64  { return uint64(*c) }
func (c *cell) Set(v uint64) { *c = cell(v) }

func TestProfileAttributesToWhoRuns(t *testing.T) {
	a := NewAccount(Config{Instructions: true})
	var counter cell
	a.Connect(&counter)
	p := NewProfile(a, &wasm.Module{})
	clock := time.Unix(0, 0)
	p.now = func() time.Time { return clock }
	run := func(n uint64, d time.Duration) {
		counter += cell(n)
		clock = clock.Add(d)
	}
	p.Enter(3)
	run(10, time.Second)
	p.Enter(5)
	run(7, 2*time.Second)
	p.Leave(5)
	run(1, time.Second)
	p.Enter(5)
	p.Leave(5)
	p.Leave(3)
	three := p.root.children[0]
	five := three.children[0]
	if three.function != 3 || three.calls != 1 || three.count != 11 || three.spent != 2*time.Second {
		t.Errorf("function 3: %+v", *three)
	}
	if five.function != 5 || five.calls != 2 || five.count != 7 || five.spent != 2*time.Second {
		t.Errorf("function 5: %+v", *five)
	}
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "profile")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "tool", "pprof", "-sample_index=instructions", "-traces", file).CombinedOutput()
	if err != nil {
		t.Skipf("no go tool pprof here: %v", err)
	}
	if text := string(out); !strings.Contains(text, "func[5]\n             func[3]") {
		t.Errorf("pprof shows\n%s", text)
	}
}

func TestDeepRecursionInProfile(t *testing.T) {
	a := NewAccount(Config{Instructions: true})
	var counter cell
	a.Connect(&counter)
	p := NewProfile(a, &wasm.Module{})
	const depth = 10 * maxChain
	for range depth {
		p.Enter(1)
		counter++
	}
	for range depth {
		p.Leave(1)
	}
	calls, count, chain := int64(0), int64(0), 0
	for n := &p.root; len(n.children) > 0; chain++ {
		n = n.children[0]
		calls, count = calls+n.calls, count+n.count
	}
	if calls != depth || count != depth || chain != maxChain || p.at != &p.root {
		t.Errorf("%d calls, %d instructions in a chain of %d, at root %v", calls, count, chain, p.at == &p.root)
	}
}
