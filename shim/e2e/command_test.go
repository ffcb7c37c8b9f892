package e2e

import (
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// TestImageCommand makes, sends, gets and runs images by the command, with a registry on loopback.
// It need not be root.
func TestImageCommand(t *testing.T) {
	bin := *programsDir
	if bin == "" {
		bin = t.TempDir()
		for _, b := range [][2]string{{"../..", "."}, {"..", "./cmd/wazedge-image"}} {
			cmd := exec.Command("go", "build", "-o", bin+"/", b[1])
			cmd.Dir, cmd.Env = b[0], append(os.Environ(), "CGO_ENABLED=0")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	home := t.TempDir()
	wazedge := func(data string, args ...string) (string, int) {
		cmd := exec.Command(filepath.Join(bin, "wazedge"), args...)
		cmd.Env = []string{"HOME=" + home, "XDG_DATA_HOME=" + filepath.Join(home, data), "DOCKER_CONFIG=" + home}
		out, err := cmd.CombinedOutput()
		if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	name := host + "/task:1"
	dir := t.TempDir()
	module, err := os.ReadFile("../testdata/task.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "task.wasm"), module, 0o644),
		os.WriteFile(filepath.Join(dir, "image.json"), []byte(`{"entrypoint": "task.wasm", "args": ["env", "MODE"], "env": {"MODE": "image"}}`), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		data   string // whose store it is
		args   []string
		status int
		out    string // part of it
	}{
		{"a", []string{"image", "build", "-t", name, dir}, 0, name + "@sha256:"},
		{"a", []string{"image", "ls"}, 0, "wasi/wasm"},
		{"b", []string{"image", "push", name}, 1, "no such image here; wazedge image ls lists what there is"},
		{"b", []string{"oci://" + name}, 1, "NAME_UNKNOWN"},
		{"a", []string{"image", "push", name}, 0, name + "@sha256:"},
		{"b", []string{"oci://" + name}, 0, "\nimage\n"},
		{"b", []string{"oci://" + name}, 0, "image\n"},
		{"b", []string{"--env", "MODE=mine", "oci://" + name}, 0, "mine\n"},
		{"b", []string{"run", "oci://" + name, "args", "x"}, 0, "task.wasm\nargs\nx\n"},
		{"b", []string{"image", "run", "--time-limit", "30s", name, "exit", "9"}, 9, ""},
		{"b", []string{"image", "nothing"}, 1, `no command "nothing"`},
	} {
		if out, status := wazedge(tc.data, tc.args...); status != tc.status || !strings.Contains(out, tc.out) {
			t.Errorf("%v: status %d, %s; want %d, %q", tc.args, status, out, tc.status, tc.out)
		}
	}
	server.Close()
	if out, status := wazedge("b", "oci://"+name); status != 0 || out != "image\n" {
		t.Errorf("without the registry: status %d, %s", status, out)
	}
}
