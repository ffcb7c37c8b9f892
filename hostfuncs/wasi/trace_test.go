package wasi

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// A call gives one line: its name, its arguments, its result, what it wrote, and
// how long it took.
func TestTrace(t *testing.T) {
	var out bytes.Buffer
	g := newGuestIn(t, abi.GuestConfig{Trace: &out}, Config{}, Environment{Preopens: []Preopen{{Guest: "g", Host: t.TempDir()}}})
	name, n := g.put("a \"b\"")
	result := g.alloc(8)
	trace := func(function string, args ...uint64) {
		f := find(ModuleName, function)
		defer func() { recover() }()
		g.h.guest.Call(f, g.h, abi.Caller{Memory: abi.MemoryOf(g.mem)}, append(args, 0))
	}
	trace("path_create_directory", 3, uint64(name), uint64(n))
	trace("path_open", 3, 1, uint64(name), uint64(n), 2, 0x4000, 0, 0, uint64(result))
	trace("fd_close", 1<<32-1)
	trace("path_unlink_file", 3, 1<<30, 5)
	trace("fd_seek", 4, 1<<64-5, 2, uint64(result))
	trace("sched_yield")
	trace("proc_exit", 7)
	got := regexp.MustCompile(`<[0-9.]+[nµm]?s>`).ReplaceAllString(out.String(), "<time>")
	want := strings.Join([]string{
		`path_create_directory(fd=3, path="a \"b\"") = 0 <time>`,
		`path_open(fd=3, lookupflags=0x1, path="a \"b\"", oflags=0x2, fs_rights_base=0x4000, fs_rights_inheriting=0x0, fdflags=0x0) = 0 fd=4 <time>`,
		`fd_close(fd=-1) = 8 (BADF) <time>`,
		`path_unlink_file(fd=3, path=0x40000000+5) = 21 (FAULT) <time>`,
		`fd_seek(fd=4, offset=-5, whence=2) = 76 (NOTCAPABLE) <time>`,
		`sched_yield() = 0 <time>`,
		`proc_exit(rval=7) = ? (module closed with exit_code(7)) <time>`,
	}, "\n") + "\n"
	if got != want {
		t.Errorf("trace:\n%s\nwant:\n%s", got, want)
	}
}
