package zlib

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// stream is a [*deflater], an [*inflater] or a [backStream].
type stream interface {
	memory() uint64 // that it takes on the host
	end()
}

// The layout of a z_stream in the memory of a guest.
const (
	zNextIn   = 0
	zAvailIn  = 4
	zTotalIn  = 8
	zNextOut  = 12
	zAvailOut = 16
	zTotalOut = 20
	zDataType = 44
	zAdler    = 48
	zSize     = 56
)

// transfer is what a call of a stream works with: what is left of the input and of the room
// for output, and what the guest is told.
type transfer struct {
	in, out           []byte
	totalIn, totalOut uint32
	adler             uint32
	dataType          int32
	interrupted       func() bool
}

// consume takes n bytes of the input away.
func (t *transfer) consume(n int) {
	t.in = t.in[n:]
	t.totalIn += uint32(n)
}

// produced says that n bytes of the room are full.
func (t *transfer) produced(n int) {
	t.out = t.out[n:]
	t.totalOut += uint32(n)
}

// piece is how much is done at a time.
const piece = 64 << 10

// run calls f with the z_stream at p, and with the stream that belongs to it, and tells the
// guest what has become of the z_stream.
func (c call) run(p uint32, f func(*transfer, stream) int32) (int32, error) {
	if !c.Host.has(p) {
		if _, err := c.zstream(p); err != nil {
			return 0, err
		}
		return 0, c.fail("[" + c.label() + "-SyncRun] Invalid ZStreamPtr received.")
	}
	return c.sync(p, func(t *transfer) int32 { return f(t, c.streams[p]) })
}

func (h *Host) has(p uint32) bool { return h.streams[p] != nil }

// zstream is the z_stream at p.
func (c call) zstream(p uint32) ([]byte, error) {
	if !c.memory.Exists() {
		return nil, c.fail("Memory instance not found.")
	}
	z, ok := c.memory.Bytes(abi.Ptr(p), zSize)
	if !ok {
		return nil, c.fail("[" + c.label() + "-SyncRun] Out-of-bounds ZStreamPtr received.")
	}
	return z, nil
}

// sync calls f with the z_stream at p, whether a stream belongs to it or not.
func (c call) sync(p uint32, f func(*transfer) int32) (int32, error) {
	z, err := c.zstream(p)
	if err != nil {
		return 0, err
	}
	nextIn, availIn := abi.Get32(z[zNextIn:]), abi.Get32(z[zAvailIn:])
	nextOut, availOut := abi.Get32(z[zNextOut:]), abi.Get32(z[zAvailOut:])
	in, ok := c.memory.Bytes(abi.Ptr(nextIn), abi.Size(availIn))
	if !ok {
		return 0, c.fail("[" + c.label() + "-SyncRun] Out-of-bounds input buffer.")
	}
	out, ok := c.memory.Bytes(abi.Ptr(nextOut), abi.Size(availOut))
	if !ok {
		return 0, c.fail("[" + c.label() + "-SyncRun] Out-of-bounds output buffer.")
	}
	if err := c.checkHeader(p); err != nil {
		return 0, err
	}
	t := transfer{
		in: in, out: out, totalIn: abi.Get32(z[zTotalIn:]), totalOut: abi.Get32(z[zTotalOut:]),
		adler: abi.Get32(z[zAdler:]), dataType: int32(abi.Get32(z[zDataType:])), interrupted: c.config.Guest.Interrupted,
	}
	result := f(&t)
	abi.Put32(z[zNextIn:], nextIn+uint32(len(in)-len(t.in)))
	abi.Put32(z[zAvailIn:], uint32(len(t.in)))
	abi.Put32(z[zTotalIn:], t.totalIn)
	abi.Put32(z[zNextOut:], nextOut+uint32(len(out)-len(t.out)))
	abi.Put32(z[zAvailOut:], uint32(len(t.out)))
	abi.Put32(z[zTotalOut:], t.totalOut)
	abi.Put32(z[zDataType:], uint32(t.dataType))
	abi.Put32(z[zAdler:], t.adler)
	c.tellHeader(p)
	return result, nil
}

// open puts the stream that begin makes at p, in the place of what was there. Its result is a
// code of zlib's.
func (c call) open(p uint32, begin func(*transfer) (stream, int32)) (int32, error) {
	return c.sync(p, func(t *transfer) int32 {
		s, code := begin(t)
		if code != success {
			return code
		}
		c.drop(p)
		if !c.take(s.memory()) {
			s.end()
			return memError
		}
		c.streams[p] = s
		return success
	})
}

