package journal

import (
	"io"
	"sync"
)

// Bounds are how much of a run is held.
type Bounds struct {
	Calls, Bytes int
}

// memoryBounds are what a [Memory] holds at most. A guest that has done more is not answered
// from it.
var memoryBounds = Bounds{Calls: 1 << 12, Bytes: 1 << 18}

// Memory holds the beginning of a run, as long as that is small. It may be read while it is
// written: readers see whole calls.
type Memory struct {
	mu    sync.Mutex
	b     []byte
	whole int // bytes that are of calls which have ended
	calls int
	held  bool // there is no bound
	lost  bool // there was too much
}

// NewMemory is a memory without calls.
func NewMemory() *Memory { return new(Memory) }

func (m *Memory) write(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lost || !m.held && len(m.b)+len(b) > memoryBounds.Bytes {
		m.lost = true
		return
	}
	m.b = append(m.b, b...)
}

// end says that a call is written, and reports whether there is room for others.
func (m *Memory) end() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls++; !m.held && m.calls >= memoryBounds.Calls {
		m.lost = true
	}
	if !m.lost {
		m.whole = len(m.b)
	}
	return !m.lost
}

// Hold has m, which is empty, hold everything until [Memory.Release]: for who looks at
// [Memory.Exceeds] and has the guest wait.
func (m *Memory) Hold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = true
}

// Release has the bounds be in force again. What is beyond them is lost, and so is all that
// comes before it.
func (m *Memory) Release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = false
	if len(m.b) > memoryBounds.Bytes || m.calls >= memoryBounds.Calls {
		m.lost, m.b, m.whole = true, nil, 0
	}
}

// Calls is how many calls m has been told.
func (m *Memory) Calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

// Exceeds reports whether m holds more than b.
func (m *Memory) Exceeds(b Bounds) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls > b.Calls || len(m.b) > b.Bytes
}

// Open implements [Journal].
func (m *Memory) Open() (io.Reader, error) { return &memoryReader{memory: m}, nil }

// memoryReader reads what there is by now.
type memoryReader struct {
	memory *Memory
	at     int
}

// Read implements [io.Reader].
func (r *memoryReader) Read(b []byte) (int, error) {
	r.memory.mu.Lock()
	have := r.memory.b[r.at:r.memory.whole]
	r.memory.mu.Unlock()
	n := copy(b, have)
	r.at += n
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, nil
}
