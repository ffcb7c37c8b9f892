//go:build linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	long           = flag.Bool("long", false, "run what takes minutes too: 200 containers, 100 cycles of kill -9")
	programsDir    = flag.String("programs", "", "a directory with the programs, which are built otherwise")
	containerdPath = flag.String("containerd", "containerd", "the containerd to run, such as one of version 2")
	ctrPath        = flag.String("ctr", "ctr", "the ctr of the same version")
)

// missing is why the tests of this package cannot be run here, or empty.
var missing = sync.OnceValue(func() string {
	if os.Geteuid() != 0 {
		return "not root"
	}
	for _, program := range []string{*containerdPath, *ctrPath, "runc", "ip"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed"
		}
	}
	if err := tryMachine(); err != nil {
		return "no container of a plain program runs here: " + err.Error()
	}
	return ""
})

// tryMachine runs a program in a container by runc alone, and makes a network namespace: on a machine that
// does not let root do that, nothing here can be tested.
func tryMachine() error {
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "rootfs", "program"), "./native")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	spec := exec.Command("runc", "spec", "-b", dir)
	for _, cmd := range []*exec.Cmd{build, spec} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", cmd.Args, err, out)
		}
	}
	file := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return err
	}
	process, ok := config["process"].(map[string]any)
	if !ok {
		return errors.New("runc spec has no process")
	}
	process["terminal"], process["args"] = false, []string{"/program", "hello"}
	if text, err = json.Marshal(config); err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	name := filepath.Base(dir)
	for _, args := range [][]string{
		{"runc", "--root", filepath.Join(dir, "state"), "run", "-b", dir, name},
		{"ip", "netns", "add", name},
		{"ip", "netns", "delete", name},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", args, err, out)
		}
	}
	return nil
}

// need skips a test, by name, where it cannot be run.
func need(t *testing.T) {
	t.Helper()
	if why := missing(); why != "" {
		t.Skipf("NOT RUN: %s: %s", t.Name(), why)
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	if status, ok := ownMachine(); ok {
		os.Exit(status)
	}
	if err := furnishMachine(); err != nil {
		fmt.Fprintf(os.Stderr, "no machine of their own for these tests: %v\n", err)
		os.Exit(statusBare)
	}
	status := m.Run()
	os.RemoveAll(built)
	os.Exit(status)
}

// built is the directory of programs that have been built here, or empty.
var built string

// programs builds everything that is tested into one directory.
var programs = sync.OnceValues(func() (string, error) {
	if why := missing(); why != "" {
		return "", errors.New(why)
	}
	if *programsDir != "" {
		return *programsDir, nil
	}
	dir, err := os.MkdirTemp("", "wazedge-e2e-bin-")
	if err != nil {
		return "", err
	}
	built = dir
	for _, b := range []struct{ in, what string }{
		{"../..", "."}, {"..", "./cmd/..."}, {"..", "./e2e/native"},
	} {
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir+"/", b.what)
		cmd.Dir, cmd.Env = b.in, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", b.what, err, out)
		}
	}
	return dir, nil
})

// node is a machine of containers: a containerd of a test's own.
type node struct {
	t         *testing.T
	dir       string // of everything but the programs
	bin       string // of the programs
	name      string // of the node, which is in every command line of its processes
	namespace string // of its containers
	daemon    *exec.Cmd
	before    leftovers
	config    string
	exited    chan struct{}
}

// newNode starts a containerd. At the end of the test everything that it has made has to be gone.
func newNode(t *testing.T, extra string) *node {
	t.Helper()
	need(t)
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", prefix) // short: it has sockets
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, dir: dir, bin: bin, name: filepath.Base(dir), namespace: filepath.Base(dir)}
	n.before = look(n)
	n.config = filepath.Join(dir, "config.toml")
	text := fmt.Sprintf("version = 2\nroot = %q\nstate = %q\n", dir+"/root", dir+"/state")
	if extra == "" {
		text += `disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]` + "\n"
	}
	text += fmt.Sprintf("[grpc]\n  address = %q\n", n.socket()) + extra
	if err := os.WriteFile(n.config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.end)
	n.start()
	return n
}

func (n *node) socket() string { return filepath.Join(n.dir, "c.sock") }

// env is the environment of the daemon, and so of its shims.
func (n *node) env() []string {
	return append(os.Environ(), "PATH="+n.bin+":"+os.Getenv("PATH"), "WAZEDGE_OCI_STATE="+filepath.Join(n.dir, "wazedge"))
}

