//go:build linux

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// bundle makes a bundle of runc's default configuration, as edit changes it, with files below its
// root: a name and the content, or with " -> " in the name a link and where it leads.
func (n *node) bundle(edit func(config map[string]any), files map[string]string) string {
	n.t.Helper()
	dir := n.t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rootfs"), 0o755); err != nil {
		n.t.Fatal(err)
	}
	if out, err := exec.Command("runc", "spec", "-b", dir).CombinedOutput(); err != nil {
		n.t.Fatalf("runc spec: %v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		n.t.Fatal(err)
	}
	config := map[string]any{}
	if err := json.Unmarshal(text, &config); err != nil {
		n.t.Fatal(err)
	}
	config["process"].(map[string]any)["terminal"] = false
	edit(config)
	if text, err = json.Marshal(config); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644); err != nil {
		n.t.Fatal(err)
	}
	for name, content := range files {
		link, to, ok := strings.Cut(name, " -> ")
		path := filepath.Join(dir, "rootfs", link)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			n.t.Fatal(err)
		}
		if ok {
			err = os.Symlink(to, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o755)
		}
		if err != nil {
			n.t.Fatal(err)
		}
	}
	return dir
}

// oci runs a bundle by wazedge-oci itself.
func (n *node) oci(bundle string) result {
	n.t.Helper()
	root := filepath.Join(n.dir, "oci")
	log := filepath.Join(n.dir, "oci.log")
	os.Remove(log)
	cmd := exec.Command(filepath.Join(n.bin, "wazedge-oci"), "--root", root, "--log", log, "--log-format", "json", "run", "--bundle", bundle, n.name)
	cmd.Env = n.env()
	r := runCommand(n.t, cmd)
	if text, err := os.ReadFile(log); r.status != 0 && err == nil && strings.Contains(r.stderr, "wazedge-oci:") {
		var said struct{ Level, Msg string }
		if err := json.Unmarshal(text, &said); err != nil || said.Level != "error" || !strings.Contains(r.stderr, said.Msg) {
			n.t.Errorf("log %q beside %v", text, r)
		}
	}
	return r
}

// args has a configuration execute args.
func args(list ...any) func(map[string]any) {
	return func(config map[string]any) { config["process"].(map[string]any)["args"] = list }
}

