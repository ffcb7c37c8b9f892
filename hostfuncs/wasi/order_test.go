package wasi

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// fault is what is wrong with a call: other arguments than the good ones, and the
// error number that comes of them.
type fault struct {
	errno Errno
	args  map[int]uint64
}

// A scene is what calls with faults find: memory with paths in it, and descriptors.
const (
	sceneOut     = 64       // a place for results
	sceneOdd     = 66       // one that is not aligned
	sceneFar     = 1 << 30  // outside of memory
	scenePath    = 256      // "f"
	sceneAbs     = 264      // "/f"
	sceneNul     = 272      // "f\0"
	sceneNew     = 280      // "new"
	sceneLink    = 288      // "l"
	sceneDir     = 296      // "d"
	sceneNothing = 304      // "none"
	sceneUp      = 312      // "../x"
	sceneDeep    = 320      // "none/x"
	sceneFile    = fdnum(4) // with all rights
	sceneBare    = fdnum(5) // a directory with no rights
	sceneBad     = 99       // no descriptor
	sceneOpened  = fdnum(6) // a directory with all rights
)

func newScene(t *testing.T) *guest {
	g, _ := newDirGuest(t, ReadWrite, "f=text", "d/", "l => f")
	for at, text := range map[int]string{scenePath: "f", sceneAbs: "/f", sceneNul: "f\x00", sceneNew: "new",
		sceneLink: "l", sceneDir: "d", sceneNothing: "none", sceneUp: "../x", sceneDeep: "none/x"} {
		copy(g.mem.b[at:], text)
	}
	g.mustOpen(3, "f", 0, fileRights)
	for range 2 {
		if _, errno := g.openWith(3, 0, "d", oflagDirectory, RightFdReaddir, 0, 0); errno != Success {
			t.Fatal(errno)
		}
	}
	for fd, r := range map[fdnum]Rights{3: dirInheriting, sceneFile: dirInheriting, sceneBare: 0, sceneOpened: dirInheriting} {
		g.descriptor(fd).base.Store(uint64(r))
	}
	return g
}

// with is a fault: errno, and pairs of the place of an argument and its value.
func with(errno Errno, pairs ...uint64) fault {
	args := map[int]uint64{}
	for i := 0; i < len(pairs); i += 2 {
		args[int(pairs[i])] = pairs[i+1]
	}
	return fault{errno, args}
}

// onFd are the faults of descriptor fd, the argument at i, in order.
func onFd(i uint64) []fault {
	return []fault{with(EBADF, i, sceneBad), with(ENOTCAPABLE, i, uint64(sceneBare))}
}

// onStart are the faults of a path, the argument at i and its length, and of the
// descriptor at fd that it starts from, in order.
func onStart(fd, i uint64) []fault {
	return []fault{
		with(EINVAL, i, sceneNul, i+1, 2),
		with(EBADF, fd, sceneBad), with(ENOTCAPABLE, fd, uint64(sceneBare)),
		with(ENOENT, i, scenePath, i+1, 0), with(EPERM, i, sceneAbs, i+1, 2), with(ENOTDIR, fd, uint64(sceneFile)),
	}
}

