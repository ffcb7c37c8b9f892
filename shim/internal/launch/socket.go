//go:build linux

package launch

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/config"
)

// sockets is the directory of the sockets of all shims, whoever has made them.
const sockets = "/run/containerd/s"

// groups are the annotations that say which containers have one shim, the first that a
// container has.
var groups = []string{"io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"}

// groupOf is the name that the container in bundle has in common with those of its shim: its own if it
// is alone.
func groupOf(bundle, id string) (string, error) {
	c, err := config.Read(bundle)
	if err != nil {
		return "", err
	}
	for _, name := range groups {
		if group, ok := c.Annotations[name]; ok {
			return group, nil
		}
	}
	return id, nil
}

// socketPath is the socket of a shim, as containerd's packages name it: by it the server removes it.
func socketPath(address, namespace, group string) string {
	return fmt.Sprintf("%s/%x", sockets, sha256.Sum256([]byte(filepath.Join(address, namespace, group))))
}

// errServed is the error for a socket that somebody serves.
var errServed = errors.New("somebody serves it")

// listen makes the socket at path, which nobody but this user may connect to.
func listen(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	failed := func(err error) (*os.File, error) { unix.Close(fd); return nil, fmt.Errorf("%s: %w", path, err) }
	mask := unix.Umask(0o177)
	err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
	if err == unix.EADDRINUSE {
		if connects(path) {
			err = errServed
		} else if err = os.Remove(path); err == nil { // of a shim that was killed
			err = unix.Bind(fd, &unix.SockaddrUnix{Name: path})
		}
	}
	unix.Umask(mask)
	if err != nil {
		return failed(err)
	}
	const backlog = 4096 // as Go's packages have it; the kernel takes what it allows
	if err := unix.Listen(fd, backlog); err != nil {
		os.Remove(path)
		return failed(err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// patience is how long a shim may take to accept a connection, in microseconds.
const patience = 100_000

// connects reports whether somebody serves the socket at path.
func connects(path string) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Usec: patience}); err != nil {
		return false
	}
	for {
		if err = unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != unix.EINTR {
			return err == nil
		}
	}
}

// Answer tells containerd the address of a shim, in a way that all its versions understand: the second version
// of the protocol is the newest that 1.7 takes and which 2 still does.
func Answer(w io.Writer, address string) error {
	// By this file containerd 1.6 finds the shim when it is started again, and the shim
	// finds the socket that it removes at its end.
	if err := writeFile("address", address); err != nil {
		return err
	}
	if os.Getenv("MAX_SHIM_VERSION") == "" { // by which containerd says, from 1.7 on, that it reads JSON
		_, err := io.WriteString(w, address)
		return err
	}
	return json.NewEncoder(w).Encode(struct {
		Version  int    `json:"version"`
		Address  string `json:"address"`
		Protocol string `json:"protocol"`
	}{2, address, "ttrpc"})
}

// writeFile puts a file in the working directory that appears whole.
func writeFile(name, content string) error {
	temporary := "." + name
	if err := os.WriteFile(temporary, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// removeSocket removes the socket of a shim that has died, unless somebody serves it, as of another
// container of the same pod.
func removeSocket(bundle string) {
	address, err := os.ReadFile(filepath.Join(bundle, "address"))
	if err != nil {
		return
	}
	if path, ok := strings.CutPrefix(string(address), "unix://"); ok && filepath.IsAbs(path) && !connects(path) {
		os.Remove(path) // it may be gone
	}
}
