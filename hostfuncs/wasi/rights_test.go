package wasi

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"

	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

func (g *guest) fdstat(fd fdnum) (kind Filetype, base, inheriting Rights) {
	g.t.Helper()
	p := g.alloc(24)
	g.must("fd_fdstat_get", fd, p)
	b := g.bytes(p, 24)
	return Filetype(b[0]), Rights(abi.Get64(b[8:])), Rights(abi.Get64(b[16:]))
}

func TestMappingRights(t *testing.T) {
	for _, c := range []struct {
		mode             Mode
		base, inheriting Rights
	}{
		{ReadWrite, 0x7bffe00, 0x1fffffff},
		{ReadOnly, 0x24e000, 0xfa7febf},
	} {
		g, _ := newDirGuest(t, c.mode)
		kind, base, inheriting := g.fdstat(3)
		if kind != filetypeDirectory || base != c.base || inheriting != c.inheriting {
			t.Errorf("mode %d: type %d, rights %#x %#x, want 3, %#x %#x", c.mode, kind, base, inheriting, c.base, c.inheriting)
		}
	}
	g, _ := newDirGuest(t, ReadWrite)
	for fd, want := range []Rights{0x8200082, 0x82000d1, 0x82000d1} {
		if _, base, inheriting := g.fdstat(fdnum(fd)); base != want || inheriting != 0 {
			t.Errorf("descriptor %d: rights %#x %#x, want %#x 0", fd, base, inheriting, want)
		}
	}
}

// The descriptor of a file has the rights that were asked for but for one, which
// depends on whether a directory was asked for.
func TestOpenedRights(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f", "d/")
	all := dirInheriting &^ writingRights
	f, _ := g.openWith(3, 1, "f", 0, all, all, 0)
	if _, base, inheriting := g.fdstat(f); base != all&^RightPathFilestatGet || inheriting != all&^RightPathFilestatGet {
		t.Errorf("file: rights %#x %#x", base, inheriting)
	}
	d, _ := g.openWith(3, 1, "d", oflagDirectory, all, all, 0)
	if _, base, inheriting := g.fdstat(d); base != all&^RightFdSeek || inheriting != all {
		t.Errorf("directory: rights %#x %#x", base, inheriting)
	}
}

// including is the right that includes r, or none.
func including(r Rights) Rights {
	return map[Rights]Rights{RightFdTell: RightFdSeek, RightFdDatasync: RightFdSync}[r]
}

// A right that another includes is there with that alone, and can be kept when the
// other is given up.
func TestIncludedRights(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f")
	at := g.alloc(8)
	for _, r := range []Rights{RightFdTell, RightFdDatasync} {
		fd := g.mustOpen(3, "f", 0, RightFdRead|including(r))
		use := map[Rights]func(errno Errno){
			RightFdTell:     func(errno Errno) { g.want(errno, "fd_tell", fd, at) },
			RightFdDatasync: func(errno Errno) { g.want(errno, "fd_datasync", fd) },
		}[r]
		use(Success)
		g.must("fd_fdstat_set_rights", fd, r, 0)
		use(Success)
		g.want(ENOTCAPABLE, "fd_fdstat_set_rights", fd, including(r), 0)
		g.must("fd_fdstat_set_rights", fd, 0, 0)
		use(ENOTCAPABLE)
	}
}

// A file that is written through to its medium in any way tells of all of them,
// and asking for the weakest of them needs the right to sync only.
func TestSyncFlags(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f")
	stat := g.alloc(24)
	for _, flags := range []fdflags{fdflagDsync, fdflagRsync, fdflagSync, fdflagDsync | fdflagRsync | fdflagSync} {
		fd, errno := g.openWith(3, 0, "f", 0, RightFdWrite|RightFdSync|RightFdFdstatSetFlags, 0, flags)
		if errno != Success {
			t.Errorf("open with flags %#x = %v", flags, errno)
			continue
		}
		g.must("fd_fdstat_get", fd, stat)
		if got := abi.Get16(g.bytes(stat+2, 2)); runtime.GOOS == "linux" && got != 0x1a {
			t.Errorf("flags %#x are told as %#x, want 0x1a", flags, got)
		}
		g.must("fd_fdstat_set_flags", fd, int(flags))
		g.must("fd_close", fd)
	}
}

