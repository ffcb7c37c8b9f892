package zlib_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	stdzlib "compress/zlib"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/zlib"
	"github.com/wazedge/wazedge/internal/fault"
)

// memory is a guest's memory without a guest.
type memory struct {
	api.Memory
	b []byte
}

func (m *memory) Read(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[at:][:n], true
}

// Where things are in the memory of a guest.
const (
	strm    = 64   // a z_stream
	other   = 128  // another
	head    = 192  // a gz_header
	version = 256  // "1.3"
	number  = 264  // a number
	input   = 1024 // what is read
	output  = 1 << 19
	size    = 1 << 20
)

// What functions return.
const (
	okay       = 0
	streamEnd  = 1
	needDict   = 2
	streamErr  = -2
	dataErr    = -3
	memErr     = -4
	bufErr     = -5
	versionErr = -6
)

// guest is a guest that compresses.
type guest struct {
	t      testing.TB
	memory memory
	calls  *abi.Guest
	host   *zlib.Host
	files  files
	told   bytes.Buffer
}

func newGuest(t testing.TB) *guest {
	g := &guest{t: t, memory: memory{b: make([]byte, size)}, calls: abi.NewGuest(abi.GuestConfig{}), files: files{}}
	g.host = zlib.New(zlib.Config{
		Guest: g.calls, Errors: logline.New(&g.told, logline.Info, false), Files: func() zlib.Files { return g.files }, MaxMemory: 64 << 20,
	})
	copy(g.memory.b[version:], "1.3")
	t.Cleanup(func() { g.host.Close() })
	return g
}

// try calls the function name.
func (g *guest) try(name string, args ...int) (int, error) {
	g.t.Helper()
	f, ok := zlib.Namespace().Function(name, abi.Signature{})
	if !ok || len(f.Type.Params) != len(args) {
		g.t.Fatalf("%s is %v, %v", name, f, ok)
	}
	stack := make([]uint64, max(1, len(args)))
	for n, a := range args {
		stack[n] = uint64(uint32(a))
	}
	err := f.Invoke(g.host, abi.Caller{Memory: abi.MemoryOf(&g.memory)}, stack)
	return int(int32(stack[0])), err
}

// call calls the function name, which wants to be called like that.
func (g *guest) call(name string, args ...int) int {
	g.t.Helper()
	r, err := g.try(name, args...)
	if err != nil {
		g.t.Fatalf("%s%v: %v: %s", name, args, err, g.told.String())
	}
	return r
}

// want calls the function name, which is to return r.
func (g *guest) want(r int, name string, args ...int) {
	g.t.Helper()
	if got := g.call(name, args...); got != r {
		g.t.Fatalf("%s%v returns %d, want %d", name, args, got, r)
	}
}

func (g *guest) get(at int) int    { return int(binary.LittleEndian.Uint32(g.memory.b[at:])) }
func (g *guest) put(at, value int) { binary.LittleEndian.PutUint32(g.memory.b[at:], uint32(value)) }

// through has data go through the stream at strm by the function name, in pieces of in and
// out bytes, and returns what comes out. It ends with the result end.
func (g *guest) through(name string, data []byte, in, out, flush, end int) []byte {
	g.t.Helper()
	var made []byte
	copy(g.memory.b[input:], data)
	g.put(strm, input)
	g.put(strm+4, 0)
	left := len(data)
	for range 10 * (len(data) + size) {
		if g.get(strm+4) == 0 && left > 0 {
			n := min(in, left)
			g.put(strm+4, n)
			left -= n
		}
		g.put(strm+12, output)
		g.put(strm+16, out)
		how := 0
		if left == 0 {
			how = flush
		}
		r := g.call(name, strm, how)
		made = append(made, g.memory.b[output:g.get(strm+12)]...)
		if g.get(strm+12)-output != out-g.get(strm+16) {
			g.t.Fatalf("%s: next_out and avail_out differ", name)
		}
		if r == end && (end != okay || left == 0 && g.get(strm+4) == 0 && g.get(strm+16) > 0) {
			return made
		}
		if r != okay && r != bufErr {
			g.t.Fatalf("%s: %d after %d bytes: %s", name, r, len(made), g.told.String())
		}
	}
	g.t.Fatalf("%s does not end", name)
	return nil
}

