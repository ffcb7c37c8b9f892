package wasi

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/hostfuncs/abi"

	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

// testMemory is a guest's memory without a guest.
type testMemory struct {
	api.Memory // of which only what is below is used
	b          []byte
}

func (m *testMemory) Read(offset, n uint32) ([]byte, bool) {
	if uint64(offset)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[offset : offset+n : offset+n], true
}

func (m *testMemory) ReadUint16Le(offset uint32) (uint16, bool) {
	b, ok := m.Read(offset, 2)
	if !ok {
		return 0, false
	}
	return abi.Get16(b), true
}

// loopback are the bytes of 127.0.0.1.
const loopback = "\x7f\x00\x00\x01"

// guest calls the functions of a host as a guest would.
type guest struct {
	t    testing.TB
	h    *Host
	mem  *testMemory
	next ptr
}

// newGuest is a guest of a host with that configuration and environment. The
// host is closed at the end of the test. Standard streams that e does not give
// lead nowhere.
func newGuest(t testing.TB, c Config, e Environment) *guest {
	t.Helper()
	return newGuestIn(t, abi.GuestConfig{}, c, e)
}

// newGuestIn is newGuest with what is to be done about its calls.
func newGuestIn(t testing.TB, gc abi.GuestConfig, c Config, e Environment) *guest {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	if e.Stdin == nil {
		e.Stdin = null
	}
	for _, w := range []*io.Writer{&e.Stdout, &e.Stderr} {
		if *w == nil {
			*w = null
		}
	}
	g := &guest{t: t, h: New(abi.NewGuest(gc), c), mem: &testMemory{b: make([]byte, 1<<20)}, next: 8}
	for _, err := range g.h.Init(e) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.h.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// newDirGuest is a guest whose descriptor 3 is a new directory, whose path is
// returned. Files are made in it as [escape.Tree] says.
func newDirGuest(t testing.TB, mode Mode, files ...string) (*guest, string) {
	t.Helper()
	dir := t.TempDir()
	escape.Tree(t, dir, files...)
	return newGuest(t, Config{}, Environment{Preopens: []Preopen{{Guest: "/g", Host: dir, Mode: mode}}}), dir
}

// alloc is n bytes of the guest's memory, zeroed, aligned to 8.
func (g *guest) alloc(n int) ptr {
	p := g.next
	g.next += ptr(n+7) &^ 7
	if int(g.next) > len(g.mem.b) {
		g.t.Fatal("the guest's memory is used up")
	}
	clear(g.mem.b[p:g.next])
	return p
}

// bytes is n bytes of the guest's memory at p.
func (g *guest) bytes(p ptr, n int) []byte { return g.mem.b[p:][:n] }

// put is s in the guest's memory.
func (g *guest) put(s string) (ptr, size) {
	p := g.alloc(len(s) + 1)
	copy(g.mem.b[p:], s)
	return p, size(len(s))
}

// call calls a function of preview 1. A string among the arguments becomes two: its
// address and its length.
func (g *guest) call(name string, args ...any) Errno {
	g.t.Helper()
	return g.callIn(ModuleName, name, args...)
}

func (g *guest) callIn(module, name string, args ...any) Errno {
	g.t.Helper()
	f := find(module, name)
	if f == nil {
		g.t.Fatalf("no function %s", name)
	}
	var stack []uint64
	for _, a := range args {
		switch a := a.(type) {
		case string:
			p, n := g.put(a)
			stack = append(stack, uint64(p), uint64(n))
		case int:
			stack = append(stack, uint64(a))
		case ptr:
			stack = append(stack, uint64(a))
		case size:
			stack = append(stack, uint64(a))
		case fdnum:
			stack = append(stack, uint64(a))
		case uint64:
			stack = append(stack, a)
		case Rights:
			stack = append(stack, uint64(a))
		default:
			g.t.Fatalf("argument of type %T", a)
		}
	}
	if len(stack) != len(f.Type.Params) {
		g.t.Fatalf("%s: %d arguments for %d parameters", name, len(stack), len(f.Type.Params))
	}
	return g.invoke(f, stack)
}

// descriptor is what number fd stands for.
func (g *guest) descriptor(fd fdnum) *descriptor {
	g.t.Helper()
	d, errno := g.h.table.get(fd)
	if errno != Success {
		g.t.Fatalf("descriptor %d: %v", fd, errno)
	}
	d.Release()
	return d
}

// find is a function of one of the modules, or nil.
func find(module, name string) *abi.Function {
	for _, ns := range Namespaces() {
		if ns.Name() == module {
			f, _ := ns.Function(name, abi.Signature{})
			return f
		}
	}
	return nil
}

// invoke calls f without what surrounds a call. What ends the guest is a panic.
func (g *guest) invoke(f *abi.Function, args []uint64) Errno {
	g.t.Helper()
	return invoke(g.t, f, g.h, abi.MemoryOf(g.mem), args)
}

func invoke(t testing.TB, f *abi.Function, h *Host, m memory, args []uint64) Errno {
	t.Helper()
	stack := append(slices.Clone(args), 0)
	if err := f.Invoke(h, abi.Caller{Memory: m}, stack); err != nil {
		panic(err)
	}
	return Errno(stack[0])
}

// want calls a function and fails the test unless it returns that error number.
func (g *guest) want(errno Errno, name string, args ...any) {
	g.t.Helper()
	if got := g.call(name, args...); got != errno {
		g.t.Errorf("%s%v = %v, want %v", name, args, got, errno)
	}
}

// must calls a function that has to succeed.
func (g *guest) must(name string, args ...any) {
	g.t.Helper()
	if errno := g.call(name, args...); errno != Success {
		g.t.Fatalf("%s%v = %v", name, args, errno)
	}
}

// rights that a test opens files and directories with.
const (
	fileRights = dirInheriting &^ (RightPathFilestatGet | 0x1e00)
	readRights = RightFdRead | RightFdSeek | RightFdTell | RightFdFilestatGet | RightFdReaddir | RightPollFdReadwrite
)

// open opens path beneath descriptor dir and follows links.
func (g *guest) open(dir fdnum, path string, flags oflags, base Rights) (fdnum, Errno) {
	g.t.Helper()
	return g.openWith(dir, 1, path, flags, base, base, 0)
}

func (g *guest) openWith(dir fdnum, follow int, path string, flags oflags, base, inheriting Rights, fdf fdflags) (fdnum, Errno) {
	g.t.Helper()
	out := g.alloc(4)
	errno := g.call("path_open", dir, follow, path, int(flags), base, inheriting, int(fdf), out)
	return fdnum(abi.Get32(g.bytes(out, 4))), errno
}

// mustOpen is open for what has to succeed.
func (g *guest) mustOpen(dir fdnum, path string, flags oflags, base Rights) fdnum {
	g.t.Helper()
	fd, errno := g.open(dir, path, flags, base)
	if errno != Success {
		g.t.Fatalf("path_open %q = %v", path, errno)
	}
	return fd
}

// iovs is an array of buffers.
func (g *guest) iovs(bufs ...string) (ptr, size) {
	p := g.alloc(8 * len(bufs))
	for i, b := range bufs {
		at, n := g.put(b)
		abi.Put32(g.mem.b[p+ptr(8*i):], uint32(at))
		abi.Put32(g.mem.b[p+ptr(8*i)+4:], uint32(n))
	}
	return p, size(len(bufs))
}

// write writes s to fd with one buffer.
func (g *guest) write(fd fdnum, s string) (int, Errno) {
	g.t.Helper()
	p, n := g.iovs(s)
	out := g.alloc(4)
	errno := g.call("fd_write", fd, p, n, out)
	return int(abi.Get32(g.bytes(out, 4))), errno
}

// read reads up to n bytes from fd with one buffer.
func (g *guest) read(fd fdnum, n int) (string, Errno) {
	g.t.Helper()
	p, count := g.iovs(strings.Repeat("?", n))
	out := g.alloc(4)
	errno := g.call("fd_read", fd, p, count, out)
	return string(g.bytes(ptr(abi.Get32(g.bytes(p, 4))), int(abi.Get32(g.bytes(out, 4))))), errno
}
