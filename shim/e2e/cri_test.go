//go:build linux

package e2e

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/wazedge/wazedge/shim/internal/image"
)

var crictlPath = flag.String("crictl", "crictl", "the crictl to use")

// pause is the image of a pod's first container.
const pause = "localhost/pause:1"

// criConfig is containerd's configuration of its CRI plugin, for 1.6 and for 2.
func criConfig(dir string) string {
	old := fmt.Sprintf(`
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %q
    conf_dir = %q
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.wazedge]
    runtime_type = %q
    pod_annotations = ["wazedge.*"]
    container_annotations = ["wazedge.*"]
`, pause, cniPlugins(), dir, wazedgeRuntime)
	return old
}

// cniPlugins is where the plugins for networks are.
func cniPlugins() string {
	for _, dir := range []string{"/opt/cni/bin", "/usr/lib/cni"} {
		if _, err := os.Stat(filepath.Join(dir, "bridge")); err == nil {
			return dir
		}
	}
	return "/opt/cni/bin"
}

// crictl runs crictl.
func (n *node) crictl(args ...string) result {
	n.t.Helper()
	cmd := exec.Command(*crictlPath, append([]string{"--runtime-endpoint", "unix://" + n.socket(), "--image-endpoint", "unix://" + n.socket(), "--timeout", "60s"}, args...)...)
	cmd.Env = n.env()
	r := runCommand(n.t, cmd)
	if r.status == 0 {
		r.stderr = warnings.ReplaceAllString(r.stderr, "")
	}
	return r
}

// warnings are the lines that crictl logs of its configuration.
var warnings = regexp.MustCompile(`(?m)^time="[^"]*" level=warning msg=[^\n]*\n`)

func (n *node) mustCrictl(args ...string) string {
	n.t.Helper()
	r := n.crictl(args...)
	if r.status != 0 {
		n.t.Fatalf("crictl %v: %v", args, r)
	}
	return strings.TrimSpace(r.stdout)
}

// file writes v as JSON to a file and returns its path.
func (n *node) file(name string, v any) string {
	n.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		n.t.Fatal(err)
	}
	path := filepath.Join(n.dir, name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		n.t.Fatal(err)
	}
	return path
}

type object = map[string]any

