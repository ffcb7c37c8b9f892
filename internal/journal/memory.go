package journal

import (
	"io"
	"sync"
)

// What a [Memory] holds at most. A guest that has done more is not answered from it.
const (
	maxCalls = 1 << 12
	maxBytes = 1 << 18
)

// Memory holds the beginning of a run, as long as that is small. It may be read while it is
// written: readers see whole calls.
type Memory struct {
	mu    sync.Mutex
	b     []byte
	whole int // bytes that are of calls which have ended
	calls int
	lost  bool // there was too much
}

// NewMemory is a memory without calls.
func NewMemory() *Memory { return new(Memory) }

func (m *Memory) write(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lost || len(m.b)+len(b) > maxBytes {
		m.lost = true
		return
	}
	m.b = append(m.b, b...)
}

// end says that a call is written, and reports whether there is room for others.
func (m *Memory) end() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls++; m.calls >= maxCalls {
		m.lost = true
	}
	if !m.lost {
		m.whole = len(m.b)
	}
	return !m.lost
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
