package cache

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
)

// changes are what somebody may do to an entry's file while it is in use.
var changes = map[string]func(path string) error{
	"cut off": func(path string) error { return os.Truncate(path, 5000) },
	"emptied": func(path string) error { return os.Truncate(path, 0) },
	"overwritten": func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(make([]byte, info.Size()))
		return errors.Join(err, f.Close())
	},
}

// inUseEntry is the entry of c, in a store of its own, and its file.
func inUseEntry(t *testing.T, c *Contents) (*Entry, string) {
	t.Helper()
	s, _ := newStore(t, 0)
	put(t, s, c)
	e, err := s.Get(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, s.path(c.Key)
}

// openCode is an entry that is in use, with what it was made of, its file and its code
// being read.
func openCode(t *testing.T) (c *Contents, e *Entry, path string, r io.Reader) {
	t.Helper()
	c = sample("module", 0)
	c.Code.Body, c.Image[0].Bytes = noise(5*chunkSize), noise(chunkSize)
	e, path = inUseEntry(t, c)
	r, err := e.Code()
	if err != nil {
		t.Fatal(err)
	}
	return c, e, path, r
}

// TestChangesAfterReadingDoNotMatter changes the file behind code and memory that have
// been read: both stay what they were.
func TestChangesAfterReadingDoNotMatter(t *testing.T) {
	for name, change := range changes {
		c, e, path, r := openCode(t)
		code := make([]byte, len(c.Code.Before)+len(c.Code.Body))
		if _, err := io.ReadFull(r, code[:len(c.Code.Before)]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, code[len(c.Code.Before):]); err != nil {
			t.Fatal(err)
		}
		m, err := e.Image()
		if err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		memory := make([]byte, 2<<20)
		if !m.Place(memory, false) || !bytes.Equal(memory[:len(c.Image[0].Bytes)], c.Image[0].Bytes) {
			t.Errorf("%s: the memory has changed", name)
		}
		m.Close()
		if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(code[len(c.Code.Before):], c.Code.Body) || !bytes.Equal(rest, c.Code.After) {
			t.Errorf("%s: the code has changed, %v", name, err)
		}
	}
}

// TestChangesBeforeReadingAreErrors changes the file of an entry that has been opened:
// reading it is an error, and no more than that.
func TestChangesBeforeReadingAreErrors(t *testing.T) {
	for name, change := range changes {
		c, e, path, r := openCode(t)
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, len(c.Code.Before))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, len(c.Code.Body))); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: code: %v, want ErrCorrupt", name, err)
		}
		if m, err := e.Image(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: memory: %v, %v, want ErrCorrupt", name, m, err)
		}
		if _, err := e.Skeleton(); !errors.Is(err, ErrCorrupt) && name != "cut off" { // it is in what is left
			t.Errorf("%s: skeleton: %v, want ErrCorrupt", name, err)
		}
	}
}
