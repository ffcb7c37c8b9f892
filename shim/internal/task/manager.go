//go:build linux

// Package task is what containerd's shim does for tasks whose runtime is wazedge-oci: it is
// containerd's own shim of runc, told which runtime to use, and speaks the protocols of
// containerd 1.6, 1.7 and 2.
package task

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/manager"
	"github.com/containerd/containerd/v2/pkg/shim"
	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/config"
)

// NewManager is containerd's manager of shims, under that name.
func NewManager(name string) shim.Manager { return starter{manager.NewShimManager(name)} }

// starter answers whoever starts a shim in a way that all versions of containerd understand.
type starter struct{ shim.Manager }

// maxVersion is the variable by which containerd says, from 1.7 on, that it reads JSON.
const maxVersion = "MAX_SHIM_VERSION"

// Start starts a shim, or finds that of the pod. The answer is the second version of the
// protocol, which is the newest that 1.7 takes and which 2 still does.
func (s starter) Start(ctx context.Context, id string, opts shim.StartOpts) (shim.BootstrapParams, error) {
	params, err := s.Manager.Start(ctx, id, opts)
	if err != nil {
		return params, err
	}
	// By this file containerd 1.6 finds the shim when it is started again, and the shim
	// finds the socket that it removes at its end.
	if err := writeFile("address", params.Address); err != nil {
		return params, err
	}
	params.Version = 2
	if os.Getenv(maxVersion) == "" {
		fmt.Print(params.Address)
		os.Exit(0)
	}
	return params, nil
}

// writeFile puts a file in the working directory that appears whole.
func writeFile(name, content string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, "."+name)
	if err := os.WriteFile(temporary, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(dir, name))
}

// givenUp is the name of a file in the bundle of a container that containerd takes for dead.
const givenUp = "given-up"

// Stop removes what a shim that has died has left: with its container also its socket, unless
// somebody serves it, as of another container of the same pod.
func (s starter) Stop(ctx context.Context, id string) (shim.StopStatus, error) {
	if dir, err := os.Getwd(); err == nil {
		address, err := shim.ReadAddress(filepath.Join(filepath.Dir(dir), id, "address"))
		if err == nil && !shim.CanConnect(address) {
			_ = shim.RemoveSocket(address) // it may be gone
		}
	}
	if dir, err := os.Getwd(); err == nil {
		// A shim that lives, and creates the container only now, is to know.
		_ = os.WriteFile(filepath.Join(filepath.Dir(dir), id, givenUp), nil, 0o600) // the bundle may be gone
	}
	status, err := s.Manager.Stop(ctx, id)
	removeGroups(id)
	return status, err
}

// emptying is how long the processes of a control group that were killed may take to leave it.
const emptying = 2 * time.Second

// removeGroups removes the control groups of a container, if they are or get empty: those of one whose
// runtime was killed before it had noted them.
func removeGroups(id string) {
	dir, err := os.Getwd()
	if err != nil {
		return
	}
	c, err := config.Read(filepath.Join(filepath.Dir(dir), id))
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
