package image_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	goimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"
	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/image"
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

// The kinds of pixels.
const (
	rgb8 = iota
	bgr8
	rgb32f
	bgr32f
)

// guest is a guest that loads images.
type guest struct {
	t      testing.TB
	memory memory
	calls  *abi.Guest
	host   *image.Host
	told   bytes.Buffer
}

func newGuest(t testing.TB, size int) *guest {
	g := &guest{t: t, memory: memory{b: make([]byte, size)}, calls: abi.NewGuest(abi.GuestConfig{Interruptible: true})}
	g.host = image.New(image.Config{Guest: g.calls, Errors: logline.New(&g.told, logline.Info, false)})
	return g
}

// call calls the function name and returns its result.
func (g *guest) call(name string, args ...uint64) uint64 {
	g.t.Helper()
	f, ok := image.Namespace().Function(name, abi.Signature{})
	if !ok || len(f.Type.Params) != 7 || !slices.Equal(f.Type.Results, []abi.ValueType{abi.I32}) {
		g.t.Fatalf("%s is %v, %v", name, f, ok)
	}
	stack := slices.Clone(args)
	if err := f.Invoke(g.host, abi.Caller{Memory: abi.MemoryOf(&g.memory)}, stack); err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	return stack[0]
}

// load has the file loaded, and returns what the guest gets.
func (g *guest) load(file []byte, width, height, kind int) []byte {
	g.t.Helper()
	copy(g.memory.b, file)
	n := width * height * 3
	if kind >= rgb32f {
		n *= 4
	}
	at := len(g.memory.b) - n
	if at < len(file) {
		g.t.Fatalf("%d bytes do not hold %d and %d", len(g.memory.b), len(file), n)
	}
	if r := g.call("load_image", 0, uint64(len(file)), uint64(width), uint64(height), uint64(kind), uint64(at), uint64(n)); r != 0 {
		g.t.Fatalf("load_image returns %d: %s", r, g.told.String())
	}
	return g.memory.b[at:]
}

// picture is an image without any sharp edges.
func picture(width, height int) *goimage.NRGBA {
	p := goimage.NewNRGBA(goimage.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / width), uint8(y * 255 / height), uint8((x + y) * 255 / (width + height)), 255})
		}
	}
	return p
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, i goimage.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, i) })
}

// TestPixelsAreThoseOfTheImage states what the guest gets of an image in its own size: the
// colours as they are, whatever is said of how opaque they are.
func TestPixelsAreThoseOfTheImage(t *testing.T) {
	at := goimage.Rect(0, 0, 2, 1)
	nrgba := goimage.NewNRGBA(at)
	nrgba.Pix = []byte{1, 2, 3, 255, 250, 100, 50, 0}
	deep := goimage.NewNRGBA64(at)
	deep.Pix = []byte{1, 9, 2, 9, 3, 200, 255, 255, 250, 0, 100, 9, 50, 9, 0, 0}
	palette := goimage.NewPaletted(at, color.Palette{color.NRGBA{1, 2, 3, 255}, color.NRGBA{250, 100, 50, 255}})
	palette.Pix[1] = 1
	grey := goimage.NewGray(at)
	grey.Pix = []byte{7, 200}
	colours := []byte{1, 2, 3, 250, 100, 50}
	for name, tc := range map[string]struct {
		image goimage.Image
		want  []byte
	}{
		"opaque or not": {nrgba, colours},
		"16 bits":       {deep, colours},
		"palette":       {palette, colours},
		"grey":          {grey, []byte{7, 7, 7, 200, 200, 200}},
	} {
		g := newGuest(t, 4096)
		if got := g.load(asPNG(t, tc.image), 2, 1, rgb8); !bytes.Equal(got, tc.want) {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
		want := slices.Clone(tc.want)
		want[0], want[2], want[3], want[5] = want[2], want[0], want[5], want[3]
		if got := g.load(asPNG(t, tc.image), 2, 1, bgr8); !bytes.Equal(got, want) {
			t.Errorf("%s, blue first: %d, want %d", name, got, want)
		}
		for kind, order := range map[int][]byte{rgb32f: tc.want, bgr32f: want} {
			got := g.load(asPNG(t, tc.image), 2, 1, kind)
			for n, b := range order {
				v := math.Float32frombits(binary.LittleEndian.Uint32(got[4*n:]))
				if want := math.Pow(float64(b)/255, 2.2); math.Abs(float64(v)-want) > 1e-6 {
					t.Errorf("%s, number %d of kind %d: %v, want %v", name, n, kind, v, want)
				}
			}
		}
	}
}

// TestFormats states which formats are told by their bytes, in all functions.
func TestFormats(t *testing.T) {
	p := picture(40, 30)
	files := map[string][]byte{
		"png":  asPNG(t, p),
		"jpeg": encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, p, &jpeg.Options{Quality: 100}) }),
		"gif":  encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, p, nil) }),
		"bmp":  encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, p) }),
	}
	for name, file := range files {
		within := map[string]int{"jpeg": 12, "gif": 80}[name]
		for _, function := range []string{"load_jpg", "load_png", "load_image"} {
			g := newGuest(t, 1<<16)
			copy(g.memory.b, file)
			out := uint64(len(file))
			if r := g.call(function, 0, out, 40, 30, rgb8, out, 3600); r != 0 {
				t.Fatalf("%s of %s: %d: %s", function, name, r, g.told.String())
			}
			for n := range 1200 {
				for c := range 3 {
					if got, want := int(g.memory.b[int(out)+3*n+c]), int(p.Pix[4*n+c]); max(got-want, want-got) > within {
						t.Fatalf("%s: pixel %d is %d, want %d", name, n, got, want)
					}
				}
			}
		}
	}
}

