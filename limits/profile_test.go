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
	p := NewProfile(a, &wasm.Module{}, nil)
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
	if three.function != 3 || three.events != 1 || three.count != 11 || three.spent != 2*time.Second {
		t.Errorf("function 3: %+v", *three)
	}
	if five.function != 5 || five.events != 2 || five.count != 7 || five.spent != 2*time.Second {
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
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command here, whose pprof reads the profile")
	}
	out, err := exec.Command(tool, "tool", "pprof", "-sample_index=instructions", "-traces", file).CombinedOutput()
	if err != nil {
		t.Fatalf("pprof refuses the profile: %v\n%s", err, out)
	}
	if text := string(out); !strings.Contains(text, "func[5]\n             func[3]") {
		t.Errorf("pprof shows\n%s", text)
	}
}

func TestDeepRecursionInProfile(t *testing.T) {
	a := NewAccount(Config{Instructions: true})
	var counter cell
	a.Connect(&counter)
	p := NewProfile(a, &wasm.Module{}, nil)
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
		calls, count = calls+n.events, count+n.count
	}
	if calls != depth || count != depth || chain != maxChain || p.at != &p.root {
		t.Errorf("%d calls, %d instructions in a chain of %d, at root %v", calls, count, chain, p.at == &p.root)
	}
}

// TestSamples wants what was used between two samples to be the innermost function's,
// with the chain of calls that led to it, and what is left at the end to be the
// latest's.
func TestSamples(t *testing.T) {
	a := NewAccount(Config{Profile: true})
	var counter cell
	a.Connect(&counter)
	counter = 0
	p := NewProfile(a, &wasm.Module{
		Imports: []wasm.Import{{Kind: wasm.ExternFunc}, {Kind: wasm.ExternMemory}},
		Bodies:  make([]wasm.Body, 3),
	}, nil)
	clock := time.Unix(0, 0)
	p.now = func() time.Time { return clock }
	run := func(n uint64, d time.Duration) {
		counter += cell(n)
		clock = clock.Add(d)
	}
	end := p.Begin(1)
	run(10, time.Second)
	p.Sample([]int64{2, 7, 1, 0}) // 7 is a function that a pass has added
	run(5, 2*time.Second)
	p.Sample([]int64{0})
	run(3, time.Second)
	p.Sample(nil)
	run(1, time.Second)
	end()
	outer := p.root.children[0]
	if outer.function != 1 || outer.events != 3 || outer.count != 9 || outer.spent != 4*time.Second {
		t.Errorf("outermost function: %+v", *outer)
	}
	inner := outer.children[0].children[0]
	if inner.parent.function != 2 || inner.parent.events != 0 || inner.function != 3 || inner.events != 1 || inner.count != 10 || inner.spent != time.Second {
		t.Errorf("innermost function: %+v, called by %d", *inner, inner.parent.function)
	}
}

func TestDeepStackInSamples(t *testing.T) {
	a := NewAccount(Config{Profile: true})
	var counter cell
	a.Connect(&counter)
	p := NewProfile(a, &wasm.Module{Bodies: make([]wasm.Body, 1)}, nil)
	p.Sample(make([]int64, 10*maxChain))
	chain := 0
	for n := &p.root; len(n.children) > 0; n = n.children[0] {
		chain++
	}
	if chain != maxChain {
		t.Errorf("a chain of %d, want %d", chain, maxChain)
	}
}

// TestProfileSpansModules wants a call of one module by another, through the host, to be told as
// called by the function that runs, and what is used after it to be that function's again.
func TestProfileSpansModules(t *testing.T) {
	a := NewAccount(Config{Profile: true})
	var counter cell
	a.Connect(&counter)
	counter = 0
	p := NewProfile(a, &wasm.Module{Bodies: make([]wasm.Body, 4)}, nil)
	p.Sampled(func() []int64 { return []int64{1, 0} })
	q := p.Beside(a, &wasm.Module{Bodies: make([]wasm.Body, 4)}, nil)
	q.Sampled(func() []int64 { return []int64{3, 2} })
	end := p.Begin(0)
	counter += 10
	inner := q.Begin(2)
	counter += 5
	q.Sample([]int64{3, 2})
	counter++
	inner()
	counter += 7
	p.Sample([]int64{1, 0})
	end()
	one := p.root.children[0].children[0]
	two := one.children[0]
	three := two.children[0]
	if one.function != 1 || one.count != 17 {
		t.Errorf("the caller: %+v", *one)
	}
	if two.function != 1<<32|2 || two.count != 0 || three.function != 1<<32|3 || three.count != 6 {
		t.Errorf("the called: %+v, %+v", *two, *three)
	}
	if names := p.names(); len(names) != 2 || names[1].Module != "module[1]" {
		t.Errorf("modules: %+v", names)
	}
}