// start starts the daemon and waits for it.
func (n *node) start() {
	n.t.Helper()
	log, err := os.OpenFile(filepath.Join(n.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		n.t.Fatal(err)
	}
	defer log.Close()
	n.daemon = exec.Command(*containerdPath, "-c", n.config)
	n.daemon.Env, n.daemon.Stdout, n.daemon.Stderr = n.env(), log, log
	n.daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := n.daemon.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.exited = make(chan struct{})
	go func(daemon *exec.Cmd, exited chan struct{}) { daemon.Wait(); close(exited) }(n.daemon, n.exited)
	n.eventually("containerd answers", func() error {
		return n.command("version").Run()
	})
}

// kill ends the daemon with that signal.
func (n *node) kill(sig syscall.Signal) {
	n.daemon.Process.Signal(sig)
	<-n.exited
}

// eventually waits until f has no error.
func (n *node) eventually(what string, f func() error) {
	n.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(n.dir, "log"))
			n.t.Fatalf("%s: not within a minute: %v\n%s", what, err, log[max(0, len(log)-4000):])
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// command is ctr with args.
func (n *node) command(args ...string) *exec.Cmd {
	cmd := exec.Command(*ctrPath, append([]string{"-a", n.socket(), "-n", n.namespace}, args...)...)
	cmd.Env = n.env()
	return cmd
}

// result is what a command came to.
type result struct {
	stdout, stderr string
	status         int
}

func (r result) String() string {
	return fmt.Sprintf("status %d, stdout %.400q, stderr %.800q", r.status, r.stdout, r.stderr)
}

// ctr runs ctr.
func (n *node) ctr(args ...string) result {
	n.t.Helper()
	r := runCommand(n.t, n.command(args...))
	if r.status == 0 { // ctr 2 says on standard error what it thinks of old configurations
		r.stderr = ownLines.ReplaceAllString(r.stderr, "")
	}
	return r
}

// ownLines are the lines that ctr itself logs, but for the exit status of a task.
var ownLines = regexp.MustCompile(`(?m)^time="[^"]*" level=warning msg="(DEPRECATION|The )[^\n]*\n`)

func runCommand(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	err := cmd.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// must fails the test unless ctr succeeds.
func (n *node) must(args ...string) result {
	n.t.Helper()
	r := n.ctr(args...)
	if r.status != 0 {
		log, _ := os.ReadFile(filepath.Join(n.dir, "log"))
		n.t.Fatalf("ctr %s: %v\n%s", strings.Join(args, " "), r, log[max(0, len(log)-3000):])
	}
	return r
}

// wazedgeRuntime is the runtime under test, as containerd names it.
const wazedgeRuntime = "io.containerd.wazedge.v1"

// run runs a container of an image to its end, and removes it.
func (n *node) run(image, id string, options []string, args ...string) result {
	n.t.Helper()
	return n.ctr(append(append(append([]string{"run", "--rm", "--runtime", wazedgeRuntime}, options...), image, id), args...)...)
}

// image makes an image of a module or directory and imports it.
func (n *node) image(name, platform, input string) {
	n.t.Helper()
	n.load(name, platform, "build", "-t", name, "-platform", platform, input)
}

// imageOf makes an image for Linux of files and a manifest, and imports it.
func (n *node) imageOf(name, manifest string, files ...string) {
	n.t.Helper()
	dir := n.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "image.json"), []byte(manifest), 0o644); err != nil {
		n.t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			n.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), content, 0o644); err != nil {
			n.t.Fatal(err)
		}
	}
	n.image(name, linux(), dir)
}

// load makes an archive by a command line of wazedge-image and imports it.
func (n *node) load(name, platform string, args ...string) {
	n.t.Helper()
	tar := filepath.Join(n.dir, "image.tar")
	args = append(args[:1:1], append([]string{"-o", tar}, args[1:]...)...)
	if r := runCommand(n.t, exec.Command(filepath.Join(n.bin, "wazedge-image"), args...)); r.status != 0 {
		n.t.Fatalf("wazedge-image %v: %v", args, r)
	}
	line := []string{"image", "import"}
	if strings.Contains(n.must("image", "import", "--help").stdout, "--local") {
		line = append(line, "--local") // from containerd 2.4 on, its service unpacks images of its own platform alone
	}
	if platform == "" {
		line = append(line, "--all-platforms")
	} else {
		line = append(line, "--platform", platform)
	}
	n.must(append(line, tar)...)
}

// end stops the daemon and compares what there is with what there was before.
func (n *node) end() {
	n.kill(syscall.SIGTERM)
	if n.t.Failed() {
		log, _ := os.ReadFile(filepath.Join(n.dir, "log"))
		n.t.Logf("containerd: %s", log[max(0, len(log)-3000):])
	}
	n.sweep()
	for _, what := range look(n).since(n, n.before) {
		n.t.Errorf("left behind: %s", what)
	}
	if err := os.RemoveAll(n.dir); err != nil {
		n.t.Error(err)
	}
}