// drop ends the stream at p, if there is one.
func (h *Host) drop(p uint32) {
	if s := h.streams[p]; s != nil {
		h.taken -= s.memory()
		s.end()
		delete(h.streams, p)
		delete(h.headers, p)
	}
}

// onDeflater is run for a stream that compresses; another one is an error.
func (c call) onDeflater(f func(*transfer, *deflater) int32) (int32, error) {
	return c.run(c.word(0), func(t *transfer, s stream) int32 {
		if d, is := s.(*deflater); is {
			return f(t, d)
		}
		return streamError
	})
}

// onInflater is run for a stream that decompresses; another one is an error.
func (c call) onInflater(f func(*transfer, *inflater) int32) (int32, error) {
	return c.run(c.word(0), func(t *transfer, s stream) int32 {
		if i, is := s.(*inflater); is {
			return f(t, i)
		}
		return streamError
	})
}

// isVersion reports whether the guest has been compiled for a zlib of our kind: by the text at
// p, and by the size of its z_stream.
func (c call) isVersion(p abi.Ptr, size int32) bool {
	b, in := c.memory.Bytes(p, 1)
	return in && b[0] == '1' && size == zSize
}

// streamRows are the functions of streams.
func streamRows() []row {
	return []row{
		{"deflateInit", "strm level", func(c call) (int32, error) {
			return c.openDeflater(c.number(1), methodDeflate, 15, 8, 0)
		}},
		{"deflateInit2", "strm level method window_bits mem_level strategy", func(c call) (int32, error) {
			return c.openDeflater(c.number(1), c.number(2), c.number(3), c.number(4), c.number(5))
		}},
		{"deflateInit_", "strm level version stream_size", func(c call) (int32, error) {
			if !c.isVersion(c.ptr(2), c.number(3)) {
				return versionError, nil
			}
			return c.openDeflater(c.number(1), methodDeflate, 15, 8, 0)
		}},
		{"deflateInit2_", "strm level method window_bits mem_level strategy version stream_size", func(c call) (int32, error) {
			if !c.isVersion(c.ptr(6), c.number(7)) {
				return versionError, nil
			}
			return c.openDeflater(c.number(1), c.number(2), c.number(3), c.number(4), c.number(5))
		}},
		{"deflate", "strm flush", func(c call) (int32, error) {
			return c.onDeflater(func(t *transfer, d *deflater) int32 { return d.deflate(t, c.number(1)) })
		}},
		{"deflateEnd", "strm", func(c call) (int32, error) {
			code, err := c.onDeflater(func(_ *transfer, d *deflater) int32 {
				if d.begun && !d.finished {
					return dataError
				}
				return success
			})
			if err == nil && code != streamError {
				c.drop(c.word(0))
			}
			return code, err
		}},
		{"deflateReset", "strm", func(c call) (int32, error) {
			return c.onDeflater(func(t *transfer, d *deflater) int32 { return d.reset(t) })
		}},
		{"deflateResetKeep", "strm", func(c call) (int32, error) {
			return c.onDeflater(func(t *transfer, d *deflater) int32 { return d.reset(t) })
		}},
		{"deflateParams", "strm level strategy", func(c call) (int32, error) {
			return c.onDeflater(func(t *transfer, d *deflater) int32 { return d.params(t, c.number(1), c.number(2)) })
		}},
		{"deflateSetDictionary", "strm dictionary length", func(c call) (int32, error) {
			b, err := c.bytes(c.ptr(1), c.size(2))
			if err != nil {
				return 0, err
			}
			return c.onDeflater(func(t *transfer, d *deflater) int32 { return d.setDictionary(t, b) })
		}},
		{"deflateGetDictionary", "strm dictionary length", func(c call) (int32, error) {
			return c.getDictionary(func(s stream) (*window, bool) {
				d, is := s.(*deflater)
				if !is {
					return nil, false
				}
				return &d.window, true
			})
		}},
		{"deflateCopy", "dest source", (call).copyStream},
		{"inflateInit", "strm", func(c call) (int32, error) { return c.openInflater(15) }},
		{"inflateInit2", "strm window_bits", func(c call) (int32, error) { return c.openInflater(c.number(1)) }},
		{"inflateInit_", "strm version stream_size", func(c call) (int32, error) {
			if !c.isVersion(c.ptr(1), c.number(2)) {
				return versionError, nil
			}
			return c.openInflater(15)
		}},
		{"inflateInit2_", "strm window_bits version stream_size", func(c call) (int32, error) {
			if !c.isVersion(c.ptr(2), c.number(3)) {
				return versionError, nil
			}
			return c.openInflater(c.number(1))
		}},
		{"inflate", "strm flush", func(c call) (int32, error) {
			return c.onInflater(func(t *transfer, i *inflater) int32 { return i.inflate(t, c.number(1)) })
		}},
		{"inflateEnd", "strm", func(c call) (int32, error) {
			code, err := c.onInflater(func(*transfer, *inflater) int32 { return success })
			if err == nil && code == success {
				c.drop(c.word(0))
			}
			return code, err
		}},
		{"inflateReset", "strm", func(c call) (int32, error) {
			return c.onInflater(func(t *transfer, i *inflater) int32 { return i.reset(t, i.bits) })
		}},
		{"inflateResetKeep", "strm", func(c call) (int32, error) {
			return c.onInflater(func(t *transfer, i *inflater) int32 { return i.reset(t, i.bits) })
		}},
		{"inflateReset2", "strm window_bits", func(c call) (int32, error) {
			return c.onInflater(func(t *transfer, i *inflater) int32 { return i.reset(t, c.number(1)) })
		}},
		{"inflateSetDictionary", "strm dictionary length", func(c call) (int32, error) {
			b, err := c.bytes(c.ptr(1), c.size(2))
			if err != nil {
				return 0, err
			}
			return c.onInflater(func(_ *transfer, i *inflater) int32 { return i.setDictionary(b) })
		}},
		{"inflateGetDictionary", "strm dictionary length", func(c call) (int32, error) {
			return c.getDictionary(func(s stream) (*window, bool) {
				i, is := s.(*inflater)
				if !is {
					return nil, false
				}
				return &i.window, true
			})
		}},
		{"inflateCopy", "dest source", (call).copyStream},
		{"inflateSync", "strm", func(c call) (int32, error) {
			return c.onInflater(func(t *transfer, i *inflater) int32 { return i.sync(t) })
		}},
		{"inflateValidate", "strm check", func(c call) (int32, error) {
			return c.onInflater(func(_ *transfer, i *inflater) int32 {
				i.verify = c.number(1) != 0
				return success
			})
		}},
		{"deflateSetHeader", "strm head", (call).setHeader},
		{"inflateGetHeader", "strm head", (call).getHeader},
	}
}

