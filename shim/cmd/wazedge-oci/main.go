// Command wazedge-oci is an OCI runtime for containers whose process is a WebAssembly
// module: it takes runc's command line, makes the process a run of wazedge, and hands over
// to runc or crun. Containers of other programs are theirs unchanged.
//
// Variables of its environment:
//
//	WAZEDGE_OCI_RUNTIME  the runtime that it hands over to (otherwise runc, or crun)
//	WAZEDGE_OCI_PROGRAM  the wazedge that runs modules (otherwise the one beside it, or in PATH)
//	WAZEDGE_OCI_STATE    where it keeps compiled modules (otherwise /var/lib/wazedge)
//	WAZEDGE_OCI_CACHE_SIZE  how much of them it keeps (otherwise 4GiB)
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/runtimeline"
)

func main() {
	line := runtimeline.Parse(os.Args[1:])
	err := handOver(line)
	report(line, err)
	os.Exit(1)
}

// handOver replaces this process by the runtime. It returns why it cannot.
func handOver(line runtimeline.Line) error {
	runtime, err := findRuntime()
	if err != nil {
		return err
	}
	args, files := line.Args, []*os.File(nil)
	mask := unix.Umask(0o022) // containers of other users read what is made here
	switch line.Command {
	case "create", "run":
		args, files, err = create(line)
	case "exec":
		args, files, err = execute(runtime, line)
	case "kill":
		await(runtime, line)
	}
	if err != nil {
		return err
	}
	unix.Umask(mask)
	if err := inherit(line, files); err != nil {
		return err
	}
	return fmt.Errorf("execute %s: %w", runtime, unix.Exec(runtime, append([]string{filepath.Base(runtime)}, args...), os.Environ()))
}

// findRuntime is the path of the runtime for what is no module.
func findRuntime() (string, error) {
	names := []string{"runc", "crun"}
	if name := os.Getenv("WAZEDGE_OCI_RUNTIME"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"} {
			if err != nil && !strings.Contains(name, "/") {
				path, err = exec.LookPath(filepath.Join(dir, name))
			}
		}
		if err == nil && !same(path, "/proc/self/exe") {
			return path, nil
		}
	}
	return "", fmt.Errorf("wazedge-oci hands over to another runtime, and there is none: no %s; name one in WAZEDGE_OCI_RUNTIME", strings.Join(names, " and no "))
}

// same reports whether two paths are one file.
func same(a, b string) bool {
	one, err := os.Stat(a)
	other, e := os.Stat(b)
	return err == nil && e == nil && os.SameFile(one, other)
}

// report says why nothing was executed, where whoever has called a runtime looks for it.
func report(line runtimeline.Line, err error) {
	fmt.Fprintf(os.Stderr, "wazedge-oci: %v\n", err)
	if line.Log == "" {
		return
	}
	f, e := os.OpenFile(line.Log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if e != nil {
		return
	}
	defer f.Close()
	now := time.Now().Format(time.RFC3339)
	if line.JSONLog {
		b, _ := json.Marshal(map[string]string{"level": "error", "msg": "wazedge-oci: " + err.Error(), "time": now})
		fmt.Fprintf(f, "%s\n", b)
		return
	}
	fmt.Fprintf(f, "time=%q level=error msg=%q\n", now, "wazedge-oci: "+err.Error())
}
