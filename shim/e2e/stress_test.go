//go:build linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// needLong skips a test that takes minutes.
func needLong(t *testing.T) {
	t.Helper()
	need(t)
	if !*long {
		t.Skipf("NOT RUN: %s: it takes minutes, without -long", t.Name())
	}
}

// TestMany starts and removes containers, 20 at a time. That nothing is left behind is found at
// the end, as of every test.
func TestMany(t *testing.T) {
	n := withImages(t)
	count, together := 20, 10
	if *long {
		count, together = 200, 20
	}
	ids := make(chan string)
	var wait sync.WaitGroup
	for range together {
		wait.Go(func() {
			for id := range ids {
				cmd := n.command("run", "--rm", "--runtime", wazedgeRuntime, hello, id)
				if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Hello, world!\n") {
					t.Errorf("%s: %v, %s", id, err, out)
				}
			}
		})
	}
	begun := time.Now()
	for i := range count {
		ids <- fmt.Sprintf("many-%d", i)
	}
	close(ids)
	wait.Wait()
	t.Logf("%d containers, %d at a time: %v", count, together, time.Since(begun))
	if r := n.must("container", "ls", "-q"); r.stdout != "" {
		t.Errorf("containers: %s", r.stdout)
	}
}

// pss is the memory of a process, with its share of what it has in common with others, in KiB.
func pss(t *testing.T, pid string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/smaps_rollup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[0] == "Pss:" {
			kib, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatal("no Pss")
	return 0
}

// processes are the processes of this machine whose command line has all of words.
func processes(words ...string) (pids []string) {
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		text, err := os.ReadFile(name)
		line := strings.ReplaceAll(string(text), "\x00", " ")
		if err == nil && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
			pids = append(pids, filepath.Base(filepath.Dir(name)))
		}
	}
	return pids
}

// TestMemoryOfPods measures what a container takes, its shim included, and bounds it.
func TestMemoryOfPods(t *testing.T) {
	n := withImages(t)
	const pods, bound = 4, 25 << 10 // KiB
	n.network("10.201.8")
	for i := range pods {
		id := fmt.Sprintf("pod-%d", i)
		n.must("run", "-d", "--runtime", wazedgeRuntime, "--with-ns", "network:/run/netns/"+n.name, "--log-uri", "file://"+n.dir+"/"+id+".log", task, id, "/task.wasm", "serve", strconv.Itoa(8000+i))
		n.eventually("the server listens", func() error {
			if text, err := os.ReadFile(n.dir + "/" + id + ".log"); err != nil || string(text) != "listening\n" {
				return fmt.Errorf("%q, %v", text, err)
			}
			return nil
		})
	}
	shims, guests := processes("containerd-shim-wazedge-v1", n.name), processes("/.wazedge/wazedge", "serve")
	if len(shims) != pods || len(guests) != pods {
		t.Fatalf("shims %v, guests %v", shims, guests)
	}
	shim, guest := 0, 0
	for i := range pods {
		shim += pss(t, shims[i])
		guest += pss(t, guests[i])
	}
	t.Logf("of %d pods, each: shim %d KiB, guest %d KiB (PSS)", pods, shim/pods, guest/pods)
	if (shim+guest)/pods > bound {
		t.Errorf("a pod takes more than %d KiB", bound)
	}
	for i := range pods {
		n.must("task", "kill", "-s", "SIGKILL", fmt.Sprintf("pod-%d", i))
		n.status(fmt.Sprintf("pod-%d", i))
		n.must("container", "rm", fmt.Sprintf("pod-%d", i))
	}
}

// accounted has the processor time of the daemon, of what it starts, and of the containers counted,
// and returns what reads it.
func (n *node) accounted() func() time.Duration {
	n.t.Helper()
	const hierarchy = "/sys/fs/cgroup/cpuacct/"
	group := hierarchy + n.name + "-daemon"
	if err := os.Mkdir(group, 0o755); err != nil {
		n.t.Skipf("NOT RUN: %s: %v", n.t.Name(), err)
	}
	n.t.Cleanup(func() { os.Remove(group) })
	if err := os.WriteFile(group+"/cgroup.procs", []byte(strconv.Itoa(n.daemon.Process.Pid)), 0o644); err != nil {
		n.t.Fatal(err)
	}
	return func() (sum time.Duration) {
		for _, dir := range []string{group, hierarchy + n.namespace} {
			text, err := os.ReadFile(dir + "/cpuacct.usage")
			if err != nil {
				continue // there has been no container yet
			}
			ns, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			if err != nil {
				n.t.Fatal(err)
			}
			sum += time.Duration(ns)
		}
		return sum
	}
}