// Every function refuses a descriptor without the right it needs.
func TestEachRightIsNeeded(t *testing.T) {
	for _, c := range []struct {
		right Rights
		dir   bool // of the directory, not of the file
		call  func(g *guest, fd fdnum) Errno
	}{
		{RightFdDatasync, false, func(g *guest, fd fdnum) Errno { return g.call("fd_datasync", fd) }},
		{RightFdSync, false, func(g *guest, fd fdnum) Errno { return g.call("fd_sync", fd) }},
		{RightFdRead, false, func(g *guest, fd fdnum) Errno { _, e := g.read(fd, 1); return e }},
		{RightFdWrite, false, func(g *guest, fd fdnum) Errno { _, e := g.write(fd, "x"); return e }},
		{RightFdSeek, false, func(g *guest, fd fdnum) Errno { return g.call("fd_seek", fd, 0, 0, g.alloc(8)) }},
		{RightFdSeek, false, func(g *guest, fd fdnum) Errno { return g.call("fd_pread", fd, 0, 0, 0, g.alloc(8)) }},
		{RightFdRead, false, func(g *guest, fd fdnum) Errno { return g.call("fd_pread", fd, 0, 0, 0, g.alloc(8)) }},
		{RightFdSeek, false, func(g *guest, fd fdnum) Errno { return g.call("fd_pwrite", fd, 0, 0, 0, g.alloc(8)) }},
		{RightFdWrite, false, func(g *guest, fd fdnum) Errno { return g.call("fd_pwrite", fd, 0, 0, 0, g.alloc(8)) }},
		{RightFdTell, false, func(g *guest, fd fdnum) Errno { return g.call("fd_tell", fd, g.alloc(8)) }},
		{RightFdFdstatSetFlags, false, func(g *guest, fd fdnum) Errno { return g.call("fd_fdstat_set_flags", fd, 0) }},
		{RightFdSync, false, func(g *guest, fd fdnum) Errno { return g.call("fd_fdstat_set_flags", fd, int(fdflagSync)) }},
		{RightFdDatasync, false, func(g *guest, fd fdnum) Errno { return g.call("fd_fdstat_set_flags", fd, int(fdflagDsync)) }},
		{RightFdAdvise, false, func(g *guest, fd fdnum) Errno { return g.call("fd_advise", fd, 0, 0, 0) }},
		{RightFdAllocate, false, func(g *guest, fd fdnum) Errno { return g.call("fd_allocate", fd, 0, 1) }},
		{RightFdFilestatGet, false, func(g *guest, fd fdnum) Errno { return g.call("fd_filestat_get", fd, g.alloc(64)) }},
		{RightFdFilestatSetSize, false, func(g *guest, fd fdnum) Errno { return g.call("fd_filestat_set_size", fd, 1) }},
		{RightFdFilestatSetTimes, false, func(g *guest, fd fdnum) Errno { return g.call("fd_filestat_set_times", fd, 1, 1, 5) }},
		{RightFdReaddir, true, func(g *guest, fd fdnum) Errno { return g.call("fd_readdir", fd, 0, 0, 0, g.alloc(4)) }},
		{RightPathCreateDirectory, true, func(g *guest, fd fdnum) Errno { return g.call("path_create_directory", fd, "new") }},
		{RightPathOpen, true, func(g *guest, fd fdnum) Errno { _, e := g.open(fd, "f", 0, 0); return e }},
		{RightPathCreateFile, true, func(g *guest, fd fdnum) Errno { _, e := g.open(fd, "n", oflagCreat, 0); return e }},
		{RightPathFilestatSetSize, true, func(g *guest, fd fdnum) Errno { _, e := g.open(fd, "f", oflagTrunc, 0); return e }},
		{RightPathReadlink, true, func(g *guest, fd fdnum) Errno { return g.call("path_readlink", fd, "l", 8, 1, g.alloc(4)) }},
		{RightPathFilestatGet, true, func(g *guest, fd fdnum) Errno { return g.call("path_filestat_get", fd, 0, "f", g.alloc(64)) }},
		{RightPathFilestatSetTimes, true, func(g *guest, fd fdnum) Errno { return g.call("path_filestat_set_times", fd, 0, "f", 1, 1, 5) }},
		{RightPathLinkSource, true, func(g *guest, fd fdnum) Errno { return g.call("path_link", fd, 0, "f", 3, "f2") }},
		{RightPathLinkTarget, true, func(g *guest, fd fdnum) Errno { return g.call("path_link", 3, 0, "f", fd, "f3") }},
		{RightPathSymlink, true, func(g *guest, fd fdnum) Errno { return g.call("path_symlink", "f", fd, "l2") }},
		{RightPathRenameSource, true, func(g *guest, fd fdnum) Errno { return g.call("path_rename", fd, "f", 3, "f") }},
		{RightPathRenameTarget, true, func(g *guest, fd fdnum) Errno { return g.call("path_rename", 3, "f", fd, "f") }},
		{RightPathUnlinkFile, true, func(g *guest, fd fdnum) Errno { return g.call("path_unlink_file", fd, "u") }},
		{RightPathRemoveDirectory, true, func(g *guest, fd fdnum) Errno { return g.call("path_remove_directory", fd, "d") }},
	} {
		g, _ := newDirGuest(t, ReadWrite, "f=text", "u", "l => f", "d/")
		fd := fdnum(3)
		if c.dir {
			fd, _ = g.openWith(3, 1, ".", oflagDirectory, dirRights, dirInheriting, 0)
		} else {
			fd = g.mustOpen(3, "f", 0, fileRights)
		}
		_, base, inheriting := g.fdstat(fd)
		if c.right == RightPathFilestatSetSize {
			// Cutting a file by its path needs no right where cutting an open one needs none.
			inheriting &^= RightFdFilestatSetSize
		}
		g.must("fd_fdstat_set_rights", fd, base&^c.right&^including(c.right), inheriting)
		if got := c.call(g, fd); got != ENOTCAPABLE {
			t.Errorf("without right %#x: %v, want NOTCAPABLE", c.right, got)
		}
		g.want(ENOTCAPABLE, "fd_fdstat_set_rights", fd, base, inheriting)
		// With the right, the same call works: it failed for nothing else.
		g.descriptor(fd).base.Store(uint64(base))
		if got := c.call(g, fd); got != Success {
			t.Errorf("with right %#x: %v", c.right, got)
		}
	}
}

