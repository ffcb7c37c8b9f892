//go:build linux

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// leftovers are what containers may leave on a machine, as lines of text.
type leftovers map[string]bool

// look looks for what a node may have made: mounts, control groups, processes, and the
// files that containerd, its shims and runc keep outside of the node's directory.
func look(n *node) leftovers {
	all := leftovers{}
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 4 && n.owns(f[4]) {
			all["mount at "+f[4]] = true
		}
	}
	filepath.WalkDir("/sys/fs/cgroup", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && n.owns(name) {
			all["control group "+name] = true
		}
		return nil
	})
	for _, dir := range []string{"/run/containerd", "/run/netns", "/run/runc"} {
		filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil {
				all["file "+name] = true
			}
			return nil
		})
	}
	delete(all, "file /run/netns")
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range processes {
		text, err := os.ReadFile(name)
		line := strings.ReplaceAll(string(text), "\x00", " ")
		if err == nil && (strings.Contains(line, n.name) || strings.Contains(line, n.bin+"/") || strings.HasPrefix(line, "/.wazedge/")) {
			all["process "+filepath.Base(filepath.Dir(name))+": "+line] = true
		}
	}
	return all
}

// owns reports whether a path may be of something that containers of the node have made: others use the machine, too.
func (n *node) owns(path string) bool {
	for _, word := range []string{n.name, "/run/containerd/", "/.wazedge"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// prefix is how the names of nodes begin.
const prefix = "wz-e2e-"

// since is what is there that was not there before, but for what is another node's.
func (l leftovers) since(n *node, before leftovers) []string {
	var left []string
	for what := range l {
		if !before[what] && (!strings.Contains(what, prefix) || strings.Contains(what, n.name)) {
			left = append(left, what)
		}
	}
	return left
}

// sweep removes what containerd and runc themselves leave of a namespace, which is nothing of a
// container's: the empty directories and control groups that are named for it.
func (n *node) sweep() {
	for _, name := range []string{n.name, n.name + "-daemon", "k8s.io"} {
		os.Remove(filepath.Join("/run/containerd/runc", name))
		for _, pattern := range []string{"/sys/fs/cgroup/*/", "/sys/fs/cgroup/"} { // of version 1, and 2
			groups, _ := filepath.Glob(pattern + name)
			for _, dir := range groups {
				os.Remove(dir)
			}
		}
	}
	for _, dir := range []string{"/run/containerd/runc", "/run/containerd/s", "/run/containerd/fifo", "/run/containerd"} {
		if !n.before["file "+dir] {
			os.Remove(dir)
		}
	}
}
