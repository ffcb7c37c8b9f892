package wasi

import "sync"

// vector is the list of buffers of one scattered read or gathered write, all of
// them views of the guest's memory.
type vector struct {
	bufs [][]byte
	sys  sysVector
}

var vectors = sync.Pool{New: func() any { return new(vector) }}

// free gives v back; it must not be used any more.
func (v *vector) free() {
	clear(v.bufs) // do not keep a guest's memory alive
	v.bufs = v.bufs[:0]
	vectors.Put(v)
}

// checkVector checks the array of n buffers at p as WasmEdge does, and returns it.
func checkVector(m memory, p ptr32, n size) ([]byte, Errno) {
	if n > maxIOVs {
		return nil, EINVAL
	}
	list, ok := m.Buffers(p, n)
	if !ok {
		return nil, EFAULT
	}
	return list, Success
}

// vectorOf is the buffers that the array iovs lists.
func vectorOf(m memory, iovs []byte) (*vector, Errno) {
	v := vectors.Get().(*vector)
	var ok bool
	if v.bufs, ok = m.AppendBuffers(v.bufs, iovs); !ok {
		v.free()
		return nil, EFAULT
	}
	return v, Success
}

// len is the number of bytes in v's buffers.
func (v *vector) len() int {
	n := 0
	for _, b := range v.bufs {
		n += len(b)
	}
	return n
}

// drop takes the first n bytes off v.
func (v *vector) drop(n int) {
	for i, b := range v.bufs {
		if n < len(b) {
			v.bufs[i] = b[n:]
			left := copy(v.bufs, v.bufs[i:])
			clear(v.bufs[left:])
			v.bufs = v.bufs[:left]
			return
		}
		n -= len(b)
	}
	clear(v.bufs)
	v.bufs = v.bufs[:0]
}

// copied is a copy of the first bytes of v, at most limit.
func (v *vector) copied(limit int) []byte {
	b := make([]byte, 0, min(limit, v.len()))
	for _, buf := range v.bufs {
		b = append(b, buf[:min(len(buf), limit-len(b))]...)
	}
	return b
}

// truncate shortens v to its first n bytes.
func (v *vector) truncate(n int) {
	for i, b := range v.bufs {
		if len(b) >= n {
			v.bufs[i] = b[:n]
			clear(v.bufs[i+1:])
			v.bufs = v.bufs[:i+1]
			return
		}
		n -= len(b)
	}
}