func faultsOf(parts ...[]fault) []fault {
	var all []fault
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// For each function, a call that is good, and what can be wrong with it, in the
// order in which it is looked at: of two faults, the first decides. The order is
// that of WasmEdge.
var orders = []struct {
	name   string
	good   []uint64
	faults []fault
}{
	{"clock_time_get", []uint64{0, 0, sceneOut}, []fault{with(EADDRNOTAVAIL, 2, sceneOdd), with(EFAULT, 2, sceneFar), with(EINVAL, 0, 9)}},
	{"clock_res_get", []uint64{0, sceneOut}, []fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EFAULT, 1, sceneFar), with(EINVAL, 0, 9)}},
	{"fd_advise", []uint64{4, 0, 0, 0}, faultsOf([]fault{with(EINVAL, 3, 6)}, onFd(0))},
	{"fd_fdstat_get", []uint64{4, sceneOut}, []fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EFAULT, 1, sceneFar), with(EBADF, 0, sceneBad)}},
	{"fd_fdstat_set_flags", []uint64{4, 0}, faultsOf([]fault{with(EINVAL, 1, 32)}, onFd(0))},
	{"fd_fdstat_set_rights", []uint64{4, 0, 0}, []fault{with(EINVAL, 1, 1<<40), with(EINVAL, 2, 1<<40), with(EBADF, 0, sceneBad), with(ENOTCAPABLE, 1, 1<<35)}},
	{"fd_filestat_get", []uint64{4, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EFAULT, 1, sceneFar)}, onFd(0))},
	{"fd_filestat_set_times", []uint64{4, 1, 1, 5}, faultsOf([]fault{with(EINVAL, 3, 16), with(EINVAL, 3, 3)}, onFd(0))},
	{"fd_filestat_set_size", []uint64{4, 1}, faultsOf(onFd(0), []fault{with(EINVAL, 1, 1<<63)})},
	{"fd_prestat_get", []uint64{3, sceneOut}, []fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EFAULT, 1, sceneFar), with(EBADF, 0, sceneBad), with(EINVAL, 0, 4)}},
	{"fd_prestat_dir_name", []uint64{3, sceneOut, 1}, []fault{with(EFAULT, 1, sceneFar, 2, 1), with(EBADF, 0, sceneBad), with(EINVAL, 0, 4), with(ENAMETOOLONG, 2, 0)}},
	{"fd_read", []uint64{4, sceneOut, 0, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EADDRNOTAVAIL, 3, sceneOdd),
		with(EINVAL, 2, 1025), with(EFAULT, 1, sceneFar, 2, 1), with(EFAULT, 3, sceneFar)}, onFd(0))},
	{"fd_pwrite", []uint64{4, sceneOut, 0, 0, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EADDRNOTAVAIL, 4, sceneOdd),
		with(EINVAL, 2, 1025), with(EFAULT, 1, sceneFar, 2, 1), with(EFAULT, 4, sceneFar)}, onFd(0), []fault{with(EINVAL, 3, 1<<63)})},
	{"fd_readdir", []uint64{3, sceneOut, 8, 0, 128}, faultsOf([]fault{with(EADDRNOTAVAIL, 4, sceneOdd), with(EFAULT, 1, sceneFar), with(EFAULT, 4, sceneFar)},
		onFd(0), []fault{with(ENOTDIR, 0, 4)})},
	{"fd_seek", []uint64{4, 0, 0, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 3, sceneOdd), with(EINVAL, 2, 3), with(EFAULT, 3, sceneFar)}, onFd(0))},
	{"fd_tell", []uint64{4, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 1, sceneOdd), with(EFAULT, 1, sceneFar)}, onFd(0))},
	{"fd_sync", []uint64{4}, []fault{with(EBADF, 0, sceneBad), with(EBADF, 0, uint64(sceneBare)), with(EBADF, 0, uint64(sceneOpened))}},
	{"fd_datasync", []uint64{4}, onFd(0)},
	{"path_create_directory", []uint64{3, sceneNew, 3}, faultsOf([]fault{with(EFAULT, 1, sceneFar)}, onStart(0, 1), []fault{with(EEXIST, 1, scenePath, 2, 1)})},
	{"path_remove_directory", []uint64{3, sceneDir, 1}, faultsOf([]fault{with(EFAULT, 1, sceneFar)}, onStart(0, 1), []fault{with(ENOTDIR, 1, scenePath)})},
	{"path_unlink_file", []uint64{3, scenePath, 1}, faultsOf([]fault{with(EFAULT, 1, sceneFar)}, onStart(0, 1), []fault{with(EISDIR, 1, sceneDir)})},
	{"path_filestat_get", []uint64{3, 0, scenePath, 1, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 4, sceneOdd), with(EINVAL, 1, 2),
		with(EFAULT, 4, sceneFar), with(EFAULT, 2, sceneFar)}, onStart(0, 2), []fault{with(ENOENT, 2, sceneNothing, 3, 4)})},
	{"path_filestat_set_times", []uint64{3, 0, scenePath, 1, 1, 1, 5}, faultsOf([]fault{with(EINVAL, 1, 2), with(EINVAL, 6, 3), with(EFAULT, 2, sceneFar)},
		onStart(0, 2), []fault{with(ENOENT, 2, sceneNothing, 3, 4)})},
	{"path_open", []uint64{3, 0, scenePath, 1, 0, 0, 0, 0, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 8, sceneOdd), with(EINVAL, 1, 2), with(EINVAL, 4, 16),
		with(EINVAL, 5, 1<<40), with(EINVAL, 6, 1<<40), with(EINVAL, 7, 32), with(EFAULT, 2, sceneFar), with(EFAULT, 8, sceneFar),
		with(EISDIR, 4, uint64(oflagDirectory), 5, uint64(RightFdRead|RightFdWrite))},
		onStart(0, 2), []fault{with(ENOENT, 2, sceneNothing, 3, 4)})},
	{"path_readlink", []uint64{3, sceneLink, 1, 128, 8, sceneOut}, faultsOf([]fault{with(EADDRNOTAVAIL, 5, sceneOdd), with(EFAULT, 1, sceneFar), with(EFAULT, 3, sceneFar, 4, 8),
		with(EFAULT, 5, sceneFar)}, onStart(0, 1), []fault{with(ENOENT, 1, sceneDeep, 2, 6), with(EINVAL, 4, 0), with(EINVAL, 1, scenePath)})},
	{"path_link", []uint64{3, 0, scenePath, 1, 6, sceneNew, 3}, []fault{with(EINVAL, 1, 2), with(EFAULT, 2, sceneFar, 3, 1), with(EFAULT, 5, sceneFar, 6, 1),
		with(EINVAL, 2, sceneNul, 3, 2), with(EINVAL, 5, sceneNul, 6, 2), with(EBADF, 0, sceneBad), with(EBADF, 4, sceneBad),
		with(ENOTCAPABLE, 0, uint64(sceneBare)), with(ENOTCAPABLE, 4, uint64(sceneBare)), with(ENOENT, 3, 0), with(EPERM, 2, sceneAbs, 3, 2),
		with(ENOTDIR, 0, uint64(sceneFile)), with(ENOENT, 2, sceneDeep, 3, 6), with(ENOENT, 6, 0), with(EPERM, 5, sceneAbs, 6, 2), with(ENOTDIR, 4, uint64(sceneFile))}},
	{"path_rename", []uint64{3, scenePath, 1, 6, sceneNew, 3}, []fault{with(EFAULT, 1, sceneFar, 2, 1), with(EFAULT, 4, sceneFar, 5, 1),
		with(EINVAL, 1, sceneNul, 2, 2), with(EINVAL, 4, sceneNul, 5, 2), with(EBADF, 0, sceneBad), with(EBADF, 3, sceneBad),
		with(ENOTCAPABLE, 0, uint64(sceneBare)), with(ENOTCAPABLE, 3, uint64(sceneBare)), with(ENOENT, 2, 0), with(EPERM, 1, sceneAbs, 2, 2),
		with(ENOTDIR, 0, uint64(sceneFile)), with(ENOENT, 1, sceneDeep, 2, 6), with(ENOENT, 5, 0), with(EPERM, 4, sceneAbs, 5, 2), with(ENOTDIR, 3, uint64(sceneFile))}},
	{"path_symlink", []uint64{scenePath, 1, 3, sceneNew, 3}, []fault{with(EFAULT, 0, sceneFar, 1, 1), with(EFAULT, 3, sceneFar, 4, 1),
		with(ENOENT, 1, 0), with(ENOENT, 4, 0), with(EINVAL, 0, sceneNul, 1, 2), with(EINVAL, 3, sceneNul, 4, 2), with(EPERM, 0, sceneAbs, 1, 2),
		with(EBADF, 2, sceneBad), with(ENOTCAPABLE, 2, uint64(sceneBare)), with(EPERM, 3, sceneAbs, 4, 2), with(ENOTDIR, 2, uint64(sceneFile)),
		with(ENOENT, 3, sceneDeep, 4, 6), with(EPERM, 0, sceneUp, 1, 4), with(EEXIST, 3, scenePath, 4, 1)}},
	{"poll_oneoff", []uint64{sceneOut, sceneOut, 0, sceneOut}, []fault{with(EADDRNOTAVAIL, 0, sceneOdd), with(EADDRNOTAVAIL, 1, sceneOdd), with(EADDRNOTAVAIL, 3, sceneOdd),
		with(EFAULT, 0, sceneFar, 2, 1), with(EFAULT, 3, sceneFar)}},
	{"sock_open", []uint64{1, 1, sceneOut}, []fault{with(EADDRNOTAVAIL, 2, sceneOdd), with(EFAULT, 2, sceneFar), with(EINVAL, 0, 9), with(ENOSYS, 0, 3), with(EINVAL, 1, 9)}},
	{"sock_accept_v2", []uint64{0, 0, sceneOut}, []fault{with(EADDRNOTAVAIL, 2, sceneOdd), with(EFAULT, 2, sceneFar), with(EINVAL, 1, 32), with(EBADF, 0, sceneBad)}},
}

