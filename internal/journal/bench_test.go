package journal

import (
	"io"
	"testing"
)

// BenchmarkSmallWrite is what it takes to record a call like fd_write of 16 bytes.
func BenchmarkSmallWrite(b *testing.B) {
	r := NewRecord(io.Discard, &Header{}, func() ([]byte, error) { return nil, nil })
	w := NewWriter(nil, r)
	f := &Function{Module: "m", Name: "fd_write", Params: []byte{typeI32, typeI32, typeI32, typeI32}, Results: []byte{typeI32}}
	n := w.Function(f)
	memory := make([]byte, 64<<10)
	args, results := []uint64{1, 70000, 1, 70016}, []uint64{0}
	for b.Loop() {
		w.Begin(n, args)
		w.Use(Read, 70000, memory[:8], false)
		w.Use(Written, 70016, memory[16:20], false)
		w.Use(Read, 80000, memory[32:48], true)
		w.Moved(16, 1)
		w.End(results, nil)
	}
	if err := r.Close(nil); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRead is the same for a read of 64 KiB.
func BenchmarkRead(b *testing.B) {
	r := NewRecord(io.Discard, &Header{}, func() ([]byte, error) { return nil, nil })
	w := NewWriter(nil, r)
	f := &Function{Module: "m", Name: "fd_read", Params: []byte{typeI32, typeI32, typeI32, typeI32}, Results: []byte{typeI32}}
	n := w.Function(f)
	memory := make([]byte, 64<<10)
	args, results := []uint64{1, 70000, 1, 70016}, []uint64{0}
	b.SetBytes(int64(len(memory)))
	for b.Loop() {
		w.Begin(n, args)
		w.Use(Read, 70000, memory[:8], false)
		w.Use(Written, 70016, memory[16:20], false)
		w.Use(Written, 80000, memory, true)
		w.Moved(len(memory), 0)
		w.End(results, nil)
	}
	if err := r.Close(nil); err != nil {
		b.Fatal(err)
	}
}
