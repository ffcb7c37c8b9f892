//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const (
	hello = "localhost/hello:1" // an image of linux/amd64 or the like
	task  = "localhost/task:1"
)

// linux is the platform of this machine.
func linux() string { return "linux/" + runtime.GOARCH }

// withImages is a node with the two images that most tests use.
func withImages(t *testing.T) *node {
	t.Helper()
	n := newNode(t, "")
	n.image(hello, linux(), "../../testdata/guests/hello.wasm")
	n.image(task, linux(), "../testdata/task.wasm")
	return n
}

// TestRun states what containers of modules print, and how they end, under containerd.
func TestRun(t *testing.T) {
	n := withImages(t)
	for _, platform := range []string{"wasi/wasm", "wasip1/wasm", "wasi/wasm32"} {
		name := "localhost/hello:" + strings.ReplaceAll(platform, "/", "-")
		n.image(name, platform, "../../testdata/guests/hello.wasm")
		t.Run(platform, func(t *testing.T) {
			want(t, n.run(name, "hello", []string{"--platform", platform}), 0, "Hello, world!\n", "")
		})
	}
	n.image("localhost/text:1", linux(), "../../testdata/guests/hello.wat")
	n.imageOf("localhost/user:1", `{"entrypoint": "task.wasm", "args": ["write", "/out"], "user": "1000:1000"}`, "../testdata/task.wasm")
	var lines strings.Builder
	for i := range 200000 {
		fmt.Fprintf(&lines, "%063d\n", i)
	}
	flood := lines.String()
	for _, tc := range []struct {
		name, image string
		options     []string
		args        []string
		status      int
		stdout      string
		stderr      string // part of it; all of it if empty
	}{
		{name: "image for Linux", image: hello, stdout: "Hello, world!\n"},
		{name: "text format", image: "localhost/text:1", stdout: "Hello, world!\n"},
		{name: "arguments", image: task, args: []string{"/task.wasm", "args", "a b", "--dir"}, stdout: "task.wasm\nargs\na b\n--dir\n"},
		{name: "environment", image: task, options: []string{"--env", "SECRET=a\nb"}, args: []string{"/task.wasm", "env", "SECRET"}, stdout: "a\nb\n"},
		{name: "variables of wazedge are the guest's", image: task, options: []string{"--env", "WAZEDGE_TRUST_DIR=/x"}, args: []string{"/task.wasm", "env", "WAZEDGE_TRUST_DIR"}, stdout: "/x\n"},
		{name: "none of wazedge's own", image: task, args: []string{"/task.wasm", "env", "WAZEDGE_CONTAINER"}, stdout: "(unset)\n"},
		{name: "exit status", image: task, args: []string{"/task.wasm", "exit", "42"}, status: 42},
		{name: "trap", image: task, args: []string{"/task.wasm", "trap"}, status: 134, stderr: "unreachable"},
		{name: "flood", image: task, args: []string{"/task.wasm", "flood", "200000"}, stdout: flood},
		{name: "memory", image: task, options: []string{"--memory-limit", fmt.Sprint(64 << 20)}, args: []string{"/task.wasm", "grow"}, stdout: "39\n", stderr: "exceeded limited 640 page"},
		{name: "another user", image: "localhost/user:1", stdout: "2\n"},
		{name: "read-only", image: task, options: []string{"--read-only"}, args: []string{"/task.wasm", "write", "/out"}, stdout: "76\n"},
		{name: "time limit", image: task, options: []string{"--annotation", "wazedge.time-limit=300"}, args: []string{"/task.wasm", "spin"}, status: 134, stdout: "spinning\n", stderr: "interrupted"},
		{name: "gas limit", image: task, options: []string{"--annotation", "wazedge.gas-limit=100K"}, args: []string{"/task.wasm", "spin"}, status: 134, stdout: "spinning\n", stderr: "Cost exceeded limit"},
		{name: "network denied", image: task, options: []string{"--annotation", "wazedge.deny-net=true"}, args: []string{"/task.wasm", "serve", "80"}, status: 1, stderr: "bind: errno 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want(t, n.run(tc.image, "c", tc.options, tc.args...), tc.status, tc.stdout, tc.stderr)
		})
	}
}

// want fails the test unless r is as wanted. Without a stderr that it must have part of, there
// must be none.
func want(t *testing.T, r result, status int, stdout, stderr string) {
	t.Helper()
	if r.status != status || r.stdout != stdout || !strings.Contains(r.stderr, stderr) || stderr == "" && r.stderr != "" && status == 0 {
		t.Errorf("%v\nwant status %d, stdout %.200q, stderr with %q", r, status, stdout, stderr)
	}
}

// TestSort sorts a file of the host in a bind mount, and writes nothing where the mount is read-only.
func TestSort(t *testing.T) {
	n := withImages(t)
	data := filepath.Join(n.dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := range 5000 {
		lines = append(lines, fmt.Sprintf("%d\n", i*7919%5003))
	}
	if err := os.WriteFile(filepath.Join(data, "in"), []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
	mount := "type=bind,src=" + data + ",dst=/data,options=rbind:"
	want(t, n.run(task, "sort", []string{"--mount", mount + "rw"}, "/task.wasm", "sort", "/data/in", "/data/out"), 0, "", "")
	slices.Sort(lines)
	if got, err := os.ReadFile(filepath.Join(data, "out")); err != nil || string(got) != strings.Join(lines, "") {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	want(t, n.run(task, "readonly", []string{"--mount", mount + "ro"}, "/task.wasm", "write", "/data/more"), 0, "76\n", "")
}
