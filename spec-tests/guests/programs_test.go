package guests

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReactor(t *testing.T) {
	for _, tt := range []struct {
		name, module string
		args         []string
		stdout       string
	}{
		{"fib", "fib", []string{"fib", "24"}, "46368\n"},
		{"initialised state", "counter", []string{"next"}, "101\n"},
		{"two results", "values", []string{"swap", "1", "2"}, "2\n1\n"},
		{"all number types", "values", []string{"all", "-1", "-2", "0.5", "1e300"}, "1e+300\n0.5\n-2\n-1\n"},
		{"vector", "values", []string{"v128", "1", "2", "3", "4"}, "316912650112397582603894390785\n"},
		{"null reference", "values", []string{"null-externref"}, "<null externref>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"--reactor", guest(t, "guests/"+tt.module+".wasm")}, tt.args...)
			run(t, args...).want(t, tt.stdout, 0)
		})
	}
}

func TestCommand(t *testing.T) {
	run(t, guest(t, "guests/hello.wasm")).want(t, "Hello, world!\n", 0)
	run(t, guest(t, "guests/exit.wasm")).want(t, "", 42)
	run(t, "--env", "A=1", "--env", "B=", guest(t, "guests/args.wasm"), "x", "--y", "").want(t,
		"argv[0]=args.wasm\nargv[1]=x\nargv[2]=--y\nargv[3]=\nenv=A=1\nenv=B=\n", 0)
}

func TestStandardInputIsStreamed(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MiB
	cmd := command(t, "wasmedge", guest(t, "guests/cat.wasm"))
	cmd.Stdin = bytes.NewReader(text)
	o := finish(t, cmd)
	if o.stdout != string(text) || o.status != 0 {
		t.Errorf("cat gave %d bytes and status %d, want %d bytes as they were and 0; stderr %q",
			len(o.stdout), o.status, len(text), o.stderr)
	}
}

func TestFilesThroughDir(t *testing.T) {
	const listing = "file1 10\nfile2 20\nrenamed 0\n"
	for _, tt := range []struct {
		name, at string
		module   func(*testing.T) string
	}{
		{"Rust", "/data", func(t *testing.T) string { return guest(t, "guests/files_rust.wasm") }},
		// Go looks for absolute paths only below preopens whose names have a leading slash, and WasmEdge
		// takes that off every name but this one.
		{"Go", "/", func(t *testing.T) string { return goGuest(t, "guests/gofiles") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			module, dir := tt.module(t), t.TempDir()
			run(t, "--dir", tt.at+":"+dir, module, tt.at).want(t, listing, 0)
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 0 {
				t.Errorf("the guest left %v behind, %v", left, err)
			}
			if o := run(t, "--dir", tt.at+":"+dir+":readonly", module, tt.at); o.status == 0 {
				t.Errorf("the guest wrote to a read-only directory: %q", o.stdout)
			}
			if o := run(t, module, tt.at); o.status == 0 {
				t.Errorf("the guest wrote to a directory that it was not given: %q", o.stdout)
			}
		})
	}
	t.Run("C", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, dir, "in", []byte("some text\n"))
		run(t, "--dir", "/data:"+dir, guest(t, "guests/files_c.wasm"), "/data/in", "/data/out").want(t,
			"10 bytes written, 10 read back\n", 0)
		got, err := os.ReadFile(filepath.Join(dir, "out"))
		if err != nil || string(got) != "SOME TEXT\n" {
			t.Errorf("out holds %q, %v", got, err)
		}
	})
}

func TestSort(t *testing.T) {
	dir := t.TempDir()
	module := filepath.Join(root, "bench", "guests", "sort.wasm")
	for _, tt := range []struct {
		name, text string
	}{
		{"empty", ""},
		{"one", "x"},
		{"ordered", "abcdefgh"},
		{"reversed", "hgfedcba"},
		{"equal", strings.Repeat("a", 1000)},
		{"kilobyte", scrambled(1 << 10)},
		{"beyond ASCII", "zäöüß€𝄞aé"},
		{"megabyte", scrambled(1 << 20)},
	} {
		for _, algorithm := range []string{"bubble", "merge", "quick"} {
			if algorithm == "bubble" && len(tt.text) > 1<<12 {
				continue // quadratic
			}
			t.Run(tt.name+" "+algorithm, func(t *testing.T) {
				writeFile(t, dir, "load", []byte(tt.text))
				run(t, "--dir", "/:"+dir, module, "/load", algorithm).want(t, "", 0)
				got, err := os.ReadFile(filepath.Join(dir, "load.sorted"))
				want := []rune(tt.text)
				slices.Sort(want)
				if err != nil || string(got) != string(want) {
					t.Errorf("%d bytes are not what sorting gives, %v", len(got), err)
				}
			})
		}
	}
}

// scrambled is n letters in a fixed disorder.
func scrambled(n int) string {
	text, state := make([]byte, n), uint32(1)
	for i := range text {
		state = state*1664525 + 1013904223
		text[i] = 'a' + byte(state>>24)%26
	}
	return string(text)
}
