package wasi

import (
	"encoding/binary"
	"io"
	"math"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/hostfuncs/abi"

	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

// interesting are arguments that are likely to go wrong.
var interesting = []uint64{
	0, 1, 2, 3, 4, 5, 7, 8, 16, 24, 64, 1000, 1024, 1025, 4096, 65528, 65535, 65536, 65537,
	1<<20 - 1, math.MaxInt32, math.MaxUint32 - 7, math.MaxUint32, math.MaxInt64, math.MaxUint64, 1 << 63,
	uint64(dirRights), uint64(dirInheriting), uint64(fileRights),
}

// The bytes that stand for the path "a", and for the rights to a file.
const (
	pathA        = 40
	rightsOfFile = 28
)

// The bytes that stand for the places of the two addresses that there are.
const (
	addressV4  = 11
	addressAny = 14
)

// sockets are calls that make descriptor 4 a listening socket and 5 one for
// datagrams.
func sockets(index func(string) byte) []byte {
	return []byte{
		index("sock_open"), 1, 2, 8,
		index("sock_bind"), 4, addressV4, 0,
		index("sock_listen"), 4, 1,
		index("sock_open_v2"), 1, 1, 8,
		index("sock_bind_v2"), 5, addressAny, 0,
	}
}

// FuzzCalls makes a sequence of calls with arguments of all sorts: none may panic,
// write outside of memory or wait. Each call takes from data a byte for the
// function, and for each argument one that says how it is made.
func FuzzCalls(f *testing.F) {
	fuzzCalls(f, func(dir string) Preopen { return Preopen{Guest: "/g", Host: dir} })
}

// FuzzCallsOnTree is FuzzCalls where the directory is a tree of files.
func FuzzCallsOnTree(f *testing.F) {
	fuzzCalls(f, func(dir string) Preopen { return Preopen{Guest: "/g", FS: os.DirFS(dir)} })
}

func fuzzCalls(f *testing.F, preopen func(dir string) Preopen) {
	list := slices.Concat(standard().Functions(), unstable().Functions())
	index := func(name string) byte {
		return byte(slices.IndexFunc(list, func(f abi.Function) bool { return f.Name == name }))
	}
	open := []byte{index("path_open"), 3, 1, pathA, 1, 0, rightsOfFile, rightsOfFile, 0, 8}
	for i := range list {
		f.Add(append(open, byte(i), 4, 8, 1, 8, 8, 8, 8, 8, 8))
		f.Add([]byte{byte(i), 3, pathA, 1, 8, 8, 8, pathA, 1, 8})
		f.Add(slices.Concat(sockets(index), []byte{byte(i), 5, addressAny, 1, 0, 8, 8, 8}))
		f.Add(slices.Concat(sockets(index), []byte{byte(i), 4, 8, 1, addressV4, 0, 8, 8}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		escape.Tree(t, dir, "a=text", "d/b", "l => a", "up => ..")
		g := newGuestIn(t, abi.GuestConfig{Interruptible: true, Trace: io.Discard}, Config{}, Environment{Preopens: []Preopen{preopen(dir)}})
		g.mem.b = g.mem.b[:64<<10]
		g.h.args, g.h.env = []string{"a", "bc"}, []string{"A=B"}
		g.h.net.Policy = func(name string, at netip.AddrPort) bool { return at.Addr().IsLoopback() }
		g.h.guest.StopWaiting()
		copy(g.mem.b[256:], "a\x00d/b\x00l\x00up/x\x00new\x00../../x\x00/etc/passwd\x00")
		copy(g.mem.b[1000:], "\x00\x04\x00\x00\x04\x00\x00\x00") // an address of 4 bytes at 1024
		copy(g.mem.b[1024:], loopback)
		copy(g.mem.b[4096:], "\x08\x10\x00\x00\x80\x00\x00\x00\x01\x00"+loopback) // one of 128 bytes
		for calls := 0; len(data) > 0 && calls < 200; calls++ {
			fn := &list[int(data[0])%len(list)]
			data = data[1:]
			if fn.Name == "proc_raise" {
				continue
			}
			stack := make([]uint64, max(1, len(fn.Type.Params)))
			for i := range fn.Type.Params {
				stack[i], data = argument(data)
				if fn.Type.Params[i] == abi.I32 {
					stack[i] = uint64(uint32(stack[i]))
				}
			}
			tame(fn.Name, stack)
			callSafely(t, g, fn, stack)
		}
	})
}

// argument takes one argument from data.
func argument(data []byte) (uint64, []byte) {
	if len(data) == 0 {
		return 0, nil
	}
	b, data := data[0], data[1:]
	switch {
	case int(b) < len(interesting):
		return interesting[b], data
	case b < 128:
		return 256 + uint64(b) - pathA, data // among the paths
	case b < 192 && len(data) >= 2:
		return uint64(binary.LittleEndian.Uint16(data)), data[2:]
	case len(data) >= 8:
		return binary.LittleEndian.Uint64(data), data[8:]
	default:
		return uint64(b), data
	}
}

// tame keeps a call from filling the disk and from waiting for what never comes.
func tame(name string, args []uint64) {
	small := func(i int) {
		if args[i] < 1<<60 {
			args[i] %= 1 << 20
		}
	}
	switch name {
	case "fd_allocate":
		small(1)
		small(2)
	case "fd_filestat_set_size", "fd_seek":
		small(1)
	case "fd_pwrite":
		small(3)
	}
}

// callSafely makes a call and turns a panic into a failure, but for proc_exit's.
func callSafely(t *testing.T, g *guest, f *abi.Function, stack []uint64) {
	defer func() {
		r := recover()
		if _, ok := r.(*sys.ExitError); r != nil && !ok {
			t.Fatalf("%s%v: %v", f.Name, stack, r)
		}
	}()
	g.h.guest.Call(f, g.h, abi.Caller{Memory: abi.MemoryOf(g.mem)}, stack)
}
