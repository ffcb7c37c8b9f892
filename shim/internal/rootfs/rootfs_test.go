//go:build linux

package rootfs_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wazedge/wazedge/shim/internal/rootfs"
)

// tree makes files below a new directory: a name and its content, or a link and "-> " where it leads.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if to, ok := strings.CutPrefix(content, "-> "); ok {
			err = errors.Join(err, os.Symlink(to, path))
		} else {
			err = errors.Join(err, os.WriteFile(path, []byte(content), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestOpen states what the paths of a container lead to: never to anything outside of its root
// and its mounts.
func TestOpen(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "outside"})
	volume := tree(t, map[string]string{"m": "volume", "up": "-> ../../../../../../../../" + outside + "/secret", "nested/m": "hidden"})
	nested := tree(t, map[string]string{"m": "nested"})
	single := filepath.Join(tree(t, map[string]string{"f": "single"}), "f")
	root := tree(t, map[string]string{
		"app/m": "root", "absolute": "-> /app/m", "relative": "-> app/../app/m", "out": "-> " + outside + "/secret",
		"up": "-> ../../../../../../.." + outside + "/secret", "loop": "-> loop", "dir/x": "", "data/m": "below the mount",
		"proc": "-> /proc/self/root" + outside + "/secret",
	})
	if err := syscall.Mkfifo(filepath.Join(root, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := rootfs.Files{Root: root, Mounts: []rootfs.Mount{
		{Destination: "/data", Source: volume}, {Destination: "/data/nested", Source: nested}, {Destination: "/one", Source: single},
		{Destination: "/tmp"},
	}}
	for name, want := range map[string]string{
		"/app/m": "root", "/absolute": "root", "/relative": "root", "/../../app/m": "root", "/app/./../app/m": "root",
		"/data/m": "volume", "/data/nested/m": "nested", "/one": "single", "/database": "", "/data/up": "",
		"/out": "", "/up": "", "/loop": "", "/dir": "", "/fifo": "", "/none": "", "/app/m/x": "", "/proc": "", "/tmp/x": "", "/one/x": "",
	} {
		file, err := f.Open(name)
		if want == "" {
			if err == nil {
				b, _ := io.ReadAll(file)
				t.Errorf("%s: opened, %q", name, b)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, err := io.ReadAll(file)
		file.Close()
		if err != nil || string(b) != want {
			t.Errorf("%s: %q, %v, want %q", name, b, err, want)
		}
	}
	if _, err := f.Open("/tmp/x"); !errors.Is(err, rootfs.ErrUnseen) {
		t.Errorf("a file of a tmpfs: %v", err)
	}
}

// TestFind states which program a name is.
func TestFind(t *testing.T) {
	f := rootfs.Files{Root: tree(t, map[string]string{"bin/a": "", "usr/bin/a": "", "usr/bin/b": "", "work/c": "", "work/bin/a": ""})}
	for name, want := range map[string]string{
		"a": "/usr/bin/a", "b": "/usr/bin/b", "c": "/work/c", "./c": "/work/c", "bin/a": "/work/bin/a", "/bin/a": "/bin/a", "../bin/a": "/bin/a", "/none": "/none",
	} {
		if got, err := f.Find(name, "/usr/bin:/bin:relative:", "/work"); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
	for _, name := range []string{"none", ""} {
		if got, err := f.Find(name, "/usr/bin:/bin", "/work"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
