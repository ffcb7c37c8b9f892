package wasi

import (
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// caller calls one function as the engine does.
type caller struct {
	g     *guest
	f     *abi.Function
	args  []uint64
	stack []uint64
}

func (g *guest) caller(name string, args ...uint64) *caller {
	f := find(ModuleName, name)
	return &caller{g, f, args, make([]uint64, max(1, len(f.Type.Params)))}
}

func (c *caller) call() {
	copy(c.stack, c.args)
	c.g.h.guest.Call(c.f, c.g.h, abi.Caller{Memory: abi.MemoryOf(c.g.mem)}, c.stack)
}

func (g *guest) callers() map[string]*caller {
	fd := uint64(g.mustOpen(3, "f", 0, fileRights))
	iov, n := g.iovs("16 bytes of text")
	iovs, many := g.iovs("one", "two", "three")
	out := uint64(g.alloc(64))
	in := g.alloc(96)
	g.bytes(in, 96)[48+8] = byte(eventFdWrite)
	abi.Put32(g.bytes(in+48+16, 4), 1)
	return map[string]*caller{
		"fd_write":        g.caller("fd_write", 1, uint64(iov), uint64(n), out),
		"fd_write many":   g.caller("fd_write", 1, uint64(iovs), uint64(many), out),
		"fd_read":         g.caller("fd_read", 0, uint64(iov), uint64(n), out),
		"fd_pwrite":       g.caller("fd_pwrite", fd, uint64(iov), uint64(n), 0, out),
		"fd_pread many":   g.caller("fd_pread", fd, uint64(iovs), uint64(many), 0, out),
		"fd_seek":         g.caller("fd_seek", fd, 0, 0, out),
		"fd_tell":         g.caller("fd_tell", fd, out),
		"fd_fdstat_get":   g.caller("fd_fdstat_get", fd, out),
		"clock_time_get":  g.caller("clock_time_get", 1, 0, out),
		"clock_cpu":       g.caller("clock_time_get", 2, 0, out),
		"random_get":      g.caller("random_get", out, 64),
		"poll_oneoff":     g.caller("poll_oneoff", uint64(in), uint64(g.alloc(64)), 2, out),
		"args_sizes_get":  g.caller("args_sizes_get", out, out+8),
		"sched_yield":     g.caller("sched_yield"),
		"fd_read of none": g.caller("fd_read", 99, uint64(iov), uint64(n), out),
	}
}

// Calls that a guest makes often allocate nothing.
func TestCallsDoNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	g, _ := newDirGuest(t, ReadWrite, "f=text")
	for name, c := range g.callers() {
		if n := testing.AllocsPerRun(100, c.call); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkCalls(b *testing.B) {
	g := newGuest(b, Config{}, Environment{Preopens: []Preopen{{Guest: "g", Host: b.TempDir()}}})
	g.mustOpen(3, "f", oflagCreat, fileRights)
	for name, c := range g.callers() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c.call()
			}
		})
	}
}
