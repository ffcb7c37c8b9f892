package exec_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

const features = wasm.Wasm3 | wasm.Threads

// passedTypes are types of values that are passed. Those with a name stand for themselves.
var passedTypes = []string{
	`string`, `(list u8)`, `(list string)`, `(tuple string (list u16) u8)`, `(option (list (option string)))`, `(result (list char) (error string))`,
	`(list (tuple f32 bool))`, `(list (list (list u64)))`, `(tuple char bool s8 f64 string)`, `(variant (case "a" string) (case "b") (case "c" u64))`,
	`(record (field "x" (option u8)) (field "y" (tuple u8 f64)))`, `(list (result))`, `(map string (list u8))`, `(list (tuple u8 (list u8 3)))`,
	`(list (own $r))`, `(tuple (own $r) string)`,
}

var passedEncodings = []string{"string-encoding=utf8", "string-encoding=utf16", "string-encoding=latin1+utf16"}

// hostileMemory is a core module that does as its memory says: "next" gives the numbers of
// a list, of which -1 grows the memory, -2 traps, and -3 calls what stands in the table.
const hostileMemory = `(core module $libc (memory (export "m") 1 16) (table (export "t") 1 funcref) (global $n (mut i32) (i32.const 0)) (type $get (func (param i32)))
	(func $next (export "next") (result i32) (local $v i32)
		(local.set $v (i32.load (i32.add (i32.const 768) (i32.and (global.get $n) (i32.const 127)))))
		(global.set $n (i32.add (global.get $n) (i32.const 4)))
		(if (i32.eq (local.get $v) (i32.const -1)) (then (drop (memory.grow (i32.const 1))) (return (i32.const 65536))))
		(if (i32.eq (local.get $v) (i32.const -2)) (then unreachable))
		(if (i32.eq (local.get $v) (i32.const -3)) (then (call_indirect (type $get) (i32.const 0) (i32.const 0))))
		(local.get $v))
	(func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $next))
	(func (export "post") (param i32) (drop (call $next)))
	(func (export "get") (result i32) (call $next))
	(func (export "poke") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
	(func (export "drop") (param i32)))
	(core instance $l (instantiate $libc))
	(func (export "poke") (param "at" u32) (param "v" u64) (canon lift (core func $l "poke")))`

// passingComponent passes a value of a type from a component with one encoding of strings to
// one with another, and to whoever calls it.
func passingComponent(typ, from, to string) string {
	options := func(encoding string) string {
		return `(memory $l "m") (realloc (func $l "realloc")) ` + encoding
	}
	return fmt.Sprintf(`(component
	(component $A %s
		(type $r0 (resource (rep i32) (dtor (func $l "drop")))) (export $r "r" (type $r0))
		(core func $new (canon resource.new $r0))
		(core module $fill (import "" "new" (func $new (param i32) (result i32))) (func $start (drop (call $new (i32.const 7))) (drop (call $new (i32.const 9)))) (start $start))
		(core instance (instantiate $fill (with "" (instance (export "new" (func $new))))))
		(type $t0 %s) (export $t "t" (type $t0))
		(func (export "get") (result $t) (canon lift (core func $l "get") %s (post-return (func $l "post")))))
	(component $B %s
		(import "r" (type $r (sub resource))) (type $t0 %s) (import "t" (type $t (eq $t0))) (import "get" (func $get (result $t)))
		(core func $low (canon lower (func $get) %s))
		(core module $run (import "l" "next" (func $next (result i32))) (import "l" "t" (table 1 funcref)) (import "h" "get" (func $get (param i32)))
			(elem (i32.const 0) func $get)
			(func (export "run") (result i32) (call $get (call $next)) (call $next)))
		(core instance $i (instantiate $run (with "l" (instance $l)) (with "h" (instance (export "get" (func $low))))))
		(func (export "run") (result $t) (canon lift (core func $i "run") %s)))
	(instance $a (instantiate $A))
	(instance $b (instantiate $B (with "r" (type $a "r")) (with "t" (type $a "t")) (with "get" (func $a "get")))))`,
		hostileMemory, typ, options(from), hostileMemory, typ, options(to), options(to))
}

// FuzzPassing: values are passed between components whose memories have anything, and whose
// functions that allocate return anything, grow their memory, trap or call back, without
// harm: whatever the result is, it is one or an error with a code, and takes a bounded room.
func FuzzPassing(f *testing.F) {
	for n := range passedTypes {
		seed := make([]byte, 2048)
		seed[0], seed[1] = byte(n), byte(n)
		for at := 16; at < len(seed); at += 4 {
			binary.LittleEndian.PutUint32(seed[at:], uint32(at%64))
		}
		f.Add(seed)
	}
	ctx, c := f.Context(), newCompiler(f)
	made := map[string]*exec.Component{}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 16 || len(data) > 4096 {
			return
		}
		source := passingComponent(passedTypes[int(data[0])%len(passedTypes)], passedEncodings[data[1]%3], passedEncodings[data[1]/3%3])
		if made[source] == nil {
			made[source] = c.compile(t, source)
		}
		s := c.store(t, limits.Config{TimeLimit: 2 * time.Second})
		i, err := s.Instantiate(ctx, made[source], exec.Exports{})
		if err != nil {
			t.Fatal(err)
		}
		half := 2 + (len(data)-2)/2
		for n, part := range [][]byte{data[2:half], data[half:]} {
			for at := 0; at+8 <= min(len(part), 1024); at += 8 {
				args := []exec.Value{{Bits: uint64(at)}, {Bits: binary.LittleEndian.Uint64(part[at:])}}
				if err := i.Inner(n)["poke"].Func.Call(ctx, nil, args, func(exec.Value) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
		run := i.Inner(1)["run"].Func
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err = run.Call(ctx, nil, nil, func(v exec.Value) error {
			_ = wave.Format(v, *run.Type.Result)
			return nil
		})
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("a call has allocated %d bytes", used)
		}
		var coded *fault.Error
		if err != nil && !errors.As(err, new(*exec.CoreTrap)) && !errors.As(err, &coded) {
			t.Errorf("neither a trap nor an error with a code: %v", err)
		}
	})
}
