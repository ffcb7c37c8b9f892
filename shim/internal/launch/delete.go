//go:build linux

package launch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/config"
)

// GivenUp is the name of a file in the bundle of a container that containerd takes for dead.
const GivenUp = "given-up"

// Begin does of the removal of a container, whose bundle is the directory, what comes before the
// runtime's: the socket of a shim that has died is removed, and one that lives, and creates the
// container only now, is to know.
func Begin(bundle string) {
	removeSocket(bundle)
	_ = os.WriteFile(filepath.Join(bundle, GivenUp), nil, 0o600) // the bundle may be gone
}

// delete answers containerd that the shim of a container has ended, if the container is gone, as at the end of
// all that nobody has killed: there is nothing for the runtime to do.
func (l line) delete(w io.Writer) error {
	dir, err := os.Getwd()
	if err != nil {
		return errOther
	}
	bundle := filepath.Join(filepath.Dir(dir), l.id)
	Begin(bundle)
	if !gone(bundle, l.namespace, l.id) {
		return errOther
	}
	RemoveGroups(bundle)
	pid := 0
	if text, err := os.ReadFile(filepath.Join(bundle, "init.pid")); err == nil {
		pid, _ = strconv.Atoi(string(bytes.TrimSpace(text))) // as it is of one that was never created
	}
	_, err = w.Write(deleted(pid, time.Now()))
	return err
}

// runcRoot is where containerd's shims have runc keep what it knows of containers.
const runcRoot = "/run/containerd/runc"

// gone reports whether the runtime knows nothing of a container, and nothing is mounted in its bundle.
func gone(bundle, namespace, id string) bool {
	root := runcRoot
	text, err := os.ReadFile(filepath.Join(bundle, "options.json"))
	if err == nil {
		var options struct {
			Root string `json:"root"`
		}
		if json.Unmarshal(text, &options) != nil {
			return false
		}
		if options.Root != "" {
			root = options.Root
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if _, err := os.Lstat(filepath.Join(root, namespace, id)); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	return err == nil && !mountedIn(mounts, bundle)
}

// mountedIn reports whether something is mounted below dir, or may be: in the kernel's list, mountinfo, some
// characters are not themselves.
func mountedIn(list []byte, dir string) bool {
	return strings.ContainsAny(dir, " \t\n\\#") || bytes.Contains(list, []byte(" "+dir+"/"))
}

// killed is the exit status of a container whose shim has ended without a word.
const killed = 128 + int(unix.SIGKILL)

// deleted is a message of the type containerd.task.v2.DeleteResponse: a process, its exit status,
// and when that was.
func deleted(pid int, at time.Time) []byte {
	number := func(b []byte, field int, n int) []byte {
		return binary.AppendUvarint(append(b, byte(field<<3)), uint64(n))
	}
	b := number(number(nil, 1, pid), 2, killed)
	when := number(number(nil, 1, int(at.Unix())), 2, at.Nanosecond())
	return append(append(b, 3<<3|2, byte(len(when))), when...)
}

// emptying is how long the processes of a control group that were killed may take to leave it.
const emptying = 2 * time.Second

// RemoveGroups removes the control groups of the container in bundle, if they are or get empty: those of one whose
// runtime was killed before it had noted them.
func RemoveGroups(bundle string) {
	c, err := config.Read(bundle)
	if err != nil || c.Group == "" || c.Group == "/" {
		return
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return
	}
	begun := time.Now()
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) <= 2 || !strings.HasPrefix(f[2], "cgroup") {
			continue
		}
		// Most have gone with the container. One is busy until what was killed in it has ended.
		for unix.Rmdir(filepath.Join(f[1], c.Group)) == unix.EBUSY && time.Since(begun) < emptying {
			time.Sleep(10 * time.Millisecond)
		}
	}
}
