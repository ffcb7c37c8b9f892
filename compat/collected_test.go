package compat_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
)

// TestHostSeesTheFirstMemory wants WASI to read the module's own memory where the
// engine's is the heap, which this module accesses more.
func TestHostSeesTheFirstMemory(t *testing.T) {
	const text = `(module
	  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	  (memory (export "memory") 1)
	  (data (i32.const 16) "\10\00\00\00\00\00\00\00alive\n")
	  (type $node (struct (field i32) (field (ref null $node))))
	  (func (export "_start") (local $n (ref null $node))
	    (local.set $n (struct.new $node (i32.const 24) (struct.new $node (i32.const 6) (ref.null $node))))
	    (i32.store (i32.const 16) (struct.get $node 0 (local.get $n)))
	    (i32.store (i32.const 20) (struct.get $node 0 (struct.get $node 1 (local.get $n))))
	    (if (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)) (then (unreachable)))))`
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := compat.Config{}
	c.WASI.Stdout = w
	vm := compat.New(c)
	defer vm.Close(t.Context())
	for _, step := range []func() error{
		func() error { return vm.Load(binary(t, text)) },
		vm.Validate,
		func() error { return vm.Instantiate(t.Context()) },
		func() error { _, err := vm.Invoke(t.Context(), "_start"); return err },
		w.Close,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := io.ReadAll(r)
	if err != nil || !strings.HasPrefix(string(got), "alive\n") {
		t.Errorf("the guest wrote %q (%v), want \"alive\\n\"", got, err)
	}
}
