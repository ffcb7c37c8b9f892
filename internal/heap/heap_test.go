package heap

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// flat is a memory for tests, with a most number of pages.
type flat struct {
	b    []byte
	most int
}

func (m *flat) Bytes() []byte { return m.b }

func (m *flat) Grow(pages uint32) bool {
	if len(m.b)/wasmPage+int(pages) > m.most {
		return false
	}
	m.b = append(m.b, make([]byte, int(pages)*wasmPage)...)
	return true
}

// model is a heap whose roots are a list: the program that uses it.
type model struct {
	*Heap
	t     testing.TB
	mem   *flat
	roots []uint32
	node  uint32 // descriptor of a structure of two references and a number
	refs  uint32 // descriptor of an array of references
	bytes uint32 // descriptor of an array of bytes
}

// Places in a node.
const (
	left   = 4
	right  = 8
	number = 16
)

func newModel(t testing.TB, c Config) *model {
	t.Helper()
	m := &model{t: t, mem: &flat{b: make([]byte, MinPages*wasmPage), most: 1 << 16}}
	var err error
	m.Heap, err = New(m.mem, Guest{
		Stack:   func() uint32 { return ShadowStack },
		Pending: func() uint32 { return 0 },
	}, c)
	if err != nil {
		t.Fatal(err)
	}
	anyref := wasm.FieldType{Type: wasm.AnyRef}
	types := wasm.NewTypeStore().Space(&wasm.Module{
		Types: []wasm.SubType{
			{Kind: wasm.CompStruct, Fields: []wasm.FieldType{anyref, anyref, {Type: wasm.I64}}},
			{Kind: wasm.CompArray, Fields: []wasm.FieldType{anyref}},
			{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Type: wasm.I8}}},
		},
		RecGroups: []wasm.RecGroup{{Start: 0, Len: 1}, {Start: 1, Len: 1}, {Start: 2, Len: 1}},
	})
	at, err := m.Attach(Attachment{Types: types, Roots: []func() uint32{func() uint32 { return m.roots[0] }}})
	if err != nil {
		t.Fatal(err)
	}
	m.Heap.roots = nil // replaced by markers for each of model.roots below
	m.node, m.refs, m.bytes = m.word(at), m.word(at+4), m.word(at+8)
	return m
}

// root makes another root and returns its number.
func (m *model) root() int {
	n := len(m.roots)
	m.roots = append(m.roots, 0)
	m.Heap.roots = append(m.Heap.roots, func() uint32 { return m.roots[n] })
	return n
}

// alloc is what compiled code does.
func (m *model) alloc(n uint32) (uint32, error) {
	class, ok := ClassOf(n)
	if !ok {
		return m.Large(n)
	}
	list := FreeLists + 4*class
	if at := m.word(list); at != 0 {
		m.put(list, m.word(at))
		return at, nil
	}
	return m.Refill(class)
}

func (m *model) mustAlloc(n uint32) uint32 {
	m.t.Helper()
	at, err := m.alloc(n)
	if err != nil {
		m.t.Fatal(err)
	}
	return at
}

// newNode makes a node; l and r must be reachable from roots.
func (m *model) newNode(l, r uint32, n uint64) uint32 {
	m.t.Helper()
	at := m.mustAlloc(24)
	m.put(at, m.node)
	m.put(at+left, l)
	m.put(at+right, r)
	binary.LittleEndian.PutUint64(m.mem.b[at+number:], n)
	return at
}

func (m *model) number(at uint32) uint64 { return binary.LittleEndian.Uint64(m.mem.b[at+number:]) }

// newArray makes an array of n elements of zero.
func (m *model) newArray(desc, n, log uint32) uint32 {
	m.t.Helper()
	at := m.mustAlloc(ArrayData + n<<log)
	m.put(at, desc)
	m.put(at+ArrayLength, n)
	clear(m.mem.b[at+ArrayData : at+ArrayData+n<<log])
	return at
}