// TestStart measures the start of a module that is compiled beside that of a program by runc's own
// shim, one after the other. It tells and does not judge.
func TestStart(t *testing.T) {
	needLong(t)
	n := withImages(t)
	rootfs := filepath.Join(n.dir, "native")
	if err := os.Mkdir(rootfs, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", filepath.Join(n.bin, "native"), rootfs).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	module := filepath.Join(n.dir, "module")
	if err := os.Mkdir(module, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "../../testdata/guests/hello.wasm", module).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cpu := n.accounted()
	used := map[string]time.Duration{}
	once := func(runtime, rootfs string, args ...string) time.Duration {
		before := cpu()
		defer func() { used[runtime] += cpu() - before }()
		begun := time.Now()
		r := n.ctr(append([]string{"run", "--rm", "--runtime", runtime, "--rootfs", rootfs, "start"}, args...)...)
		took := time.Since(begun)
		if r.stdout != "Hello, world!\n" {
			t.Fatal(r)
		}
		return took
	}
	ours := func() time.Duration { return once(wazedgeRuntime, module, "/hello.wasm") }
	theirs := func() time.Duration { return once("io.containerd.runc.v2", rootfs, "/native", "hello") }
	ours()
	theirs()
	clear(used)
	var a, b, ratios []float64
	for i := range 60 {
		var x, y time.Duration
		if i%2 == 0 {
			x, y = ours(), theirs()
		} else {
			y, x = theirs(), ours()
		}
		a, b = append(a, x.Seconds()), append(b, y.Seconds())
		ratios = append(ratios, x.Seconds()/y.Seconds())
	}
	for _, list := range [][]float64{a, b, ratios} {
		slices.Sort(list)
	}
	mine, its := used[wazedgeRuntime].Seconds()/60, used["io.containerd.runc.v2"].Seconds()/60
	t.Logf("60 pairs, processor time of containerd, shim, runtime and container: module %.1f ms, program %.1f ms, ratio %.3f", mine*1e3, its*1e3, mine/its)
	t.Logf("60 pairs: module %.0f ms (fastest %.0f), program %.0f ms (fastest %.0f); ratio of medians %.3f, median of ratios %.3f, of fastest %.3f",
		a[30]*1e3, a[0]*1e3, b[30]*1e3, b[0]*1e3, a[30]/b[30], ratios[30], a[0]/b[0])
}

// TestKilledDaemons kills the shim, containerd, or both, at any moment of a container's life, and
// states that everything can be removed after.
func TestKilledDaemons(t *testing.T) {
	n := withImages(t)
	cycles := 4
	if *long {
		cycles = 100
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range cycles {
		id := fmt.Sprintf("cycle-%d", i)
		what := 1 + random.IntN(3)
		killShim, killDaemon := what&1 != 0, what&2 != 0
		cmd := n.command("run", "-d", "--runtime", wazedgeRuntime, "--null-io", task, id, "/task.wasm", "spin")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		moment := time.Duration(random.IntN(1500)) * time.Millisecond
		if random.IntN(3) > 0 { // else while it starts
			<-done
			moment /= 10
		}
		<-time.After(moment)
		if killShim {
			for _, pid := range processes("containerd-shim-wazedge-v1", "-id "+id+" ") {
				if p, err := strconv.Atoi(pid); err == nil {
					syscall.Kill(p, syscall.SIGKILL)
				}
			}
		}
		if killDaemon {
			n.kill(syscall.SIGKILL)
		}
		<-done
		if killDaemon {
			n.start()
		}
		n.remove(id)
		n.eventually(fmt.Sprintf("cycle %d (shim %v, containerd %v, after %v) leaves no process", i, killShim, killDaemon, moment), func() error {
			if left := processes("-id "+id+" ", n.namespace); len(left) > 0 {
				return fmt.Errorf("processes %v", left)
			}
			return nil
		})
	}
}

// remove removes a container, whatever state it is in.
func (n *node) remove(id string) {
	n.t.Helper()
	n.eventually(id+" is gone", func() error {
		n.ctr("task", "kill", "-s", "SIGKILL", id)
		n.ctr("task", "delete", "-f", id)
		if r := n.ctr("task", "ls", "-q"); r.status != 0 || slices.Contains(strings.Fields(r.stdout), id) {
			return fmt.Errorf("tasks: %v", r)
		}
		n.ctr("container", "rm", id)
		if r := n.ctr("container", "ls", "-q"); r.status != 0 || slices.Contains(strings.Fields(r.stdout), id) {
			return fmt.Errorf("containers: %v", r)
		}
		n.ctr("snapshot", "rm", id)
		return nil
	})
}
