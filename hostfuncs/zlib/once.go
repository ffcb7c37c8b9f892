package zlib

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// compressBound is how long n bytes get at most.
func compressBound(n uint32) uint32 { return n + n>>12 + n>>14 + n>>25 + 13 }

// onceRows are the functions that have no stream.
func onceRows() []row {
	return []row{
		{"compress", "dest dest_len source source_len", func(c call) (int32, error) { return c.compress(-1) }},
		{"compress2", "dest dest_len source source_len level", func(c call) (int32, error) { return c.compress(c.number(4)) }},
		{"compressBound", "source_len", func(c call) (int32, error) { return int32(compressBound(c.word(0))), nil }},
		{"uncompress", "dest dest_len source source_len", func(c call) (int32, error) {
			code, _, err := c.uncompress(c.size(3))
			return code, err
		}},
		{"uncompress2", "dest dest_len source source_len", func(c call) (int32, error) {
			place, err := c.place(c.ptr(3))
			if err != nil {
				return 0, err
			}
			code, used, err := c.uncompress(abi.Size(abi.Get32(place)))
			if err == nil {
				abi.Put32(place, used)
			}
			return code, err
		}},
	}
}

// buffers are the result, the place of its length, and the source, of n bytes.
func (c call) buffers(n abi.Size) (dest, length, source []byte, err error) {
	if length, err = c.place(c.ptr(1)); err != nil {
		return nil, nil, nil, err
	}
	if dest, err = c.bytes(c.ptr(0), abi.Size(abi.Get32(length))); err != nil {
		return nil, nil, nil, err
	}
	source, err = c.bytes(c.ptr(2), n)
	return dest, length, source, err
}

// compress compresses the source at once. What does not fit is stored as it is, which fits
// whatever compressBound says.
func (c call) compress(level int32) (int32, error) {
	dest, length, source, err := c.buffers(c.size(3))
	if err != nil {
		return 0, err
	}
	d := newDeflater(level, methodDeflate, 15, 8, 0)
	if d == nil {
		return streamError, nil
	}
	if !c.take(d.memory()) {
		return memError, nil
	}
	defer func() { c.taken -= d.memory() }()
	t := transfer{in: source, out: dest, interrupted: c.config.Guest.Interrupted}
	d.reset(&t)
	t.dataType = 0
	if d.deflate(&t, finish) == streamEnd {
		abi.Put32(length, t.totalOut)
		return success, nil
	}
	stored, fits := store(dest, source)
	abi.Put32(length, uint32(stored))
	if !fits {
		return bufError, nil
	}
	return success, nil
}

// store leaves source in dest as a stream that is not compressed, if it fits. It returns
// how much of dest it is, or would be.
func store(dest, source []byte) (n int, fits bool) {
	const most = 1<<16 - 1 // bytes of a block
	blocks := max(1, (len(source)+most-1)/most)
	if need := 2 + 5*blocks + len(source) + 4; need > len(dest) {
		return len(dest), false
	}
	sum := adlerUpdate(1, source)
	out := append(dest[:0], 0x78, 0x01)
	for range blocks {
		block := source[:min(len(source), most)]
		source = source[len(block):]
		last := byte(0)
		if len(source) == 0 {
			last = 1
		}
		size := uint16(len(block))
		out = append(out, last, byte(size), byte(size>>8), byte(^size), byte(^size>>8))
		out = append(out, block...)
	}
	return len(big32(out, sum)), true
}

// uncompress decompresses the source, of n bytes, at once, and tells how many of them there
// were to.
func (c call) uncompress(n abi.Size) (code int32, used uint32, err error) {
	dest, length, source, err := c.buffers(n)
	if err != nil {
		return 0, 0, err
	}
	i := &inflater{verify: true}
	if !c.take(i.memory()) {
		return memError, 0, nil
	}
	defer func() {
		i.end()
		c.taken -= i.memory()
	}()
	t := transfer{in: source, out: dest, interrupted: c.config.Guest.Interrupted}
	i.reset(&t, 15)
	code = i.inflate(&t, noFlush)
	abi.Put32(length, uint32(len(dest)-len(t.out)))
	switch {
	case code == streamEnd:
		code = success
	case code == dataError, code == needDict, i.last == needsInput:
		code = dataError
	default:
		code = bufError
	}
	return code, uint32(len(source) - len(t.in)), nil
}
