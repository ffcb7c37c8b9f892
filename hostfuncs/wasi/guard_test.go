//go:build unix

package wasi

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"

	"github.com/wazedge/wazedge/hostfuncs/hostfs/escape"
)

// guarded is a guest whose descriptor 3 is a home directory, below which cache and
// trust are closed to it.
func guarded(t *testing.T, at string) (*guest, string) {
	t.Helper()
	home := t.TempDir()
	escape.Tree(t, home, ".cache/", ".cache/wazedge/", ".cache/wazedge/a.entry", ".cache/wazedge/deep/", ".cache/wazedge/deep/deeper/", ".cache/wazedge/deep/deeper/b", "dot/", "dot/config/", "dot/config/wazedge/",
		"dot/config/wazedge/key", ".config => dot/config", "alias => .cache/wazedge", "entry => .cache/wazedge/a.entry", "other/", "file")
	key := filepath.Join(home, ".config/wazedge/key")
	if err := os.Link(key, filepath.Join(home, "twin")); err != nil {
		t.Fatal(err)
	}
	return newGuest(t, Config{}, Environment{
		Preopens: []Preopen{{Guest: "/g", Host: filepath.Join(home, at)}},
		Closed:   []string{filepath.Join(home, ".config/wazedge"), filepath.Join(home, ".cache/wazedge"), filepath.Join(home, "none")}, ClosedFiles: []string{key},
	}), home
}

// TestClosedDirectoriesAreRefused tries every call that takes a path on what is closed,
// by all its names.
func TestClosedDirectoriesAreRefused(t *testing.T) {
	inside := []string{
		".cache/wazedge", ".cache/wazedge/", ".cache/wazedge/.", ".cache/wazedge/a.entry", ".cache/wazedge/../wazedge/a.entry", "alias/a.entry", "entry",
		".cache/wazedge/deep/new", ".cache/wazedge/deep/deeper/b", "alias/deep/deeper/b",
		"other/../.cache/wazedge/a.entry", ".config/wazedge/key", "dot/config/wazedge/key", "dot/config/wazedge", "twin",
	}
	g, home := guarded(t, "")
	for _, path := range inside {
		for _, flags := range []oflags{0, oflagCreat, oflagTrunc, oflagDirectory, oflagCreat | oflagExcl} {
			if fd, errno := g.open(3, path, flags, readRights|RightFdWrite); errno == Success {
				t.Errorf("path_open %q with flags %x is allowed", path, flags)
				g.call("fd_close", fd)
			}
		}
		at, n := g.put(path)
		free, freeLen := g.put("other/new")
		out := g.alloc(256)
		for name, call := range map[string]func() Errno{
			"stat":      func() Errno { return g.call("path_filestat_get", 3, 1, at, n, out) },
			"set_times": func() Errno { return g.call("path_filestat_set_times", 3, 1, at, n, uint64(0), uint64(0), 0xa) },
			"link":      func() Errno { return g.call("path_link", 3, 1, at, n, 3, free, freeLen) },
			"unlink":    func() Errno { return g.call("path_unlink_file", 3, at, n) },
			"rmdir":     func() Errno { return g.call("path_remove_directory", 3, at, n) },
			"mkdir":     func() Errno { return g.call("path_create_directory", 3, at, n) },
		} {
			if path == "entry" && name == "unlink" {
				continue // the link is the guest's own
			}
			if errno := call(); errno == Success {
				t.Errorf("%s of %q is allowed", name, path)
			}
		}
		file, fileLen := g.put("file")
		if errno := g.call("path_rename", 3, file, fileLen, 3, at, n); errno == Success && path != "entry" {
			t.Errorf("rename to %q is allowed", path)
		}
		if path != "entry" {
			if errno := g.call("path_rename", 3, at, n, 3, free, freeLen); errno == Success {
				t.Errorf("rename of %q is allowed", path)
			}
		}
		escape.Tree(t, home, "file")
	}
	for _, path := range []string{".cache", ".config", "dot", "dot/config"} {
		at, n := g.put(path)
		free, freeLen := g.put("moved")
		if errno := g.call("path_rename", 3, at, n, 3, free, freeLen); errno == Success {
			t.Errorf("%q on the way to what is closed can be moved", path)
		}
		if errno := g.call("path_unlink_file", 3, at, n); errno == Success {
			t.Errorf("%q on the way to what is closed can be removed", path)
		}
	}
	for path, want := range map[string]string{".cache/wazedge/a.entry": ".cache/wazedge/a.entry", ".config/wazedge/key": "key"} {
		if b, err := os.ReadFile(filepath.Join(home, path)); err != nil {
			t.Errorf("%s: %q, %v; want it as it was (%s)", path, b, err, want)
		}
	}
}

// TestWhatIsBesideStaysOpen holds that the guard refuses nothing else.
func TestWhatIsBesideStaysOpen(t *testing.T) {
	g, _ := guarded(t, "")
	for _, path := range []string{"file", ".cache", ".cache/other", "dot/config/app", "other/x", "wazedge"} {
		flags := oflagCreat
		if path == ".cache" {
			flags = oflagDirectory
		}
		fd := g.mustOpen(3, path, flags, readRights)
		g.call("fd_close", fd)
	}
}

// TestMappingOfClosedDirectoryFails maps what is closed itself.
func TestMappingOfClosedDirectoryFails(t *testing.T) {
	home := t.TempDir()
	escape.Tree(t, home, "cache/", "cache/deep/", "link => cache")
	for _, dir := range []string{"cache", "cache/deep", "link", "cache/deep/.."} {
		h := New(abi.NewGuest(abi.GuestConfig{}), Config{})
		defer h.Close()
		failed := h.Init(Environment{Preopens: []Preopen{{Guest: "/g", Host: home + "/" + dir}}, Closed: []string{filepath.Join(home, "cache")}})
		if len(failed) != 1 || failed[0].Errno != EACCES {
			t.Errorf("%s: %v, want EACCES", dir, failed)
		}
	}
}

// TestUnixSocketsAreRefusedInClosedDirectories tries what makes and what reaches a UNIX
// socket in what is closed, by all its names.
func TestUnixSocketsAreRefusedInClosedDirectories(t *testing.T) {
	home := socketDir(t)
	escape.Tree(t, home, "cache/", "cache/deep/", "alias => cache", "other/", "other/socket => ../cache/there")
	l, err := net.Listen("unix", filepath.Join(home, "cache/there"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g := newGuest(t, Config{AllowAFUnix: true}, Environment{Closed: []string{filepath.Join(home, "cache")}})
	for _, path := range []string{"cache/there", "alias/there", "other/../cache/there", "other/socket"} {
		at := g.anyAddress(familyUnix, filepath.Join(home, "other")+"/../"+path)
		g.want(EACCES, "sock_connect_v2", g.opened(familyUnix, sockStream), at, 0)
		p, n := g.iovs("datagram")
		g.want(EACCES, "sock_send_to_v2", g.opened(familyUnix, sockDgram), p, n, at, 0, 0, g.alloc(4))
	}
	for _, path := range []string{"cache/new", "cache/deep/new", "alias/new", "other/../cache/deep/../new"} {
		g.want(EACCES, "sock_bind_v2", g.opened(familyUnix, sockStream), g.anyAddress(familyUnix, home+"/"+path), 0)
	}
	g.must("sock_bind_v2", g.opened(familyUnix, sockStream), g.anyAddress(familyUnix, home+"/other/new"), 0)
	g.want(ENOENT, "sock_bind_v2", g.opened(familyUnix, sockStream), g.anyAddress(familyUnix, home+"/none/new"), 0)
}