// A good call works, a call with one fault fails of it, and a call with two faults
// of that which is looked at first.
func TestOrderOfErrors(t *testing.T) {
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			g := newScene(t) // which calls that fail leave as it is
			check := func(args []uint64, want Errno) {
				if got := g.invoke(find(ModuleName, o.name), args); got != want {
					t.Errorf("%v = %v, want %v", args, got, want)
				}
			}
			for i, first := range o.faults {
				check(apply(o.good, first), first.errno)
				for _, second := range o.faults[i+1:] {
					if !overlap(first, second) {
						check(apply(o.good, first, second), first.errno)
					}
				}
			}
			if o.name != "sock_accept_v2" { // there is nobody to accept
				check(o.good, Success)
			}
		})
	}
}

func overlap(a, b fault) bool {
	for i := range a.args {
		if _, ok := b.args[i]; ok {
			return true
		}
	}
	return false
}

func apply(good []uint64, faults ...fault) []uint64 {
	args := slices.Clone(good)
	for _, f := range faults {
		for i, v := range f.args {
			args[i] = v
		}
	}
	return args
}

// No bytes may be anywhere, also outside of memory, but not in a guest without one.
func TestNoBytesAnywhere(t *testing.T) {
	for _, c := range []struct {
		name string
		args []any
		want Errno
	}{
		{"fd_read", []any{4, sceneFar, 0, sceneOut}, Success},
		{"fd_write", []any{1, sceneFar, 0, sceneOut}, Success},
		{"fd_pread", []any{4, sceneFar, 0, 0, sceneOut}, Success},
		{"fd_readdir", []any{3, sceneFar, 0, 0, sceneOut}, Success},
		{"fd_prestat_dir_name", []any{3, sceneFar, 0}, ENAMETOOLONG},
		{"path_readlink", []any{3, "l", sceneFar, 0, sceneOut}, EINVAL},
		{"path_unlink_file", []any{3, sceneFar, 0}, ENOENT},
		{"poll_oneoff", []any{sceneFar, sceneFar, 0, sceneOut}, Success},
		{"random_get", []any{sceneFar, 0}, Success},
		{"environ_get", []any{sceneFar, sceneFar}, Success},
	} {
		g := newScene(t)
		g.next = 1024
		g.want(c.want, c.name, c.args...)
	}
}

