package cache

import (
	"bytes"
	"io"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCodeIsMapped reads code into memory that was mapped for it, and finds it
// there read-only, with what is behind it untouched.
func TestCodeIsMapped(t *testing.T) {
	s, _ := newStore(t, 0)
	c := sample("module", 3*chunkSize+7)
	for i := range c.Code.Body {
		c.Code.Body[i] = byte(i * 7)
	}
	put(t, s, c)
	e, err := s.Get(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := e.Code(true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, len(c.Code.Before))); err != nil {
		t.Fatal(err)
	}
	memory, err := unix.Mmap(-1, 0, len(c.Code.Body), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	if _, err := io.ReadFull(r, memory); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(memory, c.Code.Body) {
		t.Error("the code that is mapped differs")
	}
	rest, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(rest, c.Code.After) {
		t.Errorf("behind the code: %q, %v; want %q", rest, err, c.Code.After)
	}
}

// TestImageIsMapped lets a guest write to memory that is mapped: the entry stays as
// it was.
func TestImageIsMapped(t *testing.T) {
	s, _ := newStore(t, 0)
	c := sample("module", 1)
	c.Image[0].Bytes = c.Image[0].Bytes[:15*pageSize]
	put(t, s, c)
	memory, err := unix.Mmap(-1, 0, 2<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	e, err := s.Get(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m, err := e.Image()
	if err != nil {
		t.Fatal(err)
	}
	if !m.Place(memory, true) {
		t.Fatal("no room")
	}
	m.Close()
	for _, r := range c.Image {
		if !bytes.Equal(memory[r.At:][:len(r.Bytes)], r.Bytes) {
			t.Errorf("run at %d differs", r.At)
		}
	}
	for i := range memory {
		memory[i] = 1
	}
	if err := e.Verify(); err != nil {
		t.Errorf("after writing to the memory: %v", err)
	}
}