// getDictionary leaves the last of what was compressed, or decompressed, at the second argument, and how
// much that is at the third. Either may be absent.
func (c call) getDictionary(of func(stream) (*window, bool)) (int32, error) {
	s := c.streams[c.word(0)]
	if s == nil {
		return 0, c.fail("[" + c.label() + "] Invalid ZStreamPtr received.")
	}
	w, is := of(s)
	if !is {
		return streamError, nil
	}
	last := w.last()
	if c.word(1) != 0 {
		to, err := c.bytes(c.ptr(1), abi.Size(len(last)))
		if err != nil {
			return 0, err
		}
		copy(to, last)
	}
	if c.word(2) != 0 {
		n, err := c.place(c.ptr(2))
		if err != nil {
			return 0, err
		}
		abi.Put32(n, uint32(len(last)))
	}
	return success, nil
}

// copyStream makes the z_stream at the first argument one like that at the second.
func (c call) copyStream() (int32, error) {
	to, from := c.word(0), c.word(1)
	source := c.streams[from]
	if source == nil {
		return 0, c.fail("[" + c.label() + "] Invalid SourcePtr received.")
	}
	z, err := c.zstream(from)
	if err != nil {
		return 0, err
	}
	target, err := c.zstream(to)
	if err != nil {
		return 0, err
	}
	var made stream
	switch s := source.(type) {
	case *deflater:
		if c.name == "deflateCopy" {
			made = s.copy()
		}
	case *inflater:
		if c.name == "inflateCopy" {
			made = s.copy()
		}
	}
	if made == nil || to == from {
		return streamError, nil
	}
	c.drop(to)
	if !c.take(made.memory()) {
		return memError, nil
	}
	copy(target, z)
	c.streams[to] = made
	return success, nil
}

// windowSize is how far back compressed data refers to what is there already.
const windowSize = 32 << 10

// window is the last of what has gone through a stream.
type window struct{ b []byte }

// add adds b.
func (w *window) add(b []byte) {
	if len(b) >= windowSize {
		w.b = append(w.b[:0], b[len(b)-windowSize:]...)
		return
	}
	if len(w.b)+len(b) > 2*windowSize {
		w.b = append(w.b[:0], w.last()...)
	}
	w.b = append(w.b, b...)
}

// last is what there is, windowSize bytes at most.
func (w *window) last() []byte { return w.b[max(0, len(w.b)-windowSize):] }

func (w *window) clear() { w.b = w.b[:0] }