// What lies between the parts of a structure is left alone.
func TestPaddingIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		module, name string
		args         []any
		padding      [][2]int // from, to
	}{
		{ModuleName, "fd_fdstat_get", []any{4, sceneOut}, [][2]int{{1, 2}, {4, 8}}},
		{ModuleName, "fd_filestat_get", []any{4, sceneOut}, [][2]int{{17, 24}}},
		{ModuleName, "path_filestat_get", []any{3, 0, "f", sceneOut}, [][2]int{{17, 24}}},
		{ModuleName, "fd_prestat_get", []any{3, sceneOut}, [][2]int{{1, 4}}},
		{UnstableModuleName, "fd_filestat_get", []any{4, sceneOut}, [][2]int{{17, 20}}},
	} {
		g := newScene(t)
		g.next = 1024
		for i := range 64 {
			g.mem.b[sceneOut+i] = 0xa5
		}
		if errno := g.callIn(c.module, c.name, c.args...); errno != Success {
			t.Errorf("%s = %v", c.name, errno)
		}
		for _, p := range c.padding {
			for i := p[0]; i < p[1]; i++ {
				if got := g.mem.b[sceneOut+i]; got != 0xa5 {
					t.Errorf("%s.%s writes %#x at %d", c.module, c.name, got, i)
				}
			}
		}
	}
}