func TestOpeningNeedsInheritingRights(t *testing.T) {
	g, _ := newDirGuest(t, ReadWrite, "f")
	_, base, inheriting := g.fdstat(3)
	g.must("fd_fdstat_set_rights", 3, base, inheriting&^(RightFdWrite|RightFdSync))
	for _, c := range []struct {
		base, inheriting Rights
		flags            fdflags
		want             Errno
	}{
		{RightFdRead, 0, 0, Success},
		{RightFdWrite, 0, 0, ENOTCAPABLE},
		{0, RightFdWrite, 0, ENOTCAPABLE},
		{RightFdRead, 0, fdflagRsync, ENOTCAPABLE},
		{RightFdRead, 0, fdflagDsync, Success},
		{1 << 40, 0, 0, EINVAL},
	} {
		if _, errno := g.openWith(3, 1, "f", 0, c.base, c.inheriting, c.flags); errno != c.want {
			t.Errorf("open with rights %#x %#x, flags %#x = %v, want %v", c.base, c.inheriting, c.flags, errno, c.want)
		}
	}
}

// Whatever rights a descriptor beneath a read-only mapping has been given, nothing
// can be changed through it.
func TestReadOnlyMapping(t *testing.T) {
	g, dir := newDirGuest(t, ReadOnly, "f=text", "d/f=text", "d/e/", "l => f")
	_, _, all := g.fdstat(3)
	d, errno := g.openWith(3, 1, "d", oflagDirectory, all&^writingRights, all, 0)
	if errno != Success {
		t.Fatal(errno)
	}
	for _, fd := range []fdnum{3, d} {
		for _, flags := range []oflags{0, oflagCreat, oflagTrunc, oflagCreat | oflagTrunc} {
			if _, errno := g.open(fd, "f", flags, RightFdWrite); errno != ENOTCAPABLE {
				t.Errorf("open %d for writing, flags %d = %v", fd, flags, errno)
			}
		}
		g.want(ENOTCAPABLE, "path_open", fd, 1, "f", int(oflagTrunc), RightFdDatasync, 0, 0, g.alloc(4))
		g.want(ENOTCAPABLE, "path_create_directory", fd, "n")
		g.want(ENOTCAPABLE, "path_remove_directory", fd, "e")
		g.want(ENOTCAPABLE, "path_unlink_file", fd, "f")
		g.want(ENOTCAPABLE, "path_rename", fd, "f", fd, "n")
		g.want(ENOTCAPABLE, "path_link", fd, 0, "f", fd, "n")
		g.want(ENOTCAPABLE, "path_symlink", "f", fd, "n")
		g.want(ENOTCAPABLE, "path_filestat_set_times", fd, 1, "f", 1, 1, 5)
		f := g.mustOpen(fd, "f", 0, all&(RightFdRead|RightFdDatasync|RightFdFilestatSetTimes|RightFdSync))
		if s, errno := g.read(f, 9); s != "text" || errno != Success {
			t.Errorf("read = %q, %v", s, errno)
		}
		if _, errno := g.write(f, "x"); errno != ENOTCAPABLE {
			t.Errorf("write = %v", errno)
		}
		g.want(ENOTCAPABLE, "fd_filestat_set_size", f, 0)
		g.want(ENOTCAPABLE, "fd_filestat_set_times", f, 1, 1, 5)
		g.want(ENOTCAPABLE, "fd_allocate", f, 0, 100)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(b) != "text" {
		t.Errorf("file is now %q, %v", b, err)
	}
}

// Nothing can be read beneath a write-only mapping, but files made and written.
func TestWriteOnlyMapping(t *testing.T) {
	g, dir := newDirGuest(t, WriteOnly, "f=text", "d/f=text", "l => f")
	if _, errno := g.open(3, "f", 0, RightFdRead); errno != ENOTCAPABLE {
		t.Errorf("open for reading = %v", errno)
	}
	g.want(ENOTCAPABLE, "fd_readdir", 3, 0, 0, 0, g.alloc(4))
	g.want(ENOTCAPABLE, "path_readlink", 3, "l", 0, 0, g.alloc(4))
	fd := g.mustOpen(3, "new", oflagCreat, RightFdWrite)
	if _, errno := g.write(fd, "written"); errno != Success {
		t.Errorf("write = %v", errno)
	}
	if _, errno := g.read(fd, 1); errno != ENOTCAPABLE {
		t.Errorf("read = %v", errno)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "new")); err != nil || string(b) != "written" {
		t.Errorf("file is %q, %v", b, err)
	}
}

// A file cannot be taken to a mapping of another mode.
func TestFilesStayInTheirMode(t *testing.T) {
	dirs := [3]string{t.TempDir(), t.TempDir(), t.TempDir()}
	escape.Tree(t, dirs[1], "f")
	escape.Tree(t, dirs[2], "f")
	g := newGuest(t, Config{}, Environment{Preopens: []Preopen{
		{Guest: "rw", Host: dirs[0]}, {Guest: "ro", Host: dirs[1], Mode: ReadOnly}, {Guest: "wo", Host: dirs[2], Mode: WriteOnly},
	}})
	g.want(ENOTCAPABLE, "path_link", 4, 0, "f", 3, "x")
	g.want(ENOTCAPABLE, "path_rename", 4, "f", 3, "x")
	g.want(ENOTCAPABLE, "path_link", 5, 0, "f", 3, "x")
	g.want(ENOTCAPABLE, "path_rename", 5, "f", 3, "x")
	g.must("path_rename", 5, "f", 5, "x")
}
