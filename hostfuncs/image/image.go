// Package image is the host side of WasmEdge's plug-in wasmedge_image: three functions that
// decode an image and scale it to the size that the guest wants, as bytes or as numbers from
// 0 to 1.
//
//	load_jpg(in, in_len, width, height, type, out, out_len: i32) -> i32
//
// As in WasmEdge, load_jpg, load_png and load_image are the same function: the bytes say
// what they are. Formats are PNG, JPEG, GIF (its first frame) and BMP. The result is 0, or 1
// and a line in the log.
package image

import (
	"fmt"
	"math"
	"math/bits"
	"sync"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// ModuleName is what guests import from.
const ModuleName = "wasmedge_image"

// errno is the result of a function.
type errno uint32

const (
	success errno = 0
	fail    errno = 1
)

// kind is what the guest wants of each pixel: three bytes, or three numbers of 32 bits.
type kind uint32

const (
	rgb8 kind = iota
	bgr8
	rgb32f
	bgr32f
	kinds // how many there are
)

func (k kind) floats() bool   { return k >= rgb32f }
func (k kind) reversed() bool { return k&1 != 0 }

// size is how many bytes a pixel has.
func (k kind) size() uint64 {
	if k.floats() {
		return 3 * 4
	}
	return 3
}

// Config is what a [Host] works with.
type Config struct {
	Guest     *abi.Guest
	Errors    *logline.Logger // is told what is wrong with a call
	MaxMemory uint64          // bytes that decoding may take on the host; 0 stands for [DefaultMemory]
}

// DefaultMemory is how many bytes decoding may take at most, which is enough for images of 44
// million pixels.
const DefaultMemory = 1 << 30

// Host decodes the images of one guest, one at a time.
type Host struct {
	config Config
	mu     sync.Mutex
}

// New is a host that has decoded nothing.
func New(c Config) *Host {
	if c.MaxMemory == 0 || c.MaxMemory > DefaultMemory {
		c.MaxMemory = DefaultMemory
	}
	return &Host{config: c}
}

// Namespace is the namespace. The state of its functions is a [*Host].
func Namespace() abi.Namespace { return table() }

var table = sync.OnceValue(func() *abi.Table {
	var list []abi.Function
	for _, name := range []string{"load_jpg", "load_png", "load_image"} {
		list = append(list, abi.Fn7(name, "in in_len width height type out out_len", (*Host).load))
	}
	return abi.NewTable(ModuleName, list...)
})

// load decodes the image at in and leaves it at out.
func (h *Host) load(m abi.Memory, in abi.Ptr, inLen, width, height abi.Size, k kind, out abi.Ptr, outLen abi.Size) errno {
	if !m.Exists() {
		return h.fail("Memory instance not found.")
	}
	source, ok := m.Bytes(in, inLen)
	if !ok {
		return h.fail("Failed when accessing the input image buffer memory.")
	}
	target, ok := m.Bytes(out, outLen)
	if !ok {
		return h.fail("Failed when accessing the output image data buffer memory.")
	}
	if k >= kinds {
		return fail
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p, err := h.decode(source)
	if err != nil {
		return h.fail("Load image failed.")
	}
	if need := saturated(uint64(width)*uint64(height), k.size()); need > uint64(len(target)) {
		return h.fail(fmt.Sprintf("Output buffer size %d not enough. At least need %d bytes.", len(target), need))
	}
	scaling{p, k, h.config.Guest.Interrupted}.into(target, int(width), int(height))
	return success
}

// saturated is a*b, or the largest number if that is larger.
func saturated(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high > 0 {
		return math.MaxUint64
	}
	return low
}

func (h *Host) fail(text string) errno {
	h.config.Errors.Error("[WasmEdge-Image] " + text)
	return fail
}
