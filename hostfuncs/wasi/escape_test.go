//go:build unix

package wasi

import (
	"syscall"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

// TestEscapes states that the directories of mappings are left by nothing.
func TestEscapes(t *testing.T) {
	escape.Test(t, func(t *testing.T, dir string, o hostfs.Options) escape.Guest {
		return mapping(newGuest(t, Config{}, Environment{}), dir, o)
	})
}

// mapping is g, which has nothing open but the standard streams, with the directory dir.
func mapping(g *guest, dir string, o hostfs.Options) escaping {
	g.t.Helper()
	d, err := bind(Preopen{Guest: "g", Host: dir}, o)
	if err != nil {
		g.t.Fatal(err)
	}
	fd, errno := g.h.table.add(d)
	if errno != Success {
		g.t.Fatal(errno)
	}
	return escaping{g, fd}
}

// escaping is a guest with the directory fd.
type escaping struct {
	*guest
	fd fdnum
}

// told is errno as the first number of the system that is told so.
func told(errno Errno) syscall.Errno {
	for n := range syscall.Errno(200) {
		if errnoOf(n) == errno {
			return n
		}
	}
	return 200
}

func (g escaping) In(path string) escape.Guest {
	g.t.Helper()
	fd, errno := g.openWith(g.fd, 1, path, oflagDirectory, dirRights, dirInheriting, 0)
	if errno != Success {
		g.t.Fatal(errno)
	}
	return escaping{g.guest, fd}
}

func (g escaping) Read(path string) (string, syscall.Errno) {
	g.next = 8
	fd, errno := g.openWith(g.fd, 1, path, 0, RightFdRead, 0, 0)
	if errno != Success {
		return "", told(errno)
	}
	s, errno := g.read(fd, 64)
	g.must("fd_close", fd)
	return s, told(errno)
}

func (g escaping) Do(a escape.Attempt) syscall.Errno {
	g.t.Helper()
	g.next = 8
	open := func(follow int, flags oflags, base Rights) Errno {
		fd, errno := g.openWith(g.fd, follow, a.Path, flags, base, 0, 0)
		if errno == Success {
			g.must("fd_close", fd)
		}
		return errno
	}
	call := func(name string, args ...any) Errno { return g.call(name, args...) }
	out, fd := g.alloc(64), g.fd
	attempts := map[string]func() Errno{
		"open":     func() Errno { return open(1, 0, RightFdRead) },
		"nofollow": func() Errno { return open(0, 0, RightFdRead) },
		"opendir":  func() Errno { return open(1, oflagDirectory, RightFdReaddir) },
		"creat":    func() Errno { return open(1, oflagCreat, RightFdWrite) },
		"excl":     func() Errno { return open(1, oflagCreat|oflagExcl, RightFdWrite) },
		"trunc":    func() Errno { return open(1, oflagTrunc, RightFdWrite) },
		"mkdir":    func() Errno { return call("path_create_directory", fd, a.Path) },
		"rmdir":    func() Errno { return call("path_remove_directory", fd, a.Path) },
		"unlink":   func() Errno { return call("path_unlink_file", fd, a.Path) },
		"stat":     func() Errno { return call("path_filestat_get", fd, 1, a.Path, out) },
		"lstat":    func() Errno { return call("path_filestat_get", fd, 0, a.Path, out) },
		"readlink": func() Errno { return call("path_readlink", fd, a.Path, out, 64, g.alloc(4)) },
		"times": func() Errno {
			return call("path_filestat_set_times", fd, 1, a.Path, 1, 1, int(fstflagAtim|fstflagMtim))
		},
		"ltimes": func() Errno {
			return call("path_filestat_set_times", fd, 0, a.Path, 1, 1, int(fstflagAtim|fstflagMtim))
		},
		"link":       func() Errno { return call("path_link", fd, 0, a.Path, fd, a.Second) },
		"followlink": func() Errno { return call("path_link", fd, 1, a.Path, fd, a.Second) },
		"rename":     func() Errno { return call("path_rename", fd, a.Path, fd, a.Second) },
		"symlink":    func() Errno { return call("path_symlink", a.Path, fd, a.Second) },
	}
	f := attempts[a.Op]
	if f == nil {
		g.t.Fatalf("no operation %q", a.Op)
	}
	return told(f())
}