// text is what compresses, noise what does not.
func text(n int) []byte { return []byte(strings.Repeat("one two three four five ", n/24+1))[:n] }

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// decoders decode what is wrapped in each way.
var decoders = map[string]struct {
	bits   int
	decode func(io.Reader) (io.Reader, error)
	encode func(io.Writer) io.WriteCloser
}{
	"zlib": {15, func(r io.Reader) (io.Reader, error) { return stdzlib.NewReader(r) }, func(w io.Writer) io.WriteCloser { return stdzlib.NewWriter(w) }},
	"gzip": {31, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
	"raw": {-15, func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil }, func(w io.Writer) io.WriteCloser {
		f, _ := flate.NewWriter(w, 6)
		return f
	}},
	"small": {-9, func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil }, nil},
}

// samples are data to compress.
func samples() map[string][]byte {
	return map[string][]byte{"nothing": nil, "a byte": {7}, "text": text(90_000), "noise": noise(17_000), "zeros": make([]byte, 140_000)}
}

// TestDeflateIsReadByOthers states that what is compressed, in pieces of any size, is what
// another implementation decompresses.
func TestDeflateIsReadByOthers(t *testing.T) {
	for wrap, d := range decoders {
		for name, data := range samples() {
			for _, step := range []int{1 << 18, 997} {
				for _, level := range []int{-1, 0, 1, 9} {
					if step < 1000 && level != -1 {
						continue
					}
					g := newGuest(t)
					g.want(okay, "deflateInit2", strm, level, 8, d.bits, 8, 0)
					made := g.through("deflate", data, step, step, 4, streamEnd)
					r, err := d.decode(bytes.NewReader(made))
					if err != nil {
						t.Fatalf("%s, %s: %v", wrap, name, err)
					}
					got, err := io.ReadAll(r)
					if err != nil || !bytes.Equal(got, data) {
						t.Fatalf("%s, %s in steps of %d at level %d: %d bytes, %v", wrap, name, step, level, len(got), err)
					}
					if in, out := g.get(strm+8), g.get(strm+20); in != len(data) || out != len(made) {
						t.Errorf("totals %d and %d, want %d and %d", in, out, len(data), len(made))
					}
					g.want(okay, "deflateEnd", strm)
				}
			}
		}
	}
}

// TestInflateReadsOthers states the same the other way round, and that what follows the data
// is left alone.
func TestInflateReadsOthers(t *testing.T) {
	for wrap, d := range decoders {
		if d.encode == nil {
			continue
		}
		for name, data := range samples() {
			var b bytes.Buffer
			w := d.encode(&b)
			w.Write(data)
			w.Close()
			length := b.Len()
			b.WriteString("what follows")
			for _, step := range []int{1 << 18, 997, 1} {
				if step == 1 && len(data) > 20_000 {
					continue
				}
				g := newGuest(t)
				g.want(okay, "inflateInit2", strm, d.bits)
				if got := g.through("inflate", b.Bytes(), step, step+10, 0, streamEnd); !bytes.Equal(got, data) {
					t.Fatalf("%s, %s: %d bytes, want %d", wrap, name, len(got), len(data))
				}
				if in, next := g.get(strm+8), g.get(strm); in != length || next != input+length {
					t.Errorf("%s, %s: %d bytes read, up to %d; want %d", wrap, name, in, next-input, length)
				}
				g.want(streamEnd, "inflate", strm, 0)
				g.want(okay, "inflateReset", strm)
				if got := g.through("inflate", b.Bytes(), step, 1<<18, 0, streamEnd); !bytes.Equal(got, data) {
					t.Fatalf("%s, %s, again: %d bytes, want %d", wrap, name, len(got), len(data))
				}
				g.want(okay, "inflateEnd", strm)
			}
		}
	}
}

