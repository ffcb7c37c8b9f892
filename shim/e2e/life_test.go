//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestServer reaches a server in a network namespace of its own over a pair of virtual
// interfaces, executes another module of its image, and ends it.
func TestServer(t *testing.T) {
	n := withImages(t)
	address := n.network("10.201.7")
	n.must("run", "-d", "--runtime", wazedgeRuntime, "--with-ns", "network:/run/netns/"+n.name, "--log-uri", "file://"+n.dir+"/server.log",
		task, "server", "/task.wasm", "serve", "8080")
	url := "http://" + net.JoinHostPort(address, "8080")
	for i := range 5 {
		var body []byte
		n.eventually("the server answers", func() error {
			answer, err := http.Get(url)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			body, err = io.ReadAll(answer.Body)
			return err
		})
		if got, want := string(body), fmt.Sprintf("hello from a module, %d\n", i+1); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	t.Run("exec", func(t *testing.T) {
		want(t, n.ctr("task", "exec", "--exec-id", "e1", "server", "/task.wasm", "args", "x"), 0, "task.wasm\nargs\nx\n", "")
		want(t, n.ctr("task", "exec", "--exec-id", "e2", "server", "/task.wasm", "exit", "7"), 7, "", "")
		want(t, n.ctr("task", "exec", "--exec-id", "e3", "server", "/bin/sh"), 1, "", `cannot execute "/bin/sh" in a container that runs a module: the image has no such file`)
		want(t, n.ctr("task", "exec", "--exec-id", "e4", "server", "/.wazedge/wazedge", "version"), 1, "", "cannot execute")
	})
	t.Run("metrics", func(t *testing.T) {
		if r := n.must("task", "metrics", "server"); !strings.Contains(r.stdout, "memory.usage") {
			t.Error(r)
		}
	})
	if got, err := os.ReadFile(filepath.Join(n.dir, "server.log")); err != nil || string(got) != "listening\n" {
		t.Errorf("log %q, %v", got, err)
	}
	n.must("task", "kill", "-s", "SIGTERM", "server")
	if status := n.status("server"); status != 143 {
		t.Errorf("terminated: status %d", status)
	}
	n.must("container", "rm", "server")
}

// status waits for the end of a task, deletes it, and returns its exit status.
func (n *node) status(id string) int {
	n.t.Helper()
	n.eventually(id+" has ended", func() error {
		for line := range strings.Lines(n.must("task", "ls").stdout) {
			if f := strings.Fields(line); f[0] == id && f[2] != "STOPPED" {
				return fmt.Errorf("%s", line)
			}
		}
		return nil
	})
	r := n.must("task", "delete", id)
	_, code, ok := strings.Cut(r.stderr, "non-zero exit code ") // as ctr 1.6 and 2 say it
	if !ok {
		return 0
	}
	status, err := strconv.Atoi(strings.TrimRight(code, "\"\n"))
	if err != nil {
		n.t.Fatal(r)
	}
	return status
}

// network makes a network namespace that is named for the node, joined to this one by a pair of
// virtual interfaces, and returns its address. net are the first three numbers of it.
func (n *node) network(net string) string {
	n.t.Helper()
	name := n.name
	host := "wz" + name[len(name)-8:]
	for _, args := range [][]string{
		{"netns", "add", name},
		{"link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", name},
		{"addr", "add", net + ".1/24", "dev", host},
		{"link", "set", host, "up"},
		{"-n", name, "addr", "add", net + ".2/24", "dev", "eth0"},
		{"-n", name, "link", "set", "eth0", "up"},
		{"-n", name, "link", "set", "lo", "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			n.t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	n.t.Cleanup(func() { exec.Command("ip", "netns", "del", name).Run() })
	return net + ".2"
}

// TestKilled states the status of what is killed.
func TestKilled(t *testing.T) {
	n := withImages(t)
	for _, tc := range []struct {
		signal string
		status int
	}{{"SIGKILL", 137}, {"SIGTERM", 143}, {"SIGINT", 130}} {
		log := filepath.Join(n.dir, tc.signal)
		n.must("run", "-d", "--runtime", wazedgeRuntime, "--log-uri", "file://"+log, task, "spinning", "/task.wasm", "spin")
		n.eventually("the guest computes", func() error {
			if text, err := os.ReadFile(log); err != nil || string(text) != "spinning\n" {
				return fmt.Errorf("%q, %v", text, err)
			}
			return nil
		})
		n.must("task", "kill", "-s", tc.signal, "spinning")
		if status := n.status("spinning"); status != tc.status {
			t.Errorf("%s: status %d, want %d", tc.signal, status, tc.status)
		}
		n.must("container", "rm", "spinning")
	}
}

// TestPassedThrough states that what is no module is runc's: it runs as it does with runc's own shim.
func TestPassedThrough(t *testing.T) {
	n := withImages(t)
	rootfs := filepath.Join(n.dir, "native")
	if err := os.Mkdir(rootfs, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", filepath.Join(n.bin, "native"), rootfs).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, runtime := range []string{wazedgeRuntime, "io.containerd.runc.v2"} {
		r := n.ctr("run", "--rm", "--runtime", runtime, "--rootfs", rootfs, "native", "/native", "hello")
		want(t, r, 0, "Hello, world!\n", "")
	}
	r := n.ctr("run", "--rm", "--runtime", wazedgeRuntime, "--rootfs", rootfs, "none", "/none")
	want(t, r, 1, "", `exec: "/none": stat /none: no such file or directory`)
}

// TestOCIRuntime runs containers by wazedge-oci under containerd's shim of runc.
func TestOCIRuntime(t *testing.T) {
	n := withImages(t)
	begun := time.Now()
	r := n.ctr("run", "--rm", "--runc-binary", filepath.Join(n.bin, "wazedge-oci"), hello, "plain")
	want(t, r, 0, "Hello, world!\n", "")
	t.Logf("%v", time.Since(begun))
}

// TestServe states that a component answers requests where its annotation says, from code that was compiled before it
// began, that it tells its numbers, and that it ends of itself when it is asked to.
func TestServe(t *testing.T) {
	n := withImages(t)
	n.image("localhost/handler:1", linux(), "../../testdata/serve/handler.wasm")
	address := n.network("10.201.9")
	n.must("run", "-d", "--runtime", wazedgeRuntime, "--with-ns", "network:/run/netns/"+n.name, "--log-uri", "file://"+n.dir+"/serve.log",
		"--annotation", "wazedge.serve=:8080", "--annotation", "wazedge.metrics=:9090", "localhost/handler:1", "serving")
	get := func(port, path string) (body string) {
		n.eventually("the server answers", func() error {
			answer, err := http.Get("http://" + net.JoinHostPort(address, port) + path)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			body = string(text)
			return err
		})
		return body
	}
	for range 3 { // each by an instance of its own
		if got := get("8080", "/calls"); got != "1\n" {
			t.Errorf("answer %q", got)
		}
	}
	if got := get("9090", "/metrics"); !strings.Contains(got, `"200"`) {
		t.Errorf("metrics %q", got)
	}
	want(t, n.ctr("task", "exec", "--exec-id", "e1", "serving", "/bin/sh"), 1, "", "cannot execute")
	n.must("task", "kill", "-s", "SIGTERM", "serving")
	if status := n.status("serving"); status != 0 {
		t.Errorf("status %d", status)
	}
	n.must("container", "rm", "serving")
}

// TestPruned states that cells go when they take more than they may, save what is used or has just been, and that
// a container that runs keeps its own.
func TestPruned(t *testing.T) {
	t.Setenv("WAZEDGE_OCI_CACHE_SIZE", "1KiB")
	n := withImages(t)
	run := func(id, gas string, args ...string) result {
		return n.run(task, id, []string{"--annotation", "wazedge.gas-limit=" + gas}, append([]string{"/task.wasm"}, args...)...)
	}
	want(t, run("unused", "100M", "exit", "0"), 0, "", "")
	n.must("run", "-d", "--runtime", wazedgeRuntime, "--null-io", task, "spinning", "/task.wasm", "spin")
	cells := func() []string {
		dirs, err := filepath.Glob(filepath.Join(n.dir, "wazedge/cells/*"))
		if err != nil {
			t.Fatal(err)
		}
		return dirs
	}
	before := cells()
	if len(before) != 2 {
		t.Fatalf("cells %v", before)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, dir := range before {
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}
	want(t, run("another", "200M", "exit", "0"), 0, "", "")
	if after := cells(); len(after) != 2 {
		t.Errorf("cells %v, before %v", after, before)
	}
	want(t, n.ctr("task", "exec", "--exec-id", "e1", "spinning", "/task.wasm", "args", "x"), 0, "task.wasm\nargs\nx\n", "")
	want(t, run("again", "100M", "exit", "0"), 0, "", "")
	n.must("task", "kill", "-s", "SIGKILL", "spinning")
	if status := n.status("spinning"); status != 137 {
		t.Errorf("status %d", status)
	}
	n.must("container", "rm", "spinning")
}
