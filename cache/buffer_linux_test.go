package cache

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"
)

// TestImageIsMoved places an image in memory that was mapped for a guest: the pages are
// moved there, what is around them stays, and the guest may write to them and grow.
func TestImageIsMoved(t *testing.T) {
	c := sample("module", 1)
	c.Image = []Run{{8192, bytes.Repeat([]byte{1, 2, 3, 4}, 256<<8)}, {1 << 20, []byte("short")}}
	e, _ := inUseEntry(t, c)
	memory, err := unix.Mmap(-1, 0, 2<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	memory[8191], memory[8192+len(c.Image[0].Bytes)] = 7, 8
	m, err := e.Image()
	if err != nil {
		t.Fatal(err)
	}
	if !m.Place(memory, true) {
		t.Fatal("no room")
	}
	if m.runs[0].mapped {
		t.Error("a large run is copied, not moved")
	}
	m.Close()
	for _, r := range c.Image {
		if !bytes.Equal(memory[r.At:][:len(r.Bytes)], r.Bytes) {
			t.Errorf("run at %d differs", r.At)
		}
	}
	if memory[8191] != 7 || memory[8192+len(c.Image[0].Bytes)] != 8 {
		t.Error("what is around the image has changed")
	}
	for i := range memory {
		memory[i] = 1
	}
	if err := e.Verify(); err != nil {
		t.Errorf("after writing to the memory: %v", err)
	}
}