// TestFlushMakesAllReadable states that after a flush all that was written can be read.
func TestFlushMakesAllReadable(t *testing.T) {
	for _, flush := range []int{1, 2, 3, 5} {
		g := newGuest(t)
		g.want(okay, "deflateInit", strm, 6)
		g.want(okay, "inflateInit", other)
		for _, part := range []string{"one", "two", "", "three"} {
			copy(g.memory.b[input:], part)
			g.put(strm, input)
			g.put(strm+4, len(part))
			g.put(strm+12, output)
			g.put(strm+16, 1000)
			if r := g.call("deflate", strm, flush); r != okay && part != "" || part == "" && r != bufErr {
				t.Fatalf("flush %d of %q: %d", flush, part, r)
			}
			g.put(other, output)
			g.put(other+4, 1000-g.get(strm+16))
			g.put(other+12, output+5000)
			g.put(other+16, 1000)
			if part != "" {
				g.want(okay, "inflate", other, 2)
			}
			if got := string(g.memory.b[output+5000 : g.get(other+12)]); got != part {
				t.Errorf("flush %d: read %q, want %q", flush, got, part)
			}
		}
		g.want(dataErr, "deflateEnd", strm)
		g.want(okay, "inflateEnd", other)
	}
}

// TestSyncFindsAFullFlush states that behind a damaged part, decoding goes on at the next full flush.
func TestSyncFindsAFullFlush(t *testing.T) {
	g := newGuest(t)
	g.want(okay, "deflateInit", strm, 6)
	first := g.through("deflate", text(5000), 9999, 9999, 3, okay)
	second := g.through("deflate", text(300), 9999, 9999, 4, streamEnd)
	damaged := append(slices.Clone(first), second...)
	damaged[2] = 7 // a type of blocks that there is not
	copy(g.memory.b[input:], damaged)
	g.want(okay, "inflateInit", strm)
	g.put(strm, input)
	g.put(strm+4, len(damaged))
	g.put(strm+12, output)
	g.put(strm+16, 10000)
	g.want(dataErr, "inflate", strm, 0)
	g.want(okay, "inflateSync", strm)
	g.want(streamEnd, "inflate", strm, 0)
	if got := g.memory.b[output:g.get(strm+12)]; !bytes.HasSuffix(got, text(300)) {
		t.Errorf("%q", got)
	}
	g.want(bufErr, "inflateSync", strm)
}

// TestDictionaries states how the two sides agree on a dictionary.
func TestDictionaries(t *testing.T) {
	dictionary := text(2000)
	for _, bits := range []int{15, -15} {
		g := newGuest(t)
		put := func() int {
			copy(g.memory.b[input+100000:], dictionary)
			return input + 100000
		}
		g.want(okay, "deflateInit2", strm, 6, 8, bits, 8, 0)
		g.want(okay, "deflateSetDictionary", strm, put(), len(dictionary))
		if bits > 0 && uint32(g.get(strm+48)) != adler32.Checksum(dictionary) {
			t.Error("adler is not the dictionary's")
		}
		made := g.through("deflate", dictionary, 9999, 9999, 4, streamEnd)
		if len(made) > 60 {
			t.Errorf("%d bytes: the dictionary is not used", len(made))
		}
		g.want(okay, "inflateInit2", strm, bits)
		copy(g.memory.b[input:], made)
		g.put(strm, input)
		g.put(strm+4, len(made))
		g.put(strm+12, output)
		g.put(strm+16, 10000)
		if bits > 0 {
			g.want(streamErr, "inflateSetDictionary", strm, put(), len(dictionary))
			g.want(needDict, "inflate", strm, 0)
			g.want(needDict, "inflate", strm, 0)
			g.want(dataErr, "inflateSetDictionary", strm, put(), 10)
		}
		g.want(okay, "inflateSetDictionary", strm, put(), len(dictionary))
		g.want(streamEnd, "inflate", strm, 0)
		if got := g.memory.b[output:g.get(strm+12)]; !bytes.Equal(got, dictionary) {
			t.Errorf("%d bytes", len(got))
		}
		g.want(okay, "inflateGetDictionary", strm, output, number)
		if n := g.get(number); n < len(dictionary) || !bytes.HasSuffix(g.memory.b[output:output+n], dictionary) {
			t.Errorf("a dictionary of %d bytes", n)
		}
	}
}

