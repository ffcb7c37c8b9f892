//go:build linux

package convert

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestStoreOfUser states that the superuser of a user namespace which is not the system's, as Podman without root has one,
// keeps what is compiled below its home directory.
func TestStoreOfUser(t *testing.T) {
	const inside = "WAZEDGE_TEST_INSIDE"
	if os.Getenv(inside) != "" {
		kept, err := Store()
		fmt.Println("store:", kept.Dir, err)
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestStoreOfUser$")
	cmd.Env = []string{inside + "=1", "HOME=/home/of/user", "WAZEDGE_OCI_PROGRAM=/wazedge"}
	user := 65534 // nobody
	if os.Geteuid() != 0 {
		user = os.Geteuid()
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER, UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: user, Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL) {
		t.Skipf("NOT RUN: this system gives no user namespace: %v", err)
	}
	if err != nil || !strings.Contains(string(out), "store: /home/of/user/.local/share/wazedge/containers <nil>") {
		t.Errorf("%v: %s", err, out)
	}
}