// TestHostile states what comes of images and configurations that try to get out, or to have
// something executed that nobody has vouched for.
func TestHostile(t *testing.T) {
	n := newNode(t, "")
	module, err := os.ReadFile("../testdata/task.wasm")
	if err != nil {
		t.Fatal(err)
	}
	task := string(module)
	outside := filepath.Join(t.TempDir(), "outside.wasm")
	if err := os.WriteFile(outside, module, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Run("entrypoint that is a link out of the root", func(t *testing.T) {
		for _, to := range []string{outside, "../../../../../../../../.." + outside} {
			r := n.oci(n.bundle(args("/run.wasm", "args"), map[string]string{"run.wasm -> " + to: ""}))
			want(t, r, 1, "", "no such file or directory")
		}
	})
	t.Run("entrypoint that is a link to a file of the same name within", func(t *testing.T) {
		r := n.oci(n.bundle(args("/run.wasm", "args"), map[string]string{"run.wasm -> " + outside: "", outside: task}))
		want(t, r, 0, "run.wasm\nargs\n", "")
	})
	t.Run("entrypoint that is no regular file", func(t *testing.T) {
		for kind, mode := range map[string]uint32{"FIFO": unix.S_IFIFO, "device": unix.S_IFCHR, "socket": unix.S_IFSOCK} {
			b := n.bundle(args("/run.wasm"), nil)
			if err := unix.Mknod(filepath.Join(b, "rootfs/run.wasm"), mode|0o777, int(unix.Mkdev(1, 5))); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			want(t, n.oci(b), 1, "", "run.wasm")
		}
	})
	t.Run("module that is too large", func(t *testing.T) {
		b := n.bundle(args("/run.wasm"), map[string]string{"run.wasm": "\x00asm\x01\x00\x00\x00"})
		if err := os.Truncate(filepath.Join(b, "rootfs/run.wasm"), 1<<40); err != nil {
			t.Fatal(err)
		}
		want(t, n.oci(b), 1, "", "a module of 1099511627776 bytes is larger than")
	})
	t.Run("process of any kind", func(t *testing.T) {
		many := make([]any, 20000)
		for i := range many {
			many[i] = "/task.wasm"
		}
		for name, edit := range map[string]func(process map[string]any){
			"no arguments":       func(p map[string]any) { p["args"] = []any{} },
			"an empty one":       func(p map[string]any) { p["args"] = []any{""} },
			"a directory":        func(p map[string]any) { p["args"] = []any{"/"} },
			"numbers":            func(p map[string]any) { p["args"] = []any{1, 2} },
			"no strings at all":  func(p map[string]any) { p["args"] = "/task.wasm" },
			"a NUL":              func(p map[string]any) { p["args"] = []any{"/task.wasm\x00/etc"} },
			"a directory to be":  func(p map[string]any) { p["cwd"] = "relative" },
			"a variable with it": func(p map[string]any) { p["env"] = []any{"A=\x00"} },
		} {
			r := n.oci(n.bundle(func(c map[string]any) {
				p := c["process"].(map[string]any)
				args("/task.wasm", "args")(c)
				edit(p)
			}, map[string]string{"task.wasm": task}))
			if r.status == 0 || r.stdout != "" || strings.Contains(r.stderr, "goroutine ") {
				t.Errorf("%s: %v", name, r)
			}
		}
		for name, edit := range map[string]func(process map[string]any){ // which runc takes, or does not
			"variables without a name or a value": func(p map[string]any) {
				p["env"] = []any{"=", "=x", "A", "GODEBUG", "WAZEDGE_", strings.Repeat("V", 9000) + "=x"}
			},
			"an empty variable": func(p map[string]any) { p["env"] = []any{""} },
			"many arguments":    func(p map[string]any) { p["args"] = append([]any{"/task.wasm", "exit", "0"}, many...) },
		} {
			r := n.oci(n.bundle(func(c map[string]any) {
				p := c["process"].(map[string]any)
				args("/task.wasm", "exit", "0")(c)
				edit(p)
			}, map[string]string{"task.wasm": task}))
			if r.stdout != "" || r.status == 0 && r.stderr != "" || r.status != 0 && !strings.Contains(r.stderr, "runc") || strings.Contains(r.stderr, "goroutine ") {
				t.Errorf("%s: %v", name, r)
			}
		}
	})
	t.Run("limits that are none", func(t *testing.T) {
		for annotation, values := range map[string][]string{
			"wazedge.gas-limit":    {"0x10", "1..2", "99999999999999999999999999", "1Q"},
			"wazedge.time-limit":   {"1y", "99999999999999999999s"},
			"wazedge.memory-limit": {"1XiB", "99999999999999999999999"},
		} {
			for _, value := range values {
				r := n.oci(n.bundle(func(c map[string]any) {
					args("/task.wasm", "args")(c)
					c["annotations"] = map[string]string{annotation: value}
				}, map[string]string{"task.wasm": task}))
				if r.status == 0 || r.stdout != "" || !strings.Contains(r.stderr, value) || strings.Contains(r.stderr, "goroutine ") {
					t.Errorf("%s=%s: %v", annotation, value, r)
				}
			}
		}
	})
	t.Run("required to be a module", func(t *testing.T) {
		for _, tc := range []struct{ name, content, why string }{
			{"/sh", "#!/bin/sh\necho no\n", "it is no WebAssembly module"},
			{"/none", "", "the image has no such file"},
		} {
			files := map[string]string{}
			if tc.content != "" {
				files[tc.name] = tc.content
			}
			r := n.oci(n.bundle(func(c map[string]any) {
				args(tc.name)(c)
				c["annotations"] = map[string]string{"run.oci.handler": "wasm", "io.kubernetes.cri.image-name": "example.org/app:1"}
			}, files))
			want(t, r, 1, "", `cannot run example.org/app:1, entrypoint "`+tc.name+`", on `+linux()+": "+tc.why)
		}
	})
	t.Run("invalid module", func(t *testing.T) {
		r := n.oci(n.bundle(args("/bad.wasm"), map[string]string{"bad.wasm": "\x00asm\x01\x00\x00\x00garbage"}))
		want(t, r, 1, "", "it is no valid module: loading failed: malformed section id")
	})
	t.Run("native code of somebody else", func(t *testing.T) {
		wazedge := filepath.Join(n.bin, "wazedge")
		dir := t.TempDir()
		for _, a := range [][]string{
			{"trust", "keygen", dir + "/mallory", "mallory"},
			{"compile", "--sign", dir + "/mallory", "../testdata/task.wasm", dir + "/signed.wasm"},
		} {
			cmd := exec.Command(wazedge, a...)
			cmd.Env = []string{"HOME=" + dir}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v: %s", a, err, out)
			}
		}
		signed, err := os.ReadFile(dir + "/signed.wasm")
		if err != nil {
			t.Fatal(err)
		}
		public, err := os.ReadFile(dir + "/mallory.pub")
		if err != nil {
			t.Fatal(err)
		}
		// The image brings the key along too, and says where it is.
		r := n.oci(n.bundle(func(c map[string]any) {
			args("/signed.wasm", "args")(c)
			c["process"].(map[string]any)["env"] = []string{"WAZEDGE_TRUST_DIR=/trust", "HOME=/trust"}
		}, map[string]string{"signed.wasm": string(signed), "trust/trusted": string(public), "trust/.config/wazedge/trusted": string(public)}))
		want(t, r, 0, "signed.wasm\nargs\n", "")
		cells, err := filepath.Glob(filepath.Join(n.dir, "wazedge/cells/*/module/signed.wasm"))
		if err != nil || len(cells) != 1 {
			t.Fatal(cells, err)
		}
		cmd := exec.Command(wazedge, "inspect", cells[0])
		cmd.Env = []string{"WAZEDGE_TRUST_DIR=" + filepath.Join(filepath.Dir(cells[0]), "../trust")}
		got := runCommand(t, cmd)
		if !strings.Contains(got.stdout, "executed here, made by key") || strings.Count(got.stdout, "signed by") != 1 || strings.Contains(got.stdout, "mallory") {
			t.Errorf("the cell's module: %v", got)
		}
	})
	t.Run("mounts with dots", func(t *testing.T) {
		secret := filepath.Join(t.TempDir(), "secret")
		if err := os.Mkdir(secret, 0o755); err != nil {
			t.Fatal(err)
		}
		r := n.oci(n.bundle(func(c map[string]any) {
			args("/task.wasm", "write", "/../../../data/../data/file")(c)
			c["root"] = map[string]any{"path": "rootfs"}
			c["mounts"] = append(c["mounts"].([]any), map[string]any{"destination": "/../../data", "type": "bind", "source": secret, "options": []string{"bind", "ro"}})
		}, map[string]string{"task.wasm": task}))
		if r.status == 0 && r.stdout == "0\n" {
			t.Errorf("wrote through a read-only mount: %v", r)
		}
		if list, err := os.ReadDir(secret); err != nil || len(list) > 0 {
			t.Errorf("%v, %v", list, err)
		}
	})
	t.Run("something in the place of the cell", func(t *testing.T) {
		for name, edit := range map[string]func(map[string]any){
			".wazedge -> /etc": func(map[string]any) {},
			".wazedge":         func(map[string]any) {},
			"": func(c map[string]any) {
				c["mounts"] = append(c["mounts"].([]any), map[string]any{"destination": "/.wazedge/trust", "type": "tmpfs", "source": "tmpfs"})
			},
		} {
			files := map[string]string{"task.wasm": task}
			if name != "" {
				files[name] = "x"
			}
			r := n.oci(n.bundle(func(c map[string]any) { args("/task.wasm", "args")(c); edit(c) }, files))
			want(t, r, 1, "", "cannot run an image")
		}
	})
	t.Run("cell and the program are read-only", func(t *testing.T) {
		for _, file := range []string{"/.wazedge/wazedge", "/.wazedge/module/task.wasm", "/.wazedge/trust/trusted", "/.wazedge/new", "/proc/1/exe", "/proc/self/mem", "/proc/self/fd/3"} {
			r := n.oci(n.bundle(func(c map[string]any) {
				args("/task.wasm", "write", file)(c)
				c["annotations"] = map[string]string{"wazedge.statistics": "true"} // which are written to descriptor 3
				c["root"] = map[string]any{"path": "rootfs"}
			}, map[string]string{"task.wasm": task}))
			if r.status != 0 || r.stdout == "0\n" {
				t.Errorf("%s: %v", file, r)
			}
		}
	})
	t.Run("annotations", func(t *testing.T) {
		for _, value := range []string{"--dir /host:/", "-1", "1 --allow-net all", ""} {
			r := n.oci(n.bundle(func(c map[string]any) {
				args("/task.wasm", "args")(c)
				c["annotations"] = map[string]string{"wazedge.gas-limit": value}
			}, map[string]string{"task.wasm": task}))
			want(t, r, 1, "", "annotation wazedge.gas-limit=")
		}
	})
	t.Run("an annotation that says it is done", func(t *testing.T) {
		r := n.oci(n.bundle(func(c map[string]any) {
			args("/task.wasm", "args")(c)
			c["annotations"] = map[string]string{"org.wazedge.module": "done"}
		}, map[string]string{"task.wasm": task}))
		want(t, r, 0, "task.wasm\nargs\n", "")
	})
}