// TestStreamsAreChangedAndCopied states that what goes on after a change of level, or in a copy,
// is read with what was before.
func TestStreamsAreChangedAndCopied(t *testing.T) {
	g := newGuest(t)
	g.want(okay, "deflateInit", strm, 1)
	made := g.through("deflate", text(3000), 9999, 9999, 0, okay)
	g.put(strm+12, output)
	g.put(strm+16, 9999)
	g.want(okay, "deflateParams", strm, 9, 2)
	made = append(made, g.memory.b[output:g.get(strm+12)]...)
	g.want(streamErr, "deflateParams", strm, 10, 0)
	g.put(strm+12, output)
	g.put(strm+16, 9999)
	g.want(okay, "deflateCopy", other, strm)
	rest := g.through("deflate", noise(100), 9999, 9999, 4, streamEnd)
	for range 2 {
		r, err := stdzlib.NewReader(bytes.NewReader(append(slices.Clone(made), rest...)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, append(text(3000), noise(100)...)) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		copy(g.memory.b[strm:], g.memory.b[other:][:56])
		g.want(okay, "deflateCopy", strm, other)
		rest = g.through("deflate", noise(100), 9999, 9999, 4, streamEnd)
	}
}

// TestHeadersOfGzip states that what is set is told.
func TestHeadersOfGzip(t *testing.T) {
	g := newGuest(t)
	set := func(name, comment, extra int) {
		for n, v := range []int{1, 1234, 0, 3, extra, 5, 5, name, 20, comment, 20, 1, 0} {
			g.put(head+4*n, v)
		}
	}
	copy(g.memory.b[300:], "a.txt\x00")
	copy(g.memory.b[320:], "about a\x00")
	copy(g.memory.b[340:], "extra")
	set(300, 320, 340)
	g.want(okay, "deflateInit2", strm, 6, 8, 15, 8, 0)
	g.want(streamErr, "deflateSetHeader", strm, head)
	g.want(okay, "deflateInit2", strm, 6, 8, 31, 8, 0)
	g.want(okay, "deflateSetHeader", strm, head)
	made := g.through("deflate", text(100), 99, 9999, 4, streamEnd)
	r, err := gzip.NewReader(bytes.NewReader(made))
	if err != nil || r.Name != "a.txt" || r.Comment != "about a" || string(r.Extra) != "extra" || r.ModTime.Unix() != 1234 {
		t.Fatalf("%+v, %v", r, err)
	}
	set(400, 420, 440)
	g.put(head+4, 0)
	g.want(okay, "inflateInit2", strm, 47)
	g.want(okay, "inflateGetHeader", strm, head)
	g.through("inflate", made, 3, 9999, 0, streamEnd)
	if g.get(head+48) != 1 || g.get(head+4) != 1234 || g.get(head+44) != 1 || g.get(head+20) != 5 {
		t.Errorf("header %d", g.memory.b[head:][:52])
	}
	for at, want := range map[int]string{400: "a.txt\x00", 420: "about a\x00", 440: "extra"} {
		if got := string(g.memory.b[at:][:len(want)]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	g.want(okay, "inflateInit", strm)
	g.want(streamErr, "inflateGetHeader", strm, head)
}

// TestAtOnce states what the functions without a stream do, and that compressBound is enough for
// whatever is compressed.
func TestAtOnce(t *testing.T) {
	g := newGuest(t)
	const back = output + 400_000 - 200_000
	for n := range 40 {
		samples := samples()
		samples["short noise"] = noise(n)
		samples["short text"] = text(n)
		if n > 0 {
			samples = map[string][]byte{"n": noise(n * n), "t": text(n * n * 7)}
		}
		for name, data := range samples {
			copy(g.memory.b[input:], data)
			bound := g.call("compressBound", len(data))
			g.put(number, bound)
			g.want(okay, "compress2", output, number, input, len(data), 6)
			length := g.get(number)
			g.put(number, len(data))
			g.put(number+4, length+5)
			g.want(okay, "uncompress2", back, number, output, number+4)
			if g.get(number) != len(data) || g.get(number+4) != length || !bytes.Equal(g.memory.b[back:][:len(data)], data) {
				t.Fatalf("%s of %d: %d bytes from %d of %d", name, len(data), g.get(number), g.get(number+4), length)
			}
			if len(data) > 0 {
				g.put(number, len(data)-1)
				g.want(bufErr, "uncompress", back, number, output, length)
			}
			g.put(number, len(data))
			g.want(dataErr, "uncompress", back, number, output, length-1)
		}
	}
	g.put(number, 3)
	g.want(bufErr, "compress", output, number, input, 100)
	g.want(streamErr, "compress2", output, number, input, 100, 10)
	g.put(number, 100)
	g.want(dataErr, "uncompress", output, number, version, 3)
}

// TestDeflateBoundIsEnough states that one call does if there is as much room.
func TestDeflateBoundIsEnough(t *testing.T) {
	for _, bits := range []int{15, 31, -15, -9} {
		for _, n := range []int{0, 1, 100, 16384, 70_000} {
			g := newGuest(t)
			g.want(okay, "deflateInit2", strm, 6, 8, bits, 8, 0)
			bound := g.call("deflateBound", strm, n)
			g.through("deflate", noise(n), n+1, bound, 4, streamEnd)
			if g.get(strm+20) > bound {
				t.Errorf("%d bytes, bound %d", g.get(strm+20), bound)
			}
		}
	}
}

// TestChecksums compares with others, and with the checksum of the whole.
func TestChecksums(t *testing.T) {
	g := newGuest(t)
	data := noise(50_000)
	copy(g.memory.b[input:], data)
	for name, sum := range map[string]func([]byte) uint32{"crc32": crc32.ChecksumIEEE, "adler32": adler32.Checksum, "crc32_z": crc32.ChecksumIEEE, "adler32_z": adler32.Checksum} {
		start := g.call(name, 99, 0, 0)
		for _, cut := range []int{0, 1, 77, 30_000, 50_000} {
			first := g.call(name, start, input, cut)
			if got := g.call(name, first, input+cut, len(data)-cut); uint32(got) != sum(data) {
				t.Errorf("%s, cut at %d: %x", name, cut, got)
			}
			second := g.call(name, start, input+cut, len(data)-cut)
			combine := strings.TrimSuffix(name, "_z") + "_combine"
			if got := g.call(combine, first, second, len(data)-cut); uint32(got) != sum(data) {
				t.Errorf("%s, cut at %d: %x, want %x", combine, cut, got, sum(data))
			}
		}
	}
	g.want(-1, "adler32_combine", 1, 1, -1)
}

// TestVersionsAreCompared states that a guest that was compiled for something else is told so.
func TestVersionsAreCompared(t *testing.T) {
	g := newGuest(t)
	g.want(okay, "deflateInit_", strm, 6, version, 56)
	g.want(okay, "inflateInit2_", strm, 15, version, 56)
	g.want(versionErr, "inflateInit_", strm, version, 112)
	g.want(versionErr, "inflateInit_", strm, input, 56)
	g.want(versionErr, "deflateInit2_", strm, 6, 8, 15, 8, 0, size, 56)
}

// TestBadParameters states which parameters there are not.
func TestBadParameters(t *testing.T) {
	g := newGuest(t)
	for _, args := range [][]int{{10, 8, 15, 8, 0}, {-2, 8, 15, 8, 0}, {6, 7, 15, 8, 0}, {6, 8, 16, 8, 0}, {6, 8, 7, 8, 0}, {6, 8, -8, 8, 0}, {6, 8, -16, 8, 0}, {6, 8, 15, 0, 0}, {6, 8, 15, 10, 0}, {6, 8, 15, 8, 5}, {6, 8, -2147483648, 8, 0}} {
		g.want(streamErr, "deflateInit2", append([]int{strm}, args...)...)
	}
	for _, bits := range []int{7, -16, -7, 23, 48, 55, -2147483648, 2147483647} {
		g.want(streamErr, "inflateInit2", strm, bits)
	}
	g.want(okay, "deflateInit", strm, 6)
	g.put(strm+16, 10)
	g.want(streamErr, "deflate", strm, 6)
	g.want(streamErr, "inflate", strm, 0)
	g.want(streamErr, "inflateEnd", strm)
	g.want(streamErr, "deflatePrime", strm, 3, 1)
	g.want(okay, "deflatePrime", strm, 0, 1)
	g.want(okay, "deflateTune", strm, 1, 2, 3, 4)
	g.want(okay, "deflatePending", strm, number, number+4)
	g.want(okay, "deflateEnd", strm)
	g.want(okay, "inflateInit", strm)
	g.want(streamErr, "inflatePrime", strm, 3, 1)
	g.want(-65536, "inflateMark", strm)
	g.want(dataErr, "inflateUndermine", strm, 1)
	g.want(okay, "inflateBackInit", other, 15, output)
	g.want(streamErr, "inflateBackInit", other, 16, output)
	g.want(okay, "inflateBackEnd", other)
	g.want(0xa9, "zlibCompileFlags")
}

// TestBadAddressesEndTheGuest states what is not in memory, and what there is not.
func TestBadAddressesEndTheGuest(t *testing.T) {
	for name, tc := range map[string]struct {
		args []int
		told string
	}{
		"deflateInit":          {[]int{size - 55, 6}, "[WasmEdgeZlibDeflateInit-SyncRun] Out-of-bounds ZStreamPtr received."},
		"deflate":              {[]int{strm, 0}, "[WasmEdgeZlibDeflate-SyncRun] Invalid ZStreamPtr received."},
		"inflateEnd":           {[]int{-1}, "[WasmEdgeZlibInflateEnd-SyncRun] Out-of-bounds ZStreamPtr received."},
		"inflateCopy":          {[]int{strm, other}, "[WasmEdgeZlibInflateCopy] Invalid SourcePtr received."},
		"crc32":                {[]int{0, size - 1, 2}, "[WasmEdgeZlibCrc32] Out-of-bounds buffer access."},
		"compress":             {[]int{0, size - 3, 0, 0}, "[WasmEdgeZlibCompress] Out-of-bounds pointer access."},
		"gzread":               {[]int{7, 0, 0}, "[WasmEdgeZlibGZRead] Invalid GZFile received."},
		"gzopen":               {[]int{size, size}, "[WasmEdgeZlibGZOpen] Out-of-bounds path or mode string."},
		"deflateGetDictionary": {[]int{strm, 0, 0}, "[WasmEdgeZlibDeflateGetDictionary] Invalid ZStreamPtr received."},
	} {
		g := newGuest(t)
		if r, err := g.try(name, tc.args...); err != error(fault.HostFuncError) || !strings.Contains(g.told.String(), "[WasmEdge-Zlib] "+tc.told) {
			t.Errorf("%s: %d, %v, told %q", name, r, err, g.told.String())
		}
	}
	g := newGuest(t)
	g.want(okay, "inflateInit", strm)
	g.put(strm, size)
	g.put(strm+4, 1)
	if _, err := g.try("inflate", strm, 0); err == nil || !strings.Contains(g.told.String(), "Out-of-bounds input buffer.") {
		t.Errorf("%v, told %q", err, g.told.String())
	}
}

// TestStreamsAreBounded states that a guest cannot have any number of streams.
func TestStreamsAreBounded(t *testing.T) {
	g := newGuest(t)
	n := 0
	for ; n < 1000; n++ {
		if r := g.call("deflateInit", input+64*n, 6); r == memErr {
			break
		}
	}
	if n == 0 || n == 1000 {
		t.Fatalf("%d streams", n)
	}
	for range n {
		g.want(okay, "deflateInit", input, 6) // in the place of another
	}
	g.want(okay, "deflateEnd", input)
	g.want(okay, "deflateInit", strm, 6)
}

// files are those of a guest, by name.
type files map[string]*content

type content struct {
	bytes.Buffer
	at     int64
	closed bool
}

func (c *content) Close() error {
	c.closed = true
	return nil
}

func (c *content) Read(b []byte) (int, error) {
	n := copy(b, c.Bytes()[min(int(c.at), c.Len()):])
	c.at += int64(n)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (c *content) Seek(offset int64, from int) (int64, error) {
	if from == io.SeekStart {
		c.at = offset
	}
	return c.at, nil
}

func (f files) OpenFile(name string, how hostfs.Opening) (hostfs.Stream, error) {
	if name == "secret" {
		return nil, io.ErrClosedPipe
	}
	if f[name] == nil || how.Truncate {
		f[name] = new(content)
	}
	f[name].at = 0
	return f[name], nil
}

func (f files) Descriptor(n uint32) (hostfs.Stream, error) {
	if n != 5 {
		return nil, io.ErrClosedPipe
	}
	return f.OpenFile("five", hostfs.Opening{})
}

// open opens the file name in a mode.
func (g *guest) open(name, mode string) int {
	g.t.Helper()
	copy(g.memory.b[500:], name+"\x00")
	copy(g.memory.b[600:], mode+"\x00")
	return g.call("gzopen", 500, 600)
}

// TestFiles states that what is written to a file is read from it, and where one is in it.
func TestFiles(t *testing.T) {
	g := newGuest(t)
	f := g.open("a.gz", "wb6")
	copy(g.memory.b[input:], "hello\n\x00there\n\x00")
	g.want(6, "gzputs", f, input)
	g.want('x', "gzputc", f, 'x')
	g.want(3, "gzwrite", f, input+7, 3)
	g.want(2, "gzfwrite", input+7, 2, 2, f)
	g.want(okay, "gzflush", f, 2)
	g.want(okay, "gzsetparams", f, 1, 0)
	g.want(20, "gzseek", f, 20, 0)
	g.want(20, "gztell", f)
	g.want(-1, "gzread", f, input, 1)
	g.want(streamErr, "gzclose_r", f)
	g.want(okay, "gzclose_w", f)
	const all = "hello\nxthether\x00\x00\x00\x00\x00\x00"
	r, err := gzip.NewReader(bytes.NewReader(g.files["a.gz"].Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != all || err != nil {
		t.Fatalf("%q, %v", got, err)
	}

	f = g.open("a.gz", "rb")
	g.want(0, "gzdirect", f)
	g.want('h', "gzgetc", f)
	g.want('h', "gzungetc", 'h', f)
	g.want(5, "gzread", f, output, 5)
	if got := string(g.memory.b[output:][:5]); got != "hello" {
		t.Errorf("%q", got)
	}
	g.want(7, "gzseek", f, 2, 1)
	g.want(3, "gzfread", output, 2, 3, f)
	if got := string(g.memory.b[output:][:6]); got != "thethe" {
		t.Errorf("%q", got)
	}
	g.want(1, "gzseek", f, 1, 0)
	g.want('e', "gzgetc_", f)
	g.want(0, "gzeof", f)
	g.want(18, "gzread", f, output, 100)
	g.want(1, "gzeof", f)
	g.want(0, "gzrewind", f)
	g.want(0, "gztell", f)
	g.want(-1, "gzseek", f, 0, 2)
	g.want(0, "gzwrite", f, output, 1)
	if r, err := g.try("gzclearerr", f); err != nil {
		t.Error(r, err)
	}
	g.want(okay, "gzclose", f)
	if _, err := g.try("gzclose", f); err == nil {
		t.Error("closed twice")
	}
}

// TestPlainFiles states that a file that is not compressed is read as it is.
func TestPlainFiles(t *testing.T) {
	g := newGuest(t)
	g.files["five"] = new(content)
	g.files["five"].WriteString("as it is")
	copy(g.memory.b[600:], "r\x00")
	f := g.call("gzdopen", 5, 600)
	g.want(1, "gzdirect", f)
	g.want(8, "gzread", f, output, 100)
	g.want(okay, "gzclose", f)
	if !g.files["five"].closed {
		t.Error("the descriptor is open")
	}
	for _, name := range []string{"secret"} {
		copy(g.memory.b[500:], name+"\x00")
		if _, err := g.try("gzopen", 500, 600); err == nil || !strings.Contains(g.told.String(), "Failed to open path: "+name) {
			t.Errorf("%v, told %q", err, g.told.String())
		}
	}
	for _, mode := range []string{"", "r+", "9", "rT"} {
		copy(g.memory.b[500:], "five\x00")
		copy(g.memory.b[600:], mode+"\x00")
		if _, err := g.try("gzopen", 500, 600); err == nil {
			t.Errorf("mode %q", mode)
		}
	}
}
