package guests

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
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
		{module: "start", options: "--time-limit 3000", status: 1, says: interrupted}, // beyond what reading it takes on a busy machine
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

// Whatever a guest is at, the deadline ends it, in both modes, and what it asks for takes no more than a
// bounded part of the host's memory.
func TestEveryHostileGuestEndsAtTheDeadline(t *testing.T) {
	const (
		limit     = 300 * time.Millisecond
		tolerance = time.Minute // a machine that is busy with other tests is no defect
		most      = 1 << 30
	)
	modules, err := filepath.Glob(guest(t, "hostile/*.wasm"))
	if err != nil || len(modules) == 0 {
		t.Fatalf("no hostile guests: %v", err)
	}
	for _, module := range modules {
		for _, mode := range []string{"compiled", "interpreter"} {
			t.Run(strings.TrimSuffix(filepath.Base(module), ".wasm")+" "+mode, func(t *testing.T) {
				args := []string{"--time-limit", strconv.FormatInt(limit.Milliseconds(), 10), "--enable-threads", "--reactor"}
				if mode == "interpreter" {
					args = append(args, "--run-mode", mode)
				}
				entry := "_start"
				if filepath.Base(module) == "init.wasm" {
					entry = "f"
				}
				cmd := command(t, "wazedge", append(args, module, entry)...)
				cmd.Stdout = io.Discard
				began := time.Now()
				o := finish(t, cmd)
				if took := time.Since(began); took > limit+tolerance {
					t.Errorf("ended after %v", took)
				}
				if o.status == 2 || o.status == 70 || o.peak > most {
					t.Errorf("status %d, %d MiB resident; %.300q", o.status, o.peak>>20, o.stderr)
				}
			})
		}
	}
}

// The log of the limit itself has nowhere to go when standard output is a full pipe.
func TestDeadlineHoldsWhenNobodyReadsTheLog(t *testing.T) {
	for _, module := range []string{"loop", "flood"} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer read.Close()
		if err := write.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err == nil {
			for err == nil {
				_, err = write.Write(make([]byte, 4096))
			}
		}
		cmd := command(t, "wazedge", "--time-limit", "300", guest(t, "hostile/"+module+".wasm"))
		cmd.Stdout = write
		began := time.Now()
		o := finish(t, cmd)
		write.Close()
		if took := time.Since(began); o.status != 134 || took > time.Minute {
			t.Errorf("%s: status %d after %v, want 134 soon after the limit", module, o.status, took)
		}
	}
}

// All that an instance takes counts together: one guest grows memories, one tables, one makes objects.
func TestMemoryIsBoundedAsAWhole(t *testing.T) {
	for _, module := range []string{"memories", "memorybomb", "tablegrow", "tablebomb", "newarrays", "arrays", "collections"} {
		o := finish(t, command(t, "wazedge", "--max-memory", "64MiB", "--time-limit", "2000", guest(t, "hostile/"+module+".wasm")))
		const most = 256 << 20 // the process itself included
		if o.status != 134 || o.peak > most {
			t.Errorf("%s: status %d, %d MiB resident; %.300q, %.300q", module, o.status, o.peak>>20, o.stdout, o.stderr)
		}
	}
}

// A memory that is declared and not touched costs nothing, and the usual bound has room for the largest.
func TestMemoriesLargerThanTheyAreUsedRun(t *testing.T) {
	module := writeFile(t, t.TempDir(), "large.wat", []byte(`(module (memory 40000) (func (export "_start") (i32.store (i32.const 2000000000) (i32.const 1))))`))
	if o := run(t, module); o.status != 0 || o.peak > 256<<20 {
		t.Errorf("status %d, %d MiB resident; %.300q, %.300q", o.status, o.peak>>20, o.stdout, o.stderr)
	}
	if o := finish(t, command(t, "wazedge", "--max-memory", "1GiB", module)); o.status != 1 || !strings.Contains(o.stdout, "Unable to find usable memory") {
		t.Errorf("with too little memory: status %d; %.300q, %.300q", o.status, o.stdout, o.stderr)
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