// TestWarm states that the code of a cell is executed as it is, whatever limits a container has, and
// that one cell is made for all containers of a module with the same limits.
func TestWarm(t *testing.T) {
	n := newNode(t, "")
	module, err := os.ReadFile("../testdata/task.wasm")
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]bool{}
	for _, annotations := range []map[string]string{
		{},
		{"wazedge.gas-limit": "10M"},
		{"wazedge.gas-limit": "100M", "wazedge.time-limit": "30s"},
		{"wazedge.memory-limit": "16MiB", "wazedge.gas-limit": "50000000"},
		{"wazedge.statistics": "true"},
		{"wazedge.statistics": "true", "wazedge.time-limit": "30s", "wazedge.memory-limit": "256"},
	} {
		var line []string
		for range 2 {
			b := n.bundle(func(c map[string]any) { args("/task.wasm", "args")(c); c["annotations"] = annotations }, map[string]string{"task.wasm": string(module)})
			want(t, n.oci(b), 0, "task.wasm\nargs\n", "")
			text, err := os.ReadFile(filepath.Join(b, "config.json"))
			if err != nil {
				t.Fatal(err)
			}
			var c struct {
				Process struct{ Args []string }
				Mounts  []struct{ Destination, Source string }
			}
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			cell := c.Mounts[len(c.Mounts)-1].Source
			cells[cell] = true
			line = c.Process.Args
			for i, word := range line {
				line[i] = strings.Replace(word, "/.wazedge", cell, 1)
				switch {
				case word == "warning":
					line[i] = "info"
				case strings.HasPrefix(word, "/proc/self/fd/"):
					line[i] = filepath.Join(n.dir, "statistics")
				}
			}
			cmd := exec.Command(line[0], line[1:]...)
			cmd.Env = []string{"WAZEDGE_TRUST_DIR=" + filepath.Join(cell, "trust"), "WAZEDGE_CONTAINER=1"}
			if r := runCommand(t, cmd); r.status != 0 || strings.Contains(r.stderr, "compiling") {
				t.Errorf("%v: %v", annotations, r)
			}
		}
	}
	if len(cells) != 6 {
		t.Errorf("%d cells: %v", len(cells), cells)
	}
}

// TestCrun hands over to crun, if it is installed.
func TestCrun(t *testing.T) {
	n := newNode(t, "")
	if _, err := exec.LookPath("crun"); err != nil {
		t.Skipf("NOT RUN: %s: crun is not installed", t.Name())
	}
	t.Setenv("WAZEDGE_OCI_RUNTIME", "crun")
	module, err := os.ReadFile("../testdata/task.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for status, annotations := range []map[string]string{{}, {"wazedge.statistics": "true"}} {
		b := n.bundle(func(c map[string]any) {
			args("/task.wasm", "exit", strconv.Itoa(status))(c)
			c["annotations"] = annotations
			delete(c["process"].(map[string]any), "rlimits")
		}, map[string]string{"task.wasm": string(module)})
		r := n.oci(b)
		if strings.Contains(r.stderr, "hybrid mode not supported") {
			t.Skipf("NOT RUN: %s: crun wants one version of control groups, and this machine has both", t.Name())
		}
		want(t, r, status, "", "")
		if status == 1 {
			if text, err := os.ReadFile(filepath.Join(b, "wazedge-statistics.json")); err != nil || !strings.Contains(string(text), `"gas"`) {
				t.Errorf("%s, %v", text, err)
			}
		}
	}
}
