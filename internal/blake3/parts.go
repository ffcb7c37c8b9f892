package blake3

import (
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// part is how much a core hashes at a time: a node of the tree of its own, and no more than is near to the core.
const part = most * chunk

// Sum256All is [Sum256], on all cores where b is large.
func Sum256All(b []byte) [Size]byte {
	sum, _ := inParts(int64(len(b)), func() func(at int64, n int) ([]byte, error) {
		return func(at int64, n int) ([]byte, error) { return b[at:][:n], nil }
	})
	return sum
}

// Sum256At is the hash of the first size bytes of r, which are read and hashed on all cores; an error if
// there are less.
func Sum256At(r io.ReaderAt, size int64) (sum [Size]byte, err error) {
	return inParts(size, func() func(at int64, n int) ([]byte, error) {
		b := make([]byte, min(size, part))
		return func(at int64, n int) ([]byte, error) {
			read, err := r.ReadAt(b[:n], at)
			if read == n {
				err = nil
			} else if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return b[:n], err
		}
	})
}

// inParts is the hash of size bytes, of which each core reads its parts by what reader makes.
func inParts(size int64, reader func() func(at int64, n int) ([]byte, error)) (sum [Size]byte, err error) {
	m := mode{key: initial}
	if size <= part {
		b, err := reader()(0, int(size))
		if err != nil {
			return sum, err
		}
		return m.sum(b), nil
	}
	values := make([]words, (size+part-1)/part)
	errs := make([]error, min(runtime.GOMAXPROCS(0), len(values)))
	var next atomic.Int64
	var group sync.WaitGroup
	work := func(w int) {
		read := reader()
		for errs[w] == nil {
			i := next.Add(1) - 1
			at := i * part
			if at >= size {
				return
			}
			var b []byte
			if b, errs[w] = read(at, int(min(part, size-at))); errs[w] == nil {
				values[i] = m.value(b, uint64(at/chunk))
			}
		}
	}
	for w := range errs[1:] {
		group.Go(func() { work(w + 1) })
	}
	work(0)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return sum, err
		}
	}
	for len(values) > 2 {
		values = m.above(values)
	}
	n := m.join(values[0], values[1])
	return n.root(), nil
}

// above are the chaining values of the nodes above those of values, in whose place they are.
func (m *mode) above(values []words) []words {
	up := values[:0]
	for i := 0; i < len(values); i += 2 {
		if i+1 == len(values) {
			up = append(up, values[i])
			break
		}
		n := m.join(values[i], values[i+1])
		up = append(up, n.chaining())
	}
	return up
}
