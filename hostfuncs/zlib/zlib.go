// Package zlib is the host side of WasmEdge's plug-in wasmedge_zlib: the functions of zlib,
// for guests whose zlib is the host's. A stream is told by the address of its z_stream in the
// guest's memory, laid out as clang does for wasm32.
//
// Compression is that of compress/flate: what it makes is not zlib's to the byte, but every
// inflate reads it. What takes the inside of zlib's own code is not there, and says
// Z_STREAM_ERROR: see the functions of rare.go. Flushing at the end of a block (Z_BLOCK,
// Z_TREES) is flushing at a byte in deflate, and nothing in inflate.
//
// Addresses outside of the guest's memory, and streams and files that there are not, end the
// guest, as in WasmEdge.
package zlib

import (
	"bytes"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/fault"
)

// ModuleName is what guests import from.
const ModuleName = "wasmedge_zlib"

// zlib's results.
const (
	success      = 0
	streamEnd    = 1
	needDict     = 2
	errnoError   = -1
	streamError  = -2
	dataError    = -3
	memError     = -4
	bufError     = -5
	versionError = -6
)

// Config is what a [Host] works with.
type Config struct {
	Guest     *abi.Guest
	Errors    *logline.Logger // is told what is wrong with a call
	Files     func() Files    // of the guest; nil for none
	MaxMemory uint64          // bytes that all streams and files take on the host; 0 stands for [DefaultMemory]
}

// DefaultMemory is how many bytes the streams and files of a guest take at most.
const DefaultMemory = 256 << 20

// Host has the streams and files of one guest.
type Host struct {
	config  Config
	mu      sync.Mutex // held during a call
	streams map[uint32]stream
	headers map[uint32]headerWanted
	files   map[uint32]*gzFile
	opened  uint32 // files so far
	taken   uint64 // bytes
}

// New is a host without streams.
func New(c Config) *Host {
	if c.MaxMemory == 0 || c.MaxMemory > DefaultMemory {
		c.MaxMemory = DefaultMemory
	}
	return &Host{config: c, streams: map[uint32]stream{}, headers: map[uint32]headerWanted{}, files: map[uint32]*gzFile{}}
}

// Close ends all streams and closes all files, of which it writes what is left.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at := range h.streams {
		h.drop(at)
	}
	var err error
	for n, f := range h.files {
		if e := f.close(); err == nil {
			err = e
		}
		delete(h.files, n)
	}
	return err
}

// take reserves n bytes, and reports false where there are not so many.
func (h *Host) take(n uint64) bool {
	if h.taken+n > h.config.MaxMemory {
		return false
	}
	h.taken += n
	return true
}

// args are the arguments of a call, 32 bits each.
type args []uint64

func (a args) word(n int) uint32   { return uint32(a[n]) }
func (a args) number(n int) int32  { return int32(a[n]) }
func (a args) ptr(n int) abi.Ptr   { return abi.Ptr(a[n]) }
func (a args) size(n int) abi.Size { return abi.Size(a[n]) }

// call is a call of a function.
type call struct {
	*Host
	name   string // of the function
	memory abi.Memory
	args
}

// row is a function: its name, the names of its parameters, and what it does. The error
// ends the guest.
type row struct {
	name, params string
	do           func(call) (int32, error)
}

// Namespace is the namespace. The state of its functions is a [*Host].
func Namespace() abi.Namespace { return table() }

var table = sync.OnceValue(func() *abi.Table {
	var list []abi.Function
	for _, rows := range [][]row{streamRows(), onceRows(), fileRows(), checkRows(), rareRows()} {
		for _, r := range rows {
			list = append(list, r.function())
		}
	}
	return abi.NewTable(ModuleName, list...)
})

// function is r as guests import it.
func (r row) function() abi.Function {
	t := abi.Signature{Params: make([]abi.ValueType, len(strings.Fields(r.params))), Results: []abi.ValueType{abi.I32}}
	for n := range t.Params {
		t.Params[n] = abi.I32
	}
	if r.name == "gzclearerr" {
		t.Results = nil
	}
	return abi.Raw(r.name, r.params, t, func(h *Host, c abi.Caller, stack []uint64) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		result, err := r.do(call{h, r.name, c.Memory, stack[:len(t.Params)]})
		if err != nil {
			return err
		}
		if len(t.Results) > 0 {
			stack[0] = uint64(uint32(result))
		}
		return nil
	})
}

// fail ends the guest, and tells the log why in WasmEdge's words.
func (c call) fail(text string) error {
	c.config.Errors.Error("[WasmEdge-Zlib] " + text)
	return fault.HostFuncError
}

// label is the name of the function in WasmEdge's log.
func (c call) label() string {
	name := strings.ToUpper(c.name[:1]) + c.name[1:]
	if rest, isFile := strings.CutPrefix(c.name, "gz"); isFile {
		name = "GZ" + strings.ToUpper(rest[:1]) + rest[1:]
	}
	return "WasmEdgeZlib" + name
}

// bytes are the n bytes at p.
func (c call) bytes(p abi.Ptr, n abi.Size) ([]byte, error) {
	if !c.memory.Exists() {
		return nil, c.fail("Memory instance not found.")
	}
	b, ok := c.memory.Bytes(p, n)
	if !ok {
		return nil, c.fail("[" + c.label() + "] Out-of-bounds buffer access.")
	}
	return b, nil
}

// place is where the guest has a number of 32 bits.
func (c call) place(p abi.Ptr) ([]byte, error) {
	if !c.memory.Exists() {
		return nil, c.fail("Memory instance not found.")
	}
	b, ok := c.memory.Bytes(p, 4)
	if !ok {
		return nil, c.fail("[" + c.label() + "] Out-of-bounds pointer access.")
	}
	return b, nil
}

// maxText is how long a text of the guest may be.
const maxText = 1 << 20

// text is the text that ends with a zero at p, and whether it is in memory.
func (c call) text(p abi.Ptr) (string, bool) {
	var text []byte
	for n := abi.Size(1 << 10); len(text) < maxText; {
		b, in := c.memory.Bytes(p+abi.Ptr(len(text)), n)
		switch {
		case in:
			before, _, ends := bytes.Cut(b, []byte{0})
			if text = append(text, before...); ends {
				return string(text), true
			}
		case n == 1:
			return "", false
		default:
			n = 1 // memory ends before
		}
	}
	return "", false
}
