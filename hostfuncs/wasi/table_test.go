package wasi

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// A program that moves its standard output away, opens files meanwhile and moves it
// back mixes nothing and loses nothing.
func TestMovingStandardStreams(t *testing.T) {
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for name, move := range map[string]func(g *guest) (saved fdnum){
		"away to another number": func(g *guest) fdnum {
			saved := g.mustOpen(3, "spare", oflagCreat, fileRights)
			g.must("fd_renumber", 1, saved)
			return saved
		},
		"to that of another stream": func(g *guest) fdnum {
			g.must("fd_close", 2)
			g.must("fd_renumber", 1, 2)
			return 2
		},
	} {
		t.Run(name, func(t *testing.T) {
			log.Truncate(0)
			log.Seek(0, 0)
			g := newGuest(t, Config{}, Environment{Stdout: log, Preopens: []Preopen{{Host: dir}}})
			saved := move(g)
			g.want(EBADF, "fd_close", 1)
			data := g.mustOpen(3, "data", oflagCreat|oflagTrunc, fileRights)
			if data < firstNew {
				t.Errorf("the file has number %d of a standard stream", data)
			}
			if _, errno := g.write(1, "lost"); errno != EBADF {
				t.Errorf("write to what is moved away = %v, want BADF", errno)
			}
			g.write(data, "data")
			g.must("fd_renumber", saved, 1)
			g.write(1, "log")
			for file, want := range map[string]string{"data": "data", "log": "log"} {
				if got, _ := os.ReadFile(filepath.Join(dir, file)); string(got) != want {
					t.Errorf("%s is %q, want %q", file, got, want)
				}
			}
		})
	}
}

// No number of a closed standard stream is handed out, by whatever opens.
func TestNumbersOfStandardStreamsAreNotHandedOut(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f")
	for fd := range firstNew {
		g.must("fd_close", fd)
	}
	out := g.alloc(4)
	if fd := g.mustOpen(3, "f", 0, readRights); fd != 4 {
		t.Errorf("file %d, want 4", fd)
	}
	g.must("sock_open", 1, 1, out)
	if fd := abi.Get32(g.bytes(out, 4)); fd != 5 {
		t.Errorf("socket %d, want 5", fd)
	}
	g.must("fd_renumber", 5, 0)
	g.must("fd_renumber", 4, 1)
	g.want(EBADF, "fd_renumber", 1, 4) // closed, and no standard stream's
	g.must("fd_close", 3)
	if n, errno := g.h.table.add(newSocketDescriptor(mustSocket(t), 0, 0)); n != 3 || errno != Success {
		t.Errorf("number %d, %v; want 3", n, errno)
	}
}

func mustSocket(t *testing.T) *hostnet.Socket {
	t.Helper()
	s, err := hostnet.Open(hostnet.Inet4, hostnet.Datagram)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What a start function has opened gives way to what the guest is then given.
func TestInitAfterStartFunction(t *testing.T) {
	g, dir := newDirGuest(t, ReadWrite)
	h := New(abi.NewGuest(abi.GuestConfig{}), Config{})
	defer h.Close()
	g = &guest{t: t, h: h, mem: g.mem, next: 8}
	g.must("sock_open", 1, 1, g.alloc(4))
	for _, err := range h.Init(Environment{Preopens: []Preopen{{Guest: "g", Host: dir}}}) {
		t.Fatal(err)
	}
	g.must("fd_prestat_get", 3, g.alloc(8))
	if h.table.Len() != 1 {
		t.Errorf("%d descriptors are counted, want 1", h.table.Len())
	}
}

// FuzzDescriptors makes sequences of calls that open, close and move descriptors,
// and compares what each number stands for with a model: a map of numbers to files.
func FuzzDescriptors(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1, 4, 1, 3, 1, 0, 1, 4, 2})
	f.Add([]byte{1, 0, 1, 1, 1, 2, 0, 1, 0, 2, 2, 4, 0, 2, 5, 1})
	f.Add([]byte{2, 1, 9, 1, 1, 0, 2, 2, 9, 1, 0, 1, 2, 7, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		names := []string{"a", "b", "c", "d"}
		g, dir := newDirGuest(t, ReadWrite, names...)
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		m := fdModel{0: "stdin", 1: "stdout", 2: "stderr", 3: "dir"}
		take := func() byte {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		for steps := 0; len(data) > 0 && steps < 300; steps++ {
			g.next = 8
			op := take()
			switch a, b := fdnum(take()%12), fdnum(take()%12); op % 4 {
			case 0:
				m.open(t, g, names[a%4])
			case 1:
				if got, want := g.call("fd_close", a), m.close(a); got != want {
					t.Fatalf("close %d = %v, want %v", a, got, want)
				}
			case 2:
				if got, want := g.call("fd_renumber", a, b), m.renumber(a, b); got != want {
					t.Fatalf("renumber %d to %d = %v, want %v", a, b, got, want)
				}
			case 3:
				m.check(t, g, a)
			}
		}
		for fd := range fdnum(14) {
			m.check(t, g, fd)
		}
		if g.h.table.Len() != len(m) {
			t.Fatalf("%d descriptors are counted, want %d", g.h.table.Len(), len(m))
		}
	})
}

// fdModel is what each open descriptor stands for.
type fdModel map[fdnum]string

// open opens a file and expects the lowest number that is free and no standard
// stream's.
func (m fdModel) open(t *testing.T, g *guest, name string) {
	t.Helper()
	dir := fdnum(1 << 20)
	for fd, what := range m {
		if what == "dir" {
			dir = fd
		}
	}
	fd, errno := g.open(dir, name, 0, RightFdRead|RightFdSeek)
	if dir == 1<<20 {
		if errno != EBADF {
			t.Fatalf("open without a directory = %v", errno)
		}
		return
	}
	want := fdnum(firstNew)
	for m[want] != "" {
		want++
	}
	if errno != Success || fd != want {
		t.Fatalf("open = %d, %v; want %d", fd, errno, want)
	}
	m[fd] = name
}

func (m fdModel) close(fd fdnum) Errno {
	if m[fd] == "" {
		return EBADF
	}
	delete(m, fd)
	return Success
}

func (m fdModel) renumber(from, to fdnum) Errno {
	if m[from] == "" || m[to] == "" && to >= firstNew {
		return EBADF
	}
	if from != to {
		m[to] = m[from]
		delete(m, from)
	}
	return Success
}

// check expects number fd to stand for what it should.
func (m fdModel) check(t *testing.T, g *guest, fd fdnum) {
	t.Helper()
	switch want := m[fd]; want {
	case "":
		g.want(EBADF, "fd_fdstat_get", fd, g.alloc(24))
	case "dir":
		g.must("fd_prestat_get", fd, g.alloc(8))
	case "stdin", "stdout", "stderr":
		d, errno := g.h.table.get(fd)
		if errno != Success {
			t.Fatal(errno)
		}
		defer d.Release()
		if !d.stdio || (Rights(d.base.Load()) == stdinRights) != (want == "stdin") {
			t.Fatalf("%d is not %s", fd, want)
		}
	default:
		p, n := g.iovs("?")
		g.must("fd_pread", fd, p, n, 0, g.alloc(4))
		if got := string(g.bytes(ptr(abi.Get32(g.bytes(p, 4))), 1)); got != want {
			t.Fatalf("%d is file %s, want %s", fd, got, want)
		}
	}
}
