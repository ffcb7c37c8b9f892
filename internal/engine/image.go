package engine

import (
	"bytes"
	"slices"
	"sync"
)

// imagePage is the unit of what an image has. A page of the system's is no larger: memories
// are in such pages.
const imagePage = 4096

// image is what a linear memory has at one time. It does not change, and any number of memories of
// the same contents have it in common, where the system can map it.
type image struct {
	size   uint64 // of the memory, in bytes
	runs   []run
	bytes  []byte  // of all runs, one behind the other
	backed backing // the same bytes as the system maps them; nothing where it does not

	images *images
	uses   int // images.mu is held
}

// run is a part of a memory that is not zero, in whole pages but for the end of the memory.
type run struct{ from, to uint64 }

const (
	// resident is up to how many bytes a memory stays where it is, and is copied as a whole: that takes
	// the system less time than the pages that it would have to supply anew.
	resident = 256 << 10
	// maxRuns bounds the mappings that a memory is parted into.
	maxRuns = 8
	// leastMapped is from how many bytes on an image is mapped: what is less is copied sooner.
	leastMapped = 2 * imagePage
)

// imageOf is the image of memory, and its bytes.
func imageOf(memory []byte) *image {
	i := &image{size: uint64(len(memory))}
	var zero [imagePage]byte
	for gap := uint64(imagePage); ; gap *= 4 {
		i.runs = i.runs[:0]
		for at := uint64(0); at < i.size; at += imagePage {
			end := min(at+imagePage, i.size)
			if bytes.Equal(memory[at:end], zero[:end-at]) {
				continue
			}
			if n := len(i.runs); n > 0 && at-i.runs[n-1].to < gap {
				i.runs[n-1].to = end
			} else {
				i.runs = append(i.runs, run{at, end})
			}
		}
		if len(i.runs) <= maxRuns {
			break
		}
	}
	return i
}

// length is how many bytes the runs have.
func (i *image) length() uint64 {
	n := uint64(0)
	for _, r := range i.runs {
		n += r.to - r.from
	}
	return n
}

// fill notes the contents of the runs of i in memory.
func (i *image) fill(memory []byte) {
	i.bytes = make([]byte, 0, i.length())
	for _, r := range i.runs {
		i.bytes = append(i.bytes, memory[r.from:r.to]...)
	}
	if i.size <= resident || len(i.bytes) < leastMapped {
		return
	}
	if i.backed = newBacking(i.bytes); i.backed.bytes != nil {
		i.bytes = i.backed.bytes
	}
}

// is reports whether memory is what i has.
func (i *image) is(like *image, memory []byte) bool {
	if i.size != like.size || len(i.runs) != len(like.runs) {
		return false
	}
	at := i.bytes
	for n, r := range i.runs {
		if r != like.runs[n] || !bytes.Equal(at[:r.to-r.from], memory[r.from:r.to]) {
			return false
		}
		at = at[r.to-r.from:]
	}
	return true
}

// mapTo maps the runs of i into memory. mapped says that some of it is, and whole that all
// is: the rest is to be copied.
func (i *image) mapTo(memory []byte) (mapped, whole bool) {
	if i.backed.bytes == nil {
		return false, len(i.bytes) == 0
	}
	at := uint64(0)
	for _, r := range i.runs {
		if !i.backed.mapTo(memory[r.from:r.to], at) {
			return mapped, false
		}
		mapped, at = true, at+r.to-r.from
	}
	return true, true
}

// copyTo makes i the contents of memory, which is zero or mapped beside what is copied, unless whole is set.
func (i *image) copyTo(memory []byte, whole bool) {
	at, end := i.bytes, uint64(0)
	for _, r := range i.runs {
		if whole {
			clear(memory[end:r.from])
		}
		at, end = at[copy(memory[r.from:r.to], at):], r.to
	}
	if whole {
		clear(memory[end:])
	}
}

// images are the images of a Runtime that are in use, by the code of the instances whose memories
// they are: instances of the same code begin alike.
type images struct {
	mu   sync.Mutex
	list map[string][]*image
}

// of is the image of memory, of an instance of the code label: one that is there, or a new
// one. Its owner calls [image.release].
func (s *images) of(label string, memory []byte) *image {
	like := imageOf(memory)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.list[label] {
		if i.is(like, memory) {
			i.uses++
			return i
		}
	}
	like.fill(memory)
	like.images, like.uses = s, 1
	if s.list == nil {
		s.list = map[string][]*image{}
	}
	s.list[label] = append(s.list[label], like)
	return like
}

// release says that one memory less is of i.
func (i *image) release() {
	s := i.images
	s.mu.Lock()
	defer s.mu.Unlock()
	if i.uses--; i.uses > 0 {
		return
	}
	for label, list := range s.list {
		if n := slices.Index(list, i); n >= 0 {
			s.list[label] = slices.Delete(list, n, n+1)
			if len(s.list[label]) == 0 {
				delete(s.list, label)
			}
		}
	}
	i.backed.close()
}
