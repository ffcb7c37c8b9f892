package zlib_test

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/zlib"
	"github.com/wazedge/wazedge/internal/fault"
)

// fuzzMemory is how large the memory of a guest of FuzzCalls is.
const fuzzMemory = 1 << 16

// argument is the argument that b stands for: addresses near the things that there are, small
// numbers, and the ends of the range.
func argument(b byte) uint64 {
	switch places := [...]uint64{strm, other, head, version, number, input, fuzzMemory / 2, fuzzMemory}; {
	case b < 128:
		return places[b&7] + uint64(b>>3) - 1
	case b < 192:
		return uint64(b & 63)
	case b < 224:
		return uint64(uint32(-int32(b & 31)))
	}
	return 1 << (b & 31)
}

// FuzzCalls makes calls as the bytes say: a function, a byte for each of its arguments, and now
// and then what memory begins with.
func FuzzCalls(f *testing.F) {
	functions := zlib.Namespace().(*abi.Table).Functions()
	index := map[string]byte{}
	for n := range functions {
		index[functions[n].Name] = byte(n)
	}
	at := func(place, more byte) byte { return place | (more+1)<<3 }
	z, buf := at(0, 0), at(5, 0)
	for _, first := range []byte{index["inflateInit"], index["deflateInit"]} {
		f.Add([]byte{first, z, 134, 0xff, 32, index["inflate"], z, 128, index["deflate"], z, 132, index["deflateEnd"], z, index["inflateEnd"], z})
	}
	f.Add([]byte{index["compress"], buf, at(4, 0), buf, 130, index["uncompress"], buf, at(4, 0), buf, 180})
	f.Add([]byte{index["inflateInit2"], z, 128 + 47, index["inflateGetHeader"], z, at(2, 0), index["inflate"], z, 128})
	f.Add([]byte{index["gzopen"], buf, buf, index["gzread"], 129, buf, 140, index["gzclose"], 129})
	f.Fuzz(func(t *testing.T, program []byte) {
		g := newGuest(t)
		g.memory.b = g.memory.b[:fuzzMemory]
		g.host = zlib.New(zlib.Config{
			Guest: g.calls, Errors: logline.New(&g.told, logline.Off, false), Files: func() zlib.Files { return g.files }, MaxMemory: 8 << 20,
		})
		defer g.host.Close()
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		w.Write(program)
		w.Close()
		copy(g.memory.b[input:], packed.Bytes())
		for _, p := range []int{strm, other} {
			g.put(p, input)
			g.put(p+4, packed.Len())
			g.put(p+12, fuzzMemory/2)
			g.put(p+16, 3000)
		}
		next := func() (b byte) {
			if len(program) > 0 {
				b, program = program[0], program[1:]
			}
			return b
		}
		for len(program) > 0 {
			n := next()
			if n == 0xff {
				n := int(next())
				copy(g.memory.b[strm:], program[:min(n, len(program))])
				continue
			}
			f := &functions[int(n)%len(functions)]
			stack := make([]uint64, max(1, len(f.Type.Params)))
			for i := range f.Type.Params {
				stack[i] = argument(next())
			}
			if err := f.Invoke(g.host, abi.Caller{Memory: abi.MemoryOf(&g.memory)}, stack); err != nil && err != error(fault.HostFuncError) {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	})
}

// FuzzRoundTrip has data compressed and decompressed, in pieces of any size.
func FuzzRoundTrip(f *testing.F) {
	for _, data := range samples() {
		f.Add(data[:min(len(data), 3000)], uint16(700), uint16(50), 6, 15, 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, in, out uint16, level, bits, strategy int) {
		if len(data) > 1<<17 {
			return
		}
		g := newGuest(t)
		if r := g.call("deflateInit2", strm, level, 8, bits, 8, strategy); r != okay {
			return
		}
		made := g.through("deflate", data, int(in)+1, int(out)+10, 4, streamEnd)
		wide := bits | 15 // the window of zlib's stream is the largest, whatever was said
		if bits < 0 {
			wide = -15
		}
		g.want(okay, "inflateInit2", strm, wide)
		if got := g.through("inflate", made, int(out)+1, int(in)+1, 0, streamEnd); !bytes.Equal(got, data) {
			t.Errorf("%d bytes become %d", len(data), len(got))
		}
	})
}