// TestScaledLikeSplines compares with another implementation of the splines by which
// WasmEdge scales, except where the two differ in what lies beyond the edge.
func TestScaledLikeSplines(t *testing.T) {
	smaller := draw.Kernel{Support: 2, At: func(x float64) float64 {
		if x < 1 {
			return (7*x*x*x - 12*x*x + 16.0/3) / 6
		}
		return (-7.0/3*x*x*x + 12*x*x - 20*x + 32.0/3) / 6
	}}
	const width, height, edge = 60, 50, 6
	p := picture(width, height)
	for _, to := range []goimage.Point{{width, height}, {150, 130}, {23, 19}, {150, 19}, {23, 130}} {
		want := goimage.NewRGBA(goimage.Rect(0, 0, to.X, height))
		kernel := func(from, to int) draw.Scaler {
			if to < from {
				return &smaller
			}
			return draw.CatmullRom
		}
		kernel(width, to.X).Scale(want, want.Rect, p, p.Rect, draw.Src, nil)
		across := want
		want = goimage.NewRGBA(goimage.Rect(0, 0, to.X, to.Y))
		kernel(height, to.Y).Scale(want, want.Rect, across, across.Rect, draw.Src, nil)
		got := newGuest(t, 1<<18).load(asPNG(t, p), to.X, to.Y, rgb8)
		for y := edge; y < to.Y-edge; y++ {
			for x := edge; x < to.X-edge; x++ {
				for c := range 3 {
					g, w := int(got[3*(y*to.X+x)+c]), int(want.Pix[want.PixOffset(x, y)+c])
					if max(g-w, w-g) > 2 {
						t.Fatalf("%v: at %d, %d: %d, want %d", to, x, y, g, w)
					}
				}
			}
		}
	}
}

// TestOneColourStays states that scaling makes no colours at the edges.
func TestOneColourStays(t *testing.T) {
	p := goimage.NewNRGBA(goimage.Rect(0, 0, 9, 7))
	draw.Draw(p, p.Rect, goimage.NewUniform(color.NRGBA{10, 128, 250, 255}), goimage.Point{}, draw.Src)
	for _, to := range []goimage.Point{{1, 1}, {1, 40}, {40, 1}, {3, 3}, {50, 50}, {9, 8}} {
		got := newGuest(t, 1<<16).load(asPNG(t, p), to.X, to.Y, rgb8)
		for n := range to.X * to.Y {
			if !bytes.Equal(got[3*n:][:3], []byte{10, 128, 250}) {
				t.Fatalf("%v: pixel %d is %d", to, n, got[3*n:][:3])
			}
		}
	}
}

