package hostfs

import "sync"

// Vector is the list of buffers of one scattered read or gathered write, to be
// had from [NewVector].
type Vector struct {
	Bufs [][]byte
	sys  sysVector
}

var vectors = sync.Pool{New: func() any { return new(Vector) }}

// NewVector is a list of no buffers, to be freed.
func NewVector() *Vector { return vectors.Get().(*Vector) }

// Free gives v back; it must not be used any more.
func (v *Vector) Free() {
	clear(v.Bufs) // do not keep the caller's memory alive
	v.Bufs = v.Bufs[:0]
	vectors.Put(v)
}

// Len is the number of bytes in v's buffers.
func (v *Vector) Len() int {
	n := 0
	for _, b := range v.Bufs {
		n += len(b)
	}
	return n
}

// Drop takes the first n bytes off v.
func (v *Vector) Drop(n int) {
	for i, b := range v.Bufs {
		if n < len(b) {
			v.Bufs[i] = b[n:]
			left := copy(v.Bufs, v.Bufs[i:])
			clear(v.Bufs[left:])
			v.Bufs = v.Bufs[:left]
			return
		}
		n -= len(b)
	}
	clear(v.Bufs)
	v.Bufs = v.Bufs[:0]
}

// Copied is a copy of the first bytes of v, at most limit.
func (v *Vector) Copied(limit int) []byte {
	b := make([]byte, 0, min(limit, v.Len()))
	for _, buf := range v.Bufs {
		b = append(b, buf[:min(len(buf), limit-len(b))]...)
	}
	return b
}

// Fill copies b to the buffers of v, as much as they hold.
func (v *Vector) Fill(b []byte) {
	for _, buf := range v.Bufs {
		b = b[copy(buf, b):]
	}
}

// Truncate shortens v to its first n bytes.
func (v *Vector) Truncate(n int) {
	for i, b := range v.Bufs {
		if len(b) >= n {
			v.Bufs[i] = b[:n]
			clear(v.Bufs[i+1:])
			v.Bufs = v.Bufs[:i+1]
			return
		}
		n -= len(b)
	}
}

// each moves v's buffers with f until one is not filled or emptied. An error
// counts only if nothing was moved before it.
func (v *Vector) each(f func(b []byte, done int) (int, error)) (int, error) {
	done := 0
	for _, b := range v.Bufs {
		if len(b) == 0 {
			continue
		}
		n, err := f(b, done)
		if err != nil && done == 0 {
			return max(n, 0), err
		}
		done += max(n, 0)
		if err != nil || n < len(b) {
			break
		}
	}
	return done, nil
}

// first moves the first of v's buffers that holds anything.
func (v *Vector) first(f func(b []byte) (int, error)) (int, error) {
	for _, b := range v.Bufs {
		if len(b) > 0 {
			return f(b)
		}
	}
	return 0, nil
}
