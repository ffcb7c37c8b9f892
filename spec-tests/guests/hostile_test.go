package guests

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A guest that would never end, or take everything, is ended by the limit that is for it: with WasmEdge's
// status, without taking much of the host's memory.
func TestHostileGuestIsEndedByItsLimit(t *testing.T) {
	const (
		interrupted = "execution interrupted, Code: 0x007"
		costLimit   = "Cost exceeded limit. Force terminate the execution."
	)
	for _, tt := range []struct {
		module, options string
		call            string
		status          int
		says            string
	}{
		{module: "loop", options: "--time-limit 200", status: 134, says: interrupted},
		{module: "loop", options: "--gas-limit 1000000", status: 134, says: costLimit},
		{module: "calltree", options: "--time-limit 200", status: 134, says: interrupted},
		{module: "calltree", options: "--gas-limit 1000000", status: 134, says: costLimit},
		{module: "tailcalls", options: "--time-limit 200", status: 134, says: interrupted},
		{module: "tailcalls", options: "--gas-limit 1000000", status: 134, says: costLimit},
		{module: "brtable", options: "--time-limit 200", status: 134, says: interrupted},
		{module: "brtable", options: "--gas-limit 1000000", status: 134, says: costLimit},
		{module: "init", call: "f", options: "--time-limit 200", status: 134, says: interrupted},
		{module: "init", call: "f", options: "--gas-limit 1000000", status: 134, says: costLimit},
		{module: "start", options: "--time-limit 200", status: 1, says: interrupted},
		{module: "start", options: "--gas-limit 1000000", status: 1, says: costLimit},
		{module: "sleep", options: "--time-limit 200", status: 134, says: interrupted},
		{module: "recursion", status: 134, says: "Code: 0x"},
		{module: "recursion", options: "--max-call-depth 1000", status: 134, says: "Code: 0x"},
		{module: "memorybomb", options: "--memory-page-limit 64", status: 134, says: "unreachable, Code: 0x40a"},
		{module: "tablebomb", options: "--max-table-elements 5000000", status: 134, says: "unreachable, Code: 0x40a"},
		{module: "flood", options: "--max-output 1000000", status: 134, says: "Code: 0x"},
	} {
		t.Run(tt.module+" "+tt.options, func(t *testing.T) {
			args := strings.Fields(tt.options)
			if tt.call != "" {
				args = append(args, "--reactor")
			}
			args = append(args, guest(t, "hostile/"+tt.module+".wasm"))
			if tt.call != "" {
				args = append(args, tt.call)
			}
			o := finish(t, command(t, "wazedge", args...))
			if o.status != tt.status || !strings.Contains(o.stdout, tt.says) {
				t.Errorf("status %d, want %d; %.300q, %.300q does not say %q", o.status, tt.status, o.stdout, o.stderr, tt.says)
			}
			const most = 256 << 20
			if o.peak > most {
				t.Errorf("%d MiB resident, want at most %d", o.peak>>20, most>>20)
			}
		})
	}
}

// A read that blocks is a host call that the deadline reaches, too.
func TestReadOfStandardInputIsInterrupted(t *testing.T) {
	silent, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	defer silent.Close()
	cmd := command(t, "wazedge", "--time-limit", "200", guest(t, "hostile/stdin.wasm"))
	cmd.Stdin = silent
	if o := finish(t, cmd); o.status != 134 || !strings.Contains(o.stdout, "execution interrupted") {
		t.Errorf("status %d, %q; want 134 and an interruption", o.status, o.stdout)
	}
}

func TestOpenFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	o := finish(t, command(t, "wazedge", "--max-open-files", "50", "--dir", ".:"+dir, guest(t, "hostile/openfiles.wasm")))
	n, err := strconv.Atoi(strings.TrimSpace(o.stdout))
	if err != nil || o.status != 0 || n < 40 || n > 50 {
		t.Errorf("status %d, opened %q, want 40 to 50; stderr %q", o.status, o.stdout, o.stderr)
	}
}

// What a guest writes without an end stops with the reader.
func TestFloodEndsWithItsReader(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "wasmedge", guest(t, "hostile/flood.wasm"))
	cmd.Stdout = write
	done := make(chan error, 1)
	go func() {
		_, err := io.CopyN(io.Discard, read, 1<<20)
		read.Close()
		done <- err
	}()
	o := finish(t, cmd)
	write.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if o.status == 0 {
		t.Error("the guest ended as if all it wrote had been read")
	}
}