// What is passed above the bits of a flag's or number's type is cut off.
func TestHighBitsAreCutOff(t *testing.T) {
	const high, high8 = 1 << 16, 1 << 8
	for _, c := range []struct {
		name string
		args []any
	}{
		{"fd_fdstat_set_flags", []any{4, high}},
		{"fd_filestat_set_times", []any{4, 1, 1, high | 5}},
		{"path_filestat_set_times", []any{3, 0, "f", 1, 1, high | 5}},
		{"path_open", []any{3, 0, "f", high, 0, 0, high, sceneOut}},
		{"fd_seek", []any{4, 0, high8 | 1, sceneOut}},
		{"fd_advise", []any{4, 0, 0, high8 | 1}},
		{"sock_open", []any{high8 | 1, high8 | 1, sceneOut}},
		{"proc_raise", []any{high8}},
	} {
		g := newScene(t)
		g.next = 1024
		if errno := g.call(c.name, c.args...); errno != Success {
			t.Errorf("%s%v = %v", c.name, c.args, errno)
		}
	}
	g := newScene(t)
	g.next = 1024
	g.want(EINVAL, "path_filestat_get", 3, high, "f", sceneOut) // its flags have 32 bits
	g.want(EINVAL, "clock_time_get", high, 0, sceneOut)
}

// A directory has an offset, which is its listing's.
func TestSeekDirectory(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "a", "b", "c")
	fd, errno := g.openWith(3, 0, ".", 0, RightFdReaddir|RightFdSeek, 0, 0)
	if errno != Success {
		t.Fatal(errno)
	}
	at := g.alloc(8)
	g.must("fd_tell", fd, at)
	if got := abi.Get64(g.bytes(at, 8)); got != 0 {
		t.Errorf("at %d before a listing", got)
	}
	whole, _ := g.list(fd, 4096, 0, true)
	g.must("fd_seek", fd, 0, int(whenceSet), at)
	for i, e := range whole[:len(whole)-1] {
		if rest, _ := g.list(fd, 4096, e.next, true); fmt.Sprint(rest) != fmt.Sprint(whole[i+1:]) {
			t.Errorf("after a seek, from cookie %d: %v, want %v", e.next, rest, whole[i+1:])
		}
	}
}

// A call whose length is the guest's to choose ends when the guest is interrupted,
// before it has done it all.
func TestLongCallsAreInterrupted(t *testing.T) {
	g := newScene(t)
	g.mem.b = append(g.mem.b, make([]byte, 3*abi.Piece)...)
	long := size(len(g.mem.b) - 4096)
	for i := range g.mem.b[4096:] {
		g.mem.b[4096+i] = 'a'
	}
	g.h.guest.Interrupt(errors.New("time is up"))
	for _, c := range []struct {
		name string
		args []any
	}{
		{"random_get", []any{4096, long}},
		{"path_unlink_file", []any{3, 4096, long}},
		{"path_rename", []any{3, 4096, long, 3, 4096, long}},
		{"path_symlink", []any{4096, long, 3, 4096, long}},
		{"poll_oneoff", []any{4096, 4096, 10_000, 64}},
	} {
		g.next = 1024
		g.want(EINTR, c.name, c.args...)
	}
}