func TestLayout(t *testing.T) {
	field := func(types ...wasm.ValType) *wasm.SubType {
		s := &wasm.SubType{Kind: wasm.CompStruct}
		for _, typ := range types {
			s.Fields = append(s.Fields, wasm.FieldType{Type: typ})
		}
		return s
	}
	for _, tc := range []struct {
		name    string
		typ     *wasm.SubType
		size    uint32
		offsets []uint32
		refs    []uint32
	}{
		{"empty", field(), 8, nil, nil},
		{"one number", field(wasm.I32), 8, []uint32{4}, nil},
		{"packed", field(wasm.I8, wasm.I16, wasm.I8), 16, []uint32{4, 6, 8}, nil},
		{"wide", field(wasm.I8, wasm.F64), 16, []uint32{4, 8}, nil},
		{"vector", field(wasm.V128), 24, []uint32{8}, nil},
		{"references", field(wasm.AnyRef, wasm.I64, wasm.Ref(0)), 24, []uint32{4, 8, 16}, []uint32{4, 16}},
	} {
		l := LayoutOf(tc.typ)
		if l.Size != tc.size || !equal(l.Offsets, tc.offsets) || !equal(l.Refs, tc.refs) {
			t.Errorf("%s: %+v, want size %d, offsets %d, references %d", tc.name, l, tc.size, tc.offsets, tc.refs)
		}
	}
	if l := LayoutOf(&wasm.SubType{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Type: wasm.V128}}}); l.ElemLog != 4 || l.ElemRef {
		t.Errorf("array of vectors: %+v", l)
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// TestClasses wants every size to have the smallest class that holds it, in the
// table that compiled code reads too.
func TestClasses(t *testing.T) {
	m := newModel(t, Config{})
	for n := uint32(1); n <= classSizes[len(classSizes)-1]; n++ {
		c, ok := ClassOf(n)
		if !ok || classSizes[c] < n || c > 0 && classSizes[c-1] >= n {
			t.Fatalf("class of %d bytes: %d, %v", n, c, ok)
		}
		if n > MaxListed {
			continue
		}
		if listed := uint32(m.mem.b[Classes+(n+7)/8]); listed != c {
			t.Fatalf("the table has class %d for %d bytes, want %d", listed, n, c)
		}
	}
	if _, ok := ClassOf(classSizes[len(classSizes)-1] + 1); ok {
		t.Error("an object larger than every class has one")
	}
	for i, size := range classSizes {
		if size%8 != 0 || i > 0 && size <= classSizes[i-1] {
			t.Errorf("class %d of %d bytes", i, size)
		}
	}
}

// TestCollectKeepsTheReachable wants a collection to free all but what roots lead
// to, through structures and arrays, cycles and numbers that are no addresses.
func TestCollectKeepsTheReachable(t *testing.T) {
	m := newModel(t, Config{})
	a, b := m.root(), m.root()
	m.roots[a] = m.newNode(7, 0, 1) // 7 is an i31
	m.put(m.roots[a]+right, m.roots[a])
	m.roots[b] = m.newArray(m.refs, 3000, 2)
	inner := m.newNode(m.roots[a], 5000, 2) // 5000 could be a function
	m.put(m.roots[b]+ArrayData+4*2999, inner)
	blob := m.newArray(m.bytes, 1<<20, 0)
	m.put(m.roots[b]+ArrayData, blob)
	for range 100 {
		m.newNode(0, 0, 3)
	}
	m.Collect()
	want := uint64(2*24) + 2*page + (1<<20 + page) // large objects have whole pages
	if m.Stats.Live != want {
		t.Errorf("%d bytes alive, want %d", m.Stats.Live, want)
	}
	m.roots[b] = 0
	m.Collect()
	if m.Stats.Live != 24 {
		t.Errorf("%d bytes alive, want 24", m.Stats.Live)
	}
	m.roots[a] = 0
	m.Collect()
	if m.Stats.Live != 0 || m.inUse() != 0 || len(m.spans) != 0 {
		t.Errorf("%d bytes alive, %d in use, %d spans, want none", m.Stats.Live, m.inUse(), len(m.spans))
	}
	if len(m.free) != 1 || m.free[0].n != uint32(len(m.pages)) {
		t.Errorf("free pages %v, want one run of %d", m.free, len(m.pages))
	}
}

// TestPagesAreUsedAgain wants neighbouring free pages joined, so that a large
// object finds room where small ones were.
func TestPagesAreUsedAgain(t *testing.T) {
	m := newModel(t, Config{Limit: 1 << 20})
	keep := m.root()
	for round := range 20 {
		for range 15 * spanSize / 24 {
			m.newNode(0, 0, 0)
		}
		m.roots[keep] = m.newArray(m.bytes, 1<<20-page-ArrayData, 0)
		m.roots[keep] = 0
		if round%2 == 0 {
			m.Collect()
		}
	}
	if size := len(m.mem.b) - base; size > 2<<20 {
		t.Errorf("%d bytes of memory for a limit of 1 MiB", size)
	}
}

// TestFragmentation leaves one live cell in every span, then wants the other cells
// handed out before new spans.
func TestFragmentation(t *testing.T) {
	m := newModel(t, Config{})
	const spans = 64
	perSpan := spanSize / 24
	list := m.root()
	for i := range spans * perSpan {
		n := m.newNode(0, 0, uint64(i))
		if i%perSpan == perSpan/2 {
			m.put(n+left, m.roots[list])
			m.roots[list] = n
		}
	}
	m.Collect()
	before := m.inUse()
	for range spans * (perSpan - 2) {
		m.newNode(0, 0, 1<<40)
	}
	if got := m.inUse(); got > before+spanSize {
		t.Errorf("%d bytes in use after filling the gaps, %d before", got, before)
	}
	seen := 0
	for n := m.roots[list]; n != 0; n = m.word(n + left) {
		if m.number(n)%uint64(perSpan) != uint64(perSpan/2) {
			t.Fatalf("a node that was alive now has the number %d", m.number(n))
		}
		seen++
	}
	if seen != spans {
		t.Errorf("%d nodes alive, want %d", seen, spans)
	}
}

// TestLimit wants a heap never to have more than its limit, to fail with a text
// that says so, and to go on when there is room again.
func TestLimit(t *testing.T) {
	const limit = 256 << 10
	m := newModel(t, Config{Limit: limit})
	list := m.root()
	var err error
	for n := 0; err == nil; n++ {
		if n > limit/24 {
			t.Fatal("more alive than the limit allows")
		}
		var at uint32
		if at, err = m.alloc(24); err == nil {
			m.put(at, m.node)
			m.put(at+left, m.roots[list])
			m.put(at+right, 0)
			m.roots[list] = at
		}
	}
	if !strings.Contains(err.Error(), "heap limit of 262144 bytes") {
		t.Errorf("out of heap: %v", err)
	}
	if _, err := m.Large(limit + 1); err == nil {
		t.Error("an object larger than the limit")
	}
	if _, err := m.Large(1<<32 - 1); err == nil {
		t.Error("an object of 4 GiB")
	}
	m.roots[list] = 0
	for range 10 * limit / 24 {
		m.newNode(0, 0, 0)
	}
	if m.Stats.Peak > limit {
		t.Errorf("a peak of %d bytes, limit %d", m.Stats.Peak, limit)
	}
}

// TestMemoryThatCannotGrow is a limit of the memory's.
func TestMemoryThatCannotGrow(t *testing.T) {
	m := newModel(t, Config{})
	m.mem.most = MinPages + 4
	keep := m.root()
	m.roots[keep] = m.newArray(m.bytes, 3*wasmPage, 0)
	if _, err := m.Large(2 * wasmPage); err == nil || !strings.Contains(err.Error(), "out of heap") {
		t.Errorf("two pages beside three of four: %v", err)
	}
	m.roots[keep] = 0
	if _, err := m.Large(4 * wasmPage); err != nil {
		t.Errorf("four pages of four: %v", err)
	}
}

// TestTooManyTypes fills the region of descriptors.
func TestTooManyTypes(t *testing.T) {
	m := newModel(t, Config{})
	var err error
	for n := 0; err == nil && n < descriptorsEnd; n++ {
		_, err = m.descriptor(typeInfo{kind: Struct}, 1000)
	}
	if err != ErrTooManyTypes {
		t.Errorf("error %v", err)
	}
	if _, err := m.Attach(Attachment{Types: wasm.NewTypeStore().Space(&wasm.Module{}), Funcs: make([]uint32, 1), Base: MaxFuncs}); err != ErrTooManyFuncs {
		t.Errorf("error %v", err)
	}
}

// shadow is what a test knows of a node beside the heap.
type shadow struct {
	at          uint32
	left, right *shadow
	number      uint64
}

// TestRandomPrograms does what programs do, at random, and compares the heap with
// a model of it all along.
func TestRandomPrograms(t *testing.T) {
	for _, c := range []Config{{}, {Limit: 512 << 10}, {Limit: 512 << 10, Stress: true}} {
		rng := rand.New(rand.NewPCG(1, 2))
		m := newModel(t, c)
		const slots = 40
		var kept [slots]*shadow
		for range slots {
			m.root()
		}
		steps := 60000
		if c.Stress || testing.Short() {
			steps = 3000
		}
		for step := range steps {
			i, j, k := rng.IntN(slots), rng.IntN(slots), rng.IntN(slots)
			switch rng.IntN(8) {
			case 0, 1, 2:
				n := rng.Uint64()
				s := &shadow{left: kept[j], right: kept[k], number: n}
				s.at = m.newNode(m.roots[j], m.roots[k], n)
				kept[i], m.roots[i] = s, s.at
			case 3:
				if kept[i] != nil {
					kept[i].left = kept[j]
					m.put(kept[i].at+left, m.roots[j])
				}
			case 4:
				kept[i], m.roots[i] = nil, 0
			case 5:
				m.newArray(m.bytes, uint32(rng.IntN(5000)), 0)
			case 6:
				if kept[i] != nil {
					kept[j] = kept[i].right
					if m.roots[j] = m.word(m.roots[i] + right); kept[j] == nil != (m.roots[j] == 0) {
						t.Fatalf("step %d: a reference became another", step)
					}
				}
			case 7:
				if rng.IntN(100) == 0 {
					m.Collect()
				}
			}
			if rng.IntN(50) == 0 {
				m.compare(step, kept[i], map[*shadow]bool{})
			}
			// What is alive is kept small: cut everything below a few nodes.
			if step%100 == 0 {
				for i := range kept {
					if kept[i] != nil {
						kept[i].left, kept[i].right = nil, nil
						m.put(kept[i].at+left, 0)
						m.put(kept[i].at+right, 0)
					}
				}
			}
		}
		if m.Stats.Collections == 0 && c.Limit > 0 {
			t.Error("nothing was collected")
		}
	}
}

// compare wants the heap to have what s says, and all below.
func (m *model) compare(step int, s *shadow, seen map[*shadow]bool) {
	m.t.Helper()
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if m.word(s.at) != m.node || m.number(s.at) != s.number {
		m.t.Fatalf("step %d: the node at %#x is no more what it was", step, s.at)
	}
	for _, child := range []struct {
		place uint32
		s     *shadow
	}{{left, s.left}, {right, s.right}} {
		want := uint32(0)
		if child.s != nil {
			want = child.s.at
		}
		if got := m.word(s.at + child.place); got != want {
			m.t.Fatalf("step %d: reference to %#x, want %#x", step, got, want)
		}
		m.compare(step, child.s, seen)
	}
}