// header is the start of a PNG of the given size.
func header(t testing.TB, width, height uint32) []byte {
	b := asPNG(t, goimage.NewGray(goimage.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(b[16:], width)
	binary.BigEndian.PutUint32(b[20:], height)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// TestBadCallsFail states what is looked at, in which order, and what the log tells.
func TestBadCallsFail(t *testing.T) {
	file := asPNG(t, picture(2, 2))
	n, size := uint64(len(file)), uint64(1000)
	const failed = "[WasmEdge-Image] Load image failed."
	for name, tc := range map[string]struct {
		file []byte
		args []uint64
		told string
	}{
		"input outside":            {file, []uint64{size, 1, 2, 2, 9, size, 1}, "[WasmEdge-Image] Failed when accessing the input image buffer memory."},
		"input of 4 GiB":           {file, []uint64{1, 1<<32 - 1, 2, 2, 0, 0, 0}, "[WasmEdge-Image] Failed when accessing the input image buffer memory."},
		"output outside":           {nil, []uint64{0, n, 2, 2, 9, size - 11, 12}, "[WasmEdge-Image] Failed when accessing the output image data buffer memory."},
		"no such kind":             {nil, []uint64{0, n, 2, 2, 4, 500, 100}, ""},
		"no image":                 {[]byte("text"), []uint64{0, 4, 2, 2, 0, 500, 0}, failed},
		"nothing":                  {nil, []uint64{0, 0, 2, 2, 0, 500, 12}, failed},
		"cut short":                {file, []uint64{0, n - 20, 2, 2, 0, 500, 12}, failed},
		"output too small":         {file, []uint64{0, n, 2, 2, 0, 500, 11}, "[WasmEdge-Image] Output buffer size 11 not enough. At least need 12 bytes."},
		"output of numbers":        {file, []uint64{0, n, 2, 2, 2, 500, 47}, "[WasmEdge-Image] Output buffer size 47 not enough. At least need 48 bytes."},
		"output that is too large": {file, []uint64{0, n, 1<<32 - 1, 1<<32 - 1, 0, 500, 47}, "[WasmEdge-Image] Output buffer size 47 not enough. At least need 18446744073709551615 bytes."},
		"all that 32 bits hold":    {file, []uint64{0, n, 1 << 31, 2, 0, 500, 0}, "[WasmEdge-Image] Output buffer size 0 not enough. At least need 12884901888 bytes."},
		"a large image":            {header(t, 1<<31-1, 1<<31-1), []uint64{0, n, 2, 2, 0, 500, 12}, failed},
		"a wide image":             {header(t, 1<<31-1, 1), []uint64{0, n, 2, 2, 0, 500, 12}, failed},
		"an image without pixels":  {header(t, 0, 5), []uint64{0, n, 2, 2, 0, 500, 12}, failed},
	} {
		g := newGuest(t, int(size))
		copy(g.memory.b, tc.file)
		if r := g.call("load_png", tc.args...); r != 1 {
			t.Errorf("%s: returns %d", name, r)
		}
		if got := g.told.String(); !strings.Contains(got, tc.told) || (got == "") != (tc.told == "") {
			t.Errorf("%s: told %q, want %q", name, got, tc.told)
		}
	}
	g := newGuest(t, int(size))
	copy(g.memory.b, file)
	if r := g.call("load_png", 0, n, 0, 1<<32-1, 0, 4000, 0); r != 0 {
		t.Errorf("an output without pixels: %d, %s", r, g.told.String())
	}
}

// TestNoMemory states that a guest without a memory is told so.
func TestNoMemory(t *testing.T) {
	g := newGuest(t, 0)
	f, _ := image.Namespace().Function("load_jpg", abi.Signature{})
	stack := make([]uint64, 7)
	if err := f.Invoke(g.host, abi.Caller{}, stack); err != nil || stack[0] != 1 || !strings.Contains(g.told.String(), "[WasmEdge-Image] Memory instance not found.") {
		t.Errorf("%v, %d, %s", err, stack[0], g.told.String())
	}
}

// TestInterruptionEndsScaling states that a call that is long by its operands ends when the
// guest does.
func TestInterruptionEndsScaling(t *testing.T) {
	g := newGuest(t, 1<<28)
	file := asPNG(t, picture(300, 300))
	copy(g.memory.b, file)
	time.AfterFunc(50*time.Millisecond, func() { g.calls.Interrupt(errors.New("enough")) })
	began := time.Now()
	const side = 9000
	g.call("load_png", 0, uint64(len(file)), side, side, rgb8, 1<<20, 3*side*side)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("ended after %v", took)
	}
	if last := g.memory.b[1<<20+3*side*side-3:][:3]; !bytes.Equal(last, make([]byte, 3)) {
		t.Skip("this machine scales faster than it is interrupted")
	}
}

// FuzzLoad calls with whatever arguments.
func FuzzLoad(f *testing.F) {
	p := picture(9, 7)
	for n, file := range [][]byte{
		asPNG(f, p), header(f, 1<<31-1, 1<<31-1), header(f, 3, 3),
		encoded(f, func(b *bytes.Buffer) error { return jpeg.Encode(b, p, nil) }),
		encoded(f, func(b *bytes.Buffer) error { return gif.Encode(b, p, nil) }),
		encoded(f, func(b *bytes.Buffer) error { return bmp.Encode(b, p) }),
	} {
		f.Add(file, uint32(0), uint32(len(file)), uint32(5), uint32(20), uint32(n%4), uint32(4096), uint32(1200))
	}
	f.Fuzz(func(t *testing.T, file []byte, in, inLen, width, height, kind, out, outLen uint32) {
		g := newGuest(t, 1<<16)
		g.host = image.New(image.Config{Guest: g.calls, Errors: logline.New(&g.told, logline.Info, false), MaxMemory: 1 << 22})
		copy(g.memory.b, file)
		before := slices.Clone(g.memory.b)
		result := g.call("load_image", uint64(in), uint64(inLen), uint64(width), uint64(height), uint64(kind), uint64(out), uint64(outLen))
		if result > 1 {
			t.Errorf("returns %d", result)
		}
		for n := range before {
			inside := uint64(n) >= uint64(out) && uint64(n) < uint64(out)+uint64(outLen)
			if before[n] != g.memory.b[n] && (!inside || result != 0) {
				t.Fatalf("wrote to %d, outside of %d+%d, or failed with %d", n, out, outLen, result)
			}
		}
	})
}

func ExampleNamespace() {
	for _, f := range image.Namespace().(*abi.Table).Functions() {
		fmt.Println(f.Name)
	}
	// Output:
	// load_jpg
	// load_png
	// load_image
}
