// Command serve is a server for hours: one runtime of the library, from which several goroutines make
// an instance for each request, call it and close it, with objects, exceptions, files and limits among the
// modules. What the process holds at the end is compared with what it held after the first tenth.
//
//	go run ./ci/serve -for 6h
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
)

// modules are what is asked for; each exports f.
var modules = []string{
	`(module (memory 1 4) (func (export "f") (param i32) (result i32) (drop (memory.grow (i32.const 1)))
		(i32.store (i32.const 65536) (local.get 0)) (i32.load (i32.const 65536))))`,
	`(module (type $s (struct (field i32))) (global $g (mut (ref null $s)) (ref.null $s))
		(func (export "f") (param i32) (result i32) (global.set $g (struct.new $s (local.get 0))) (struct.get $s 0 (global.get $g))))`,
	`(module (tag $t (param i32)) (func (export "f") (param i32) (result i32)
		(block $h (result i32) (try_table (catch $t $h) (throw $t (local.get 0))) (unreachable))))`,
	`(module (table 1 100 funcref) (func (export "f") (param i32) (result i32)
		(drop (table.grow (ref.null func) (i32.const 50))) (local.get 0)))`,
	`(module (import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result i32))) (memory (export "memory") 1)
		(func (export "f") (param i32) (result i32) (i32.add (local.get 0) (call $r (i32.const 0) (i32.const 64)))))`,
}

func main() {
	last := flag.Duration("for", 6*time.Hour, "how long")
	workers := flag.Int("workers", 4, "goroutines that make requests")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unknown word: %s\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := serve(*last, *workers); err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

func serve(last time.Duration, workers int) error {
	ctx := context.Background()
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(ctx)
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var compiled []*compat.Module
	for i, text := range modules {
		name := fmt.Sprintf("%s/%d.wat", dir, i)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			return err
		}
		m, err := r.CompileFile(ctx, name)
		if err != nil {
			return fmt.Errorf("module %d: %w", i, err)
		}
		compiled = append(compiled, m)
	}
	s := server{modules: compiled}
	first, err := s.during(ctx, last/10, workers)
	if err != nil {
		return err
	}
	end, err := s.during(ctx, last-last/10, workers)
	if err != nil {
		return err
	}
	fmt.Printf("%d requests in %v; after a tenth %v; at the end %v\n", s.served.Load(), last, first, end)
	return end.notMoreThan(first)
}

// server answers requests.
type server struct {
	modules []*compat.Module
	served  atomic.Int64
}

// during answers requests for a while and returns what the process holds then.
func (s *server) during(ctx context.Context, d time.Duration, workers int) (held, error) {
	end := time.Now().Add(d)
	errs := make(chan error, workers)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for i := int32(0); time.Now().Before(end); i++ {
				if err := s.request(ctx, i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wait.Wait()
	select {
	case err := <-errs:
		return held{}, err
	default:
		return holds()
	}
}

// request makes an instance, calls it and closes it.
func (s *server) request(ctx context.Context, i int32) error {
	i &= 0xffff
	instance, err := s.modules[int(i)%len(s.modules)].Instantiate(ctx, compat.StoreConfig{})
	if err != nil {
		return err
	}
	defer instance.Close(ctx)
	results, err := instance.Invoke(ctx, "f", value.OfI32(i))
	if err != nil {
		return err
	}
	if got := fmt.Sprint(results[0]); got != fmt.Sprint(i) {
		return fmt.Errorf("request %d is answered %s", i, got)
	}
	s.served.Add(1)
	return nil
}

// held is what the process holds.
type held struct{ goroutines, descriptors, mappings, heapKiB int }

func (h held) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d mappings, %d KiB of heap", h.goroutines, h.descriptors, h.mappings, h.heapKiB)
}

func holds() (held, error) {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return held{}, err
	}
	maps, err := os.ReadFile("/proc/self/maps")
	return held{runtime.NumGoroutine(), len(files), strings.Count(string(maps), "\n"), int(m.HeapAlloc >> 10)}, err
}

// notMoreThan compares what was held at two times; the Go runtime's own mappings and heap may
// grow by a little.
func (h held) notMoreThan(first held) error {
	if h.goroutines > first.goroutines || h.descriptors > first.descriptors ||
		h.mappings > first.mappings+20 || h.heapKiB > first.heapKiB+first.heapKiB/4+2048 {
		return fmt.Errorf("more is held than after a tenth of the time: %v, then %v", first, h)
	}
	return nil
}
