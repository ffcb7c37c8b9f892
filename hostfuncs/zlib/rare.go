package zlib

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// compileFlags are what a zlib tells of itself on a machine of 64 bits: the sizes of its types.
const compileFlags = 0xa9

// backStream is a stream of inflateBackInit, for a function that WasmEdge does not have.
type backStream struct{}

func (backStream) memory() uint64 { return 0 }
func (backStream) end()           {}

// rareRows are functions that look into zlib, or change how it looks for what is alike. Where
// nothing is wrong with ignoring them they succeed.
func rareRows() []row {
	deflateInside := func(result int32) func(call) (int32, error) {
		return func(c call) (int32, error) {
			return c.onDeflater(func(*transfer, *deflater) int32 { return result })
		}
	}
	inflateInside := func(result int32) func(call) (int32, error) {
		return func(c call) (int32, error) {
			return c.onInflater(func(*transfer, *inflater) int32 { return result })
		}
	}
	return []row{
		{"deflateTune", "strm good_length max_lazy nice_length max_chain", deflateInside(success)},
		{"deflateBound", "strm source_len", func(c call) (int32, error) {
			return c.onDeflater(func(_ *transfer, d *deflater) int32 { return int32(d.bound(c.word(1))) })
		}},
		{"deflatePending", "strm pending bits", (call).pendingBytes},
		{"deflatePrime", "strm bits value", prime(func(c call, f func(bool) int32) (int32, error) {
			return c.onDeflater(func(*transfer, *deflater) int32 { return f(c.number(1) == 0) })
		})},
		{"inflatePrime", "strm bits value", prime(func(c call, f func(bool) int32) (int32, error) {
			return c.onInflater(func(*transfer, *inflater) int32 { return f(c.number(1) <= 0) })
		})},
		{"inflateMark", "strm", inflateInside(-1 << 16)},
		{"inflateSyncPoint", "strm", inflateInside(0)},
		{"inflateUndermine", "strm subvert", inflateInside(dataError)},
		{"inflateCodesUsed", "strm", inflateInside(0)},
		{"inflateBackInit", "strm window_bits window", func(c call) (int32, error) { return c.openBack() }},
		{"inflateBackInit_", "strm window_bits window version stream_size", func(c call) (int32, error) {
			if !c.isVersion(c.ptr(3), c.number(4)) {
				return versionError, nil
			}
			return c.openBack()
		}},
		{"inflateBackEnd", "strm", func(c call) (int32, error) {
			code, err := c.run(c.word(0), func(_ *transfer, s stream) int32 {
				if _, is := s.(backStream); !is {
					return streamError
				}
				return success
			})
			if err == nil && code == success {
				c.drop(c.word(0))
			}
			return code, err
		}},
		{"zlibCompileFlags", "", func(call) (int32, error) { return compileFlags, nil }},
	}
}

// prime is a function that puts bits in front of the data, of which there may be none.
func prime(on func(call, func(none bool) int32) (int32, error)) func(call) (int32, error) {
	return func(c call) (int32, error) {
		return on(c, func(none bool) int32 {
			if none {
				return success
			}
			return streamError
		})
	}
}

// pendingBytes tells how much of the output the guest had no room for. No bits of a byte are held
// back where that could be told.
func (c call) pendingBytes() (int32, error) {
	return c.onDeflater(func(_ *transfer, d *deflater) int32 {
		if b, in := c.memory.Bytes(c.ptr(1), 4); in && c.word(1) != 0 {
			abi.Put32(b, uint32(d.pending.Len()))
		}
		if b, in := c.memory.Bytes(c.ptr(2), 4); in && c.word(2) != 0 {
			abi.Put32(b, 0)
		}
		return success
	})
}

// openBack makes a stream of the kind that asks for its input. There is nothing that would run it.
func (c call) openBack() (int32, error) {
	bits := c.number(1)
	valid := bits >= 8 && bits <= 15
	if valid {
		if _, in := c.memory.Bytes(c.ptr(2), 1<<bits); !in {
			return 0, c.fail("[InflateBackInit] Out-of-bounds window buffer.")
		}
	}
	return c.open(c.word(0), func(*transfer) (stream, int32) {
		if !valid || c.word(2) == 0 {
			return nil, streamError
		}
		return backStream{}, success
	})
}