// TestPod runs a pod by the CRI, as Kubernetes does: a module that is a server, a program beside
// it that is runc's, both in one network, and a module that asks both; restarts, metrics,
// logs, and what is said of a container that cannot start.
func TestPod(t *testing.T) {
	need(t)
	if _, err := exec.LookPath(*crictlPath); err != nil {
		t.Skipf("NOT RUN: %s: crictl is not installed", t.Name())
	}
	if _, err := os.Stat(filepath.Join(cniPlugins(), "bridge")); err != nil {
		t.Skipf("NOT RUN: %s: the CNI plugins are not installed", t.Name())
	}
	cni, err := os.MkdirTemp("", "wz-cni-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(cni)
	bridge := "wz" + cni[len(cni)-8:]
	defer exec.Command("ip", "link", "del", bridge).Run()
	if err := os.WriteFile(filepath.Join(cni, "10-test.conflist"), fmt.Appendf(nil, `{"cniVersion": "0.4.0", "name": %q, "plugins": [
		{"type": "bridge", "bridge": %q, "isGateway": true, "ipam": {"type": "host-local", "dataDir": %q, "ranges": [[{"subnet": "10.202.9.0/24"}]]}}]}`,
		bridge, bridge, cni+"/addresses"), 0o644); err != nil {
		t.Fatal(err)
	}
	n := newNode(t, criConfig(cni))
	n.namespace = "k8s.io"
	n.image(task, linux(), "../testdata/task.wasm")
	n.program(pause, "pause")
	n.program(native, "serve", "9090")
	n.eventually("the network is ready", func() error {
		if r := n.crictl("info"); !strings.Contains(r.stdout, `"lastCNILoadStatus": "OK"`) {
			return fmt.Errorf("%v", r)
		}
		return nil
	})
	logs := filepath.Join(n.dir, "logs")
	if err := os.Mkdir(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	pod := n.file("pod.json", object{
		"metadata": object{"name": "pod", "namespace": "default", "uid": n.name, "attempt": 1}, "log_directory": logs, "linux": object{"cgroup_parent": "/" + n.name},
		"annotations": object{"wazedge.statistics": "true"},
	})
	id := n.mustCrictl("runp", "--runtime", "wazedge", pod)
	t.Cleanup(func() {
		if t.Failed() {
			n.crictl("stopp", id)
			n.crictl("rmp", "-f", id)
		}
	})
	container := func(name, image string, attempt int, args ...string) string {
		return n.file(name+".json", object{
			"metadata": object{"name": name, "attempt": attempt}, "image": object{"image": image}, "args": args[1:], "command": args[:1],
			"log_path": fmt.Sprintf("%s-%d.log", name, attempt), "linux": object{"resources": object{"memory_limit_in_bytes": 128 << 20}},
		})
	}
	run := func(name, image string, attempt int, args ...string) string {
		created := n.mustCrictl("create", id, container(name, image, attempt, args...), pod)
		n.mustCrictl("start", created)
		return created
	}
	ended := func(container string) (status int) {
		n.eventually("the container has ended", func() error {
			var said struct {
				Status struct {
					State    string
					ExitCode int
				}
			}
			if err := json.Unmarshal([]byte(n.mustCrictl("inspect", container)), &said); err != nil {
				return err
			}
			if said.Status.State != "CONTAINER_EXITED" {
				return fmt.Errorf("%+v", said)
			}
			status = said.Status.ExitCode
			return nil
		})
		return status
	}
	server := run("server", task, 0, "/task.wasm", "serve", "8080")
	run("side-car", native, 0, "/native", "serve", "9090")

	t.Run("module asks side-car", func(t *testing.T) {
		c := run("ask", task, 0, "/task.wasm", "get", "9090", "300")
		if status, text := ended(c), n.mustCrictl("logs", c); status != 0 || !strings.HasSuffix(text, "hello from a program") {
			t.Errorf("status %d, %s", status, text)
		}
	})
	t.Run("side-car asks module", func(t *testing.T) {
		c := run("asked", native, 0, "/native", "get", "8080")
		if status, text := ended(c), n.mustCrictl("logs", c); status != 0 || !strings.HasPrefix(text, "hello from a module") {
			t.Errorf("status %d, %s", status, text)
		}
	})
	t.Run("one shim", func(t *testing.T) {
		if shims := processes("containerd-shim-wazedge-v1", n.name); len(shims) != 1 {
			t.Errorf("%v", shims)
		}
	})
	t.Run("restarts", func(t *testing.T) {
		for attempt := range 3 {
			c := run("failing", task, attempt, "/task.wasm", "exit", "3")
			if status := ended(c); status != 3 {
				t.Errorf("status %d", status)
			}
			n.mustCrictl("rm", c)
		}
	})
	t.Run("metrics", func(t *testing.T) {
		var said struct {
			Stats []struct {
				CPU    struct{ UsageCoreNanoSeconds struct{ Value string } }
				Memory struct{ WorkingSetBytes struct{ Value string } }
			}
		}
		text := n.mustCrictl("stats", "-o", "json", server)
		if err := json.Unmarshal([]byte(text), &said); err != nil || len(said.Stats) != 1 || said.Stats[0].Memory.WorkingSetBytes.Value < "1" || said.Stats[0].CPU.UsageCoreNanoSeconds.Value < "1" {
			t.Errorf("%v: %s", err, text)
		}
	})
	t.Run("exec", func(t *testing.T) {
		if r := n.crictl("exec", "--sync", server, "/task.wasm", "args", "x"); r.status != 0 || strings.TrimSpace(r.stdout) != "task.wasm\nargs\nx" {
			t.Error(r)
		}
		want(t, n.crictl("exec", "--sync", server, "/bin/sh"), 1, "", "cannot execute")
	})
	t.Run("what cannot start says why", func(t *testing.T) {
		n.image("localhost/bad:1", linux(), n.badModule())
		created := n.mustCrictl("create", id, container("bad", "localhost/bad:1", 0, "/bad.wasm"), pod)
		want(t, n.crictl("start", created), 1, "", `cannot run localhost/bad:1, entrypoint \"/bad.wasm\", on `+linux()+": it is no valid module")
		n.mustCrictl("rm", created)
	})
	t.Run("artifact", func(t *testing.T) {
		if strings.Contains(n.must("version").stdout, "1.6.") {
			t.Skipf("NOT RUN: %s: this containerd unpacks no artifacts", t.Name())
		}
		n.load("localhost/artifact:1", "", "build", "-artifact", "-t", "localhost/artifact:1", "../testdata/task.wasm")
		c := run("artifact", "localhost/artifact:1", 0, "/task.wasm", "args", "x")
		if status, text := ended(c), n.mustCrictl("logs", c); status != 0 || text != "task.wasm\nargs\nx" {
			t.Errorf("status %d, %s", status, text)
		}
	})
	t.Run("ended by a signal", func(t *testing.T) {
		n.mustCrictl("stop", "--timeout", "30", server)
		if status := ended(server); status != 143 {
			t.Errorf("status %d", status)
		}
	})
	n.mustCrictl("stopp", id)
	n.mustCrictl("rmp", "-f", id)
}

// native is an image of a program that is no module.
const native = "localhost/native:1"

// badModule is the path of a file that begins like a module.
func (n *node) badModule() string {
	n.t.Helper()
	name := filepath.Join(n.dir, "bad.wasm")
	if err := os.WriteFile(name, []byte("\x00asm\x01\x00\x00\x00garbage"), 0o644); err != nil {
		n.t.Fatal(err)
	}
	return name
}

// program makes an image of the native program with that command line and imports it.
func (n *node) program(name string, args ...string) {
	n.t.Helper()
	content, err := os.ReadFile(filepath.Join(n.bin, "native"))
	if err != nil {
		n.t.Fatal(err)
	}
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	err = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "native", Mode: 0o755, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write(content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		n.t.Fatal(err)
	}
	layer := static.NewLayer(files.Bytes(), types.OCIUncompressedLayer)
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layer)
	if err == nil {
		img, err = mutate.ConfigFile(img, &v1.ConfigFile{
			OS: "linux", Architecture: runtime.GOARCH, Config: v1.Config{Entrypoint: append([]string{"/native"}, args...)}, RootFS: rootfsOf(n.t, img),
		})
	}
	if err != nil {
		n.t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := image.WriteArchive(&archive, name, img); err != nil {
		n.t.Fatal(err)
	}
	path := filepath.Join(n.dir, "native.tar")
	if err := os.WriteFile(path, archive.Bytes(), 0o644); err != nil {
		n.t.Fatal(err)
	}
	n.must("image", "import", path)
}

func rootfsOf(t *testing.T, img v1.Image) v1.RootFS {
	t.Helper()
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return c.RootFS
}
