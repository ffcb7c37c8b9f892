package compat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// keyring is that of the user who runs the tests; TestMain makes its directory.
var keyring *cache.Keyring

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "trust")
	if err != nil {
		panic(err)
	}
	keyring = cache.NewKeyring(dir, nil)
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// cachedModules are modules that are cached in different ways. Each exports f, which
// is called with 0, 1 and 2, and may trap.
var cachedModules = []struct{ name, text string }{
	{"small", `(module (memory 1) (data (i32.const 8) "\2a")
		(func (export "f") (param i32) (result i32) (i32.load8_u (i32.add (local.get 0) (i32.const 8)))))`},
	{"trap", `(module (memory 1) (table 3 funcref) (elem (i32.const 0) $a $b)
		(func $a (result i32) (i32.const 7)) (func $b (result i32) (i32.load (i32.const 65534)))
		(func (export "f") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))`},
	{"image", `(module (memory 3) (data (i32.const 100) "` + strings.Repeat(`abcdefgh`, 5000) + `")
		(data (i32.const 104) "over") (data "passive") (data (i32.const 131072) "far") (data (i32.const 196608) "")
		(func (export "f") (param i32) (result i32)
			(memory.init 2 (i32.const 90) (i32.const 3) (local.get 0))
			(i32.store (i32.const 108) (local.get 0))
			(i32.add (i32.load (i32.add (i32.const 102) (local.get 0)))
				(i32.add (i32.load (i32.const 131072)) (i32.add (i32.load (i32.const 90)) (memory.size))))))`},
	{"dropped segment", `(module (memory 1) (data (i32.const 0) "` + strings.Repeat(`x`, 20000) + `")
		(func (export "f") (param i32) (result i32) (memory.init 0 (i32.const 1) (i32.const 0) (local.get 0)) (i32.load8_u (i32.const 1))))`},
	{"start", `(module (memory 1) (global $g (mut i32) (i32.const 1)) (data (i32.const 0) "` + strings.Repeat(`y`, 20000) + `")
		(start $s) (func $s (global.set $g (i32.load (i32.const 3))) (i32.store8 (i32.const 0) (i32.const 5)))
		(func (export "f") (param i32) (result i32) (i32.add (global.get $g) (i32.load8_u (local.get 0)))))`},
	{"memory64", `(module (memory i64 1) (data (i64.const 70) "` + strings.Repeat(`z`, 20000) + `")
		(func (export "f") (param i32) (result i32) (i32.load (i64.extend_i32_u (i32.mul (local.get 0) (i32.const 32767))))))`},
	{"memories", `(module (memory $a 1) (memory $b 1) (data (memory $b) (i32.const 1) "` + strings.Repeat(`w`, 20000) + `")
		(func (export "f") (param i32) (result i32) (i32.load $b (i32.mul (local.get 0) (i32.const 40000)))))`},
	{"objects", `(module (type $s (struct (field i32)))
		(func (export "f") (param i32) (result i32) (struct.get $s 0 (struct.new $s (i32.add (local.get 0) (i32.const 30))))))`},
	{"data, tables and globals of objects", `(module
		(rec (type $n (struct (field i32) (field (ref null $n)))) (type $a (array (mut i8))))
		(type $f (func (result i32)))
		(memory 1) (data (i32.const 3) "\05\06\07") (data $d "` + strings.Repeat(`q`, 300) + `")
		(global $g (mut (ref null $n)) (struct.new $n (i32.const 11) (struct.new $n (i32.const 5) (ref.null $n))))
		(table $t 3 anyref) (table $c 2 funcref) (elem (table $c) (i32.const 0) func $one $two)
		(elem (table $t) (i32.const 1) i31ref (ref.i31 (i32.const 60)))
		(func $one (result i32) (struct.get $n 0 (struct.get $n 1 (global.get $g))))
		(func $two (result i32) (array.get_u $a (array.new_data $a $d (i32.const 0) (i32.const 300)) (i32.const 299)))
		(func (export "f") (param i32) (result i32)
			(i32.add (call_indirect $c (type $f) (local.get 0))
				(i32.add (i31.get_u (ref.cast i31ref (table.get $t (i32.const 1)))) (i32.load8_u (i32.const 4))))))`},
	{"copies between memories", `(module (memory $a (export "m") 1) (memory $b 1) (memory $c (export "memory") 2)
		(data $p "passive") (data (memory $a) (i32.const 9) "active")
		(func (export "f") (param i32) (result i32)
			(memory.init $b $p (i32.const 100) (i32.const 0) (i32.const 7))
			(memory.copy $c $b (i32.const 70000) (i32.const 100) (i32.const 4))
			(memory.copy $c $a (i32.const 70004) (i32.const 9) (i32.const 4))
			(i32.add (i32.load $c (i32.add (local.get 0) (i32.const 70002))) (memory.grow $a (local.get 0)))))`},
	{"exceptions", `(module (tag $t (param i32))
		(func $throw (param i32) (throw $t (local.get 0)))
		(func (export "f") (param i32) (result i32)
			(if (i32.eq (local.get 0) (i32.const 2)) (then (call $throw (i32.const 9))))
			(block $h (result i32)
				(try_table (result i32) (catch $t $h) (call $throw (i32.const 77)) (i32.const 1)))))`},
	{"references to exceptions", `(module (tag $t (param i32)) (global $g (mut exnref) (ref.null exn))
		(func $keep (param i32)
			(block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (local.get 0))) (unreachable))
			(global.set $g))
		(func (export "f") (param i32) (result i32)
			(call $keep (i32.const 41))
			(if (i32.eq (local.get 0) (i32.const 2)) (then (throw_ref (ref.null exn))))
			(block $h (result i32) (try_table (result i32) (catch $t $h) (throw_ref (global.get $g))))))`},
	{"out of bounds", `(module (memory 1) (data (i32.const 65530) "` + strings.Repeat(`v`, 20000) + `")
		(func (export "f") (param i32) (result i32) (local.get 0)))`},
}

// padded is the module in text, made long enough to be cached.
func padded(t testing.TB, text string) []byte {
	t.Helper()
	b := append(binary(t, text), 0, 0x82, 0x28, 1, 'p')
	return append(b, make([]byte, 5<<10)...)
}

// outcome is what calls of f come to, with all that is told of traps.
func outcome(ctx context.Context, c compat.Config, path string) string {
	var b strings.Builder
	if c.Trust == nil {
		c.Trust = keyring
	}
	vm := compat.New(c)
	defer vm.Close(ctx)
	for _, step := range []func() error{
		func() error { return vm.LoadFile(path) }, vm.Validate, func() error { return vm.Instantiate(ctx) },
	} {
		if err := step(); err != nil {
			return failure(err)
		}
	}
	for n := range int32(3) {
		got, err := vm.Invoke(ctx, "f", value.OfI32(n))
		fmt.Fprintln(&b, got, failure(err))
	}
	s := vm.Statistics()
	fmt.Fprintln(&b, s.Count, s.GasCosts)
	return b.String()
}

// failure is everything that is told of err.
func failure(err error) string {
	if failed, ok := errors.AsType[*compat.InvokeError](err); ok {
		return fmt.Sprint(err, failed.Fault, failed.Fault.Info, failed.Tail())
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return fmt.Sprint(f, f.Info)
	}
	return fmt.Sprint(err)
}

func writeFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// universal writes the universal module of that in path, for a VM with c.
func universal(t testing.TB, c compat.Config, path, to string) {
	t.Helper()
	vm := compat.New(c)
	defer vm.Close(t.Context())
	if err := errors.Join(vm.LoadFile(path), vm.Validate()); err != nil {
		t.Fatal(err)
	}
	module, entries, err := vm.Module().Precompile(t.Context(), compat.Precompiling{Features: wasm.Wasm3})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(compat.WriteUniversal(f, cache.Sealer{Keyring: keyring}, module, entries...), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestCachedModulesDoAsOthers runs modules without a cache, with an empty and with a
// full one, and from universal modules: all comes to the same, with and without
// limits.
func TestCachedModulesDoAsOthers(t *testing.T) {
	t.Parallel()
	pages, gas := uint32(2), uint64(40)
	configs := map[string]compat.Config{
		"plain":  {},
		"gas":    {Limits: limits.Config{Instructions: true, GasLimit: &gas}},
		"pages":  {Limits: limits.Config{MemoryPages: &pages}},
		"tables": {Limits: limits.Config{TableElements: 3}},
		"alone":  {Alone: true}, // other code only with exceptions
	}
	for _, m := range cachedModules {
		for name, c := range configs {
			if c.Alone && !strings.Contains(m.text, "tag") {
				continue
			}
			t.Run(m.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				path := filepath.Join(dir, "module.wasm")
				writeFile(t, path, padded(t, m.text))
				want := outcome(t.Context(), c, path)
				cached := c
				cached.Cache = cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})
				for _, run := range []string{"first", "second"} {
					if got := outcome(t.Context(), cached, path); got != want {
						t.Errorf("%s run with a cache:\n%s\nwant\n%s", run, got, want)
					}
				}
				if strings.Contains(want, "data segment") {
					return // what cannot be instantiated is not cached
				}
				if loadedSize(t, cached, path) == loadedSize(t, c, path) {
					t.Error("with a cache, the module was loaded, not what stands in for it")
				}
				if files, err := cached.Cache.List(); err != nil || len(files) != 1 {
					t.Errorf("%d entries, %v; want one", len(files), err)
				}
				compiled := filepath.Join(dir, "universal.wasm")
				universal(t, c, path, compiled)
				c.Log = logline.New(failOn{t}, logline.Info, false)
				if got := outcome(t.Context(), c, compiled); !sameBut(got, want, "universal.wasm", "module.wasm") {
					t.Errorf("from a universal module:\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// loadedSize is the size of what a VM with c loads of the module in path.
func loadedSize(t *testing.T, c compat.Config, path string) int {
	t.Helper()
	vm := compat.New(c)
	defer vm.Close(t.Context())
	if err := vm.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	return vm.Module().Size()
}

// sameBut compares texts in which one name stands for another.
func sameBut(got, want, name, other string) bool {
	return strings.ReplaceAll(got, name, other) == want
}

// failOn fails a test in which the code in a module is not used.
type failOn struct{ t *testing.T }

func (f failOn) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("compiled code in the module")) {
		f.t.Errorf("logged %q", b)
	}
	return len(b), nil
}

// TestSameSkeletonOtherCode keeps two modules that differ in nothing but their
// bodies, and runs both in one VM.
func TestSameSkeletonOtherCode(t *testing.T) {
	dir := t.TempDir()
	c := compat.Config{Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})}
	paths := []string{filepath.Join(dir, "a.wasm"), filepath.Join(dir, "b.wasm")}
	for i, path := range paths {
		writeFile(t, path, padded(t, fmt.Sprintf(`(module (func (export "f") (param i32) (result i32) (i32.const %d)))`, i)))
		outcome(t.Context(), c, path)
	}
	vm := compat.New(c)
	defer vm.Close(t.Context())
	for i, path := range paths {
		if err := errors.Join(vm.LoadFile(path), vm.Validate(), vm.Instantiate(t.Context())); err != nil {
			t.Fatal(err)
		}
		got, err := vm.Invoke(t.Context(), "f", value.OfI32(0))
		if err != nil || got[0] != value.OfI32(int32(i)) {
			t.Errorf("f of module %d = %v, %v", i, got, err)
		}
		if _, err := vm.Register(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamagedEntries flips bits of entries, one at a time, and cuts them off: every
// run comes to the same, and leaves a sound entry behind. The modules are one that needs
// no more than its code, and such as need objects, copies and helpers.
func TestDamagedEntries(t *testing.T) {
	t.Parallel()
	steps := map[string]int{
		"small": 5, "data, tables and globals of objects": 211, "copies between memories": 211, "references to exceptions": 211,
	}
	for _, m := range cachedModules {
		if step := steps[m.name]; step > 0 {
			t.Run(m.name, func(t *testing.T) { t.Parallel(); damageEntry(t, m.text, step) })
		}
	}
}

// damageEntry damages the entry of a module, at one of step places.
func damageEntry(t *testing.T, text string, step int) {
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wasm")
	writeFile(t, path, padded(t, text))
	c := compat.Config{Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})}
	want := outcome(t.Context(), c, path)
	file, entry, good := onlyEntry(t, c.Cache)
	damaged(t, good, 0, step, func(what string, b []byte) {
		writeFile(t, entry, b)
		if got := outcome(t.Context(), c, path); got != want {
			t.Fatalf("%s:\n%s\nwant\n%s", what, got, want)
		}
		if err := c.Cache.Check(file); err != nil {
			t.Fatalf("%s: afterwards: %v", what, err)
		}
	})
}

// onlyEntry is the only entry of s, the file that it is in, and what that has.
func onlyEntry(t *testing.T, s *cache.Store) (file cache.File, path string, contents []byte) {
	t.Helper()
	files, err := s.List()
	if err != nil || len(files) != 1 {
		t.Fatalf("%d entries, %v; want one", len(files), err)
	}
	path = filepath.Join(s.Dir(), files[0].Key+".entry")
	if contents, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return files[0], path, contents
}

// TestDamagedUniversalModules is the same for the section of a universal module,
// which is left as it is.
func TestDamagedUniversalModules(t *testing.T) {
	t.Parallel()
	module, compiled, want := universalModule(t)
	good, err := os.ReadFile(compiled)
	if err != nil {
		t.Fatal(err)
	}
	damaged(t, good, len(module)+16, 1, func(what string, b []byte) {
		writeFile(t, compiled, b)
		got := outcome(t.Context(), compat.Config{}, compiled)
		if got != want && !strings.Contains(got, "unexpected end") && !strings.Contains(got, "length out of bounds") {
			t.Fatalf("%s:\n%s\nwant\n%s", what, got, want)
		}
	})
}

// universalModule is a module, the file of the universal module of it, and what it comes to.
func universalModule(t *testing.T) (module []byte, compiled, want string) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wasm")
	compiled = filepath.Join(dir, "universal.wasm")
	module = padded(t, cachedModules[0].text)
	writeFile(t, path, module)
	want = outcome(t.Context(), compat.Config{}, path)
	universal(t, compat.Config{}, path, compiled)
	return module, compiled, want
}

// damaged calls f with good with a bit flipped in one of step bytes from a byte on, and
// cut off.
func damaged(t *testing.T, good []byte, from, step int, f func(what string, b []byte)) {
	if testing.Short() {
		step *= 7
	}
	for i := from; i < len(good); i += step {
		b := bytes.Clone(good)
		b[i] ^= 1 << (i % 8)
		f(fmt.Sprintf("byte %d of %d flipped", i, len(good)), b)
	}
	for n := from; n < len(good); n += 97 * step {
		f(fmt.Sprintf("cut off at %d of %d", n, len(good)), good[:n])
	}
}

// TestUniversalModuleElsewhere runs a universal module where it says nothing: by
// the engine alone, with other options, and behind WasmEdge's own section.
func TestUniversalModuleElsewhere(t *testing.T) {
	module, compiled, want := universalModule(t)
	b, err := os.ReadFile(compiled)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, module) {
		t.Error("the module is not what the universal module begins with")
	}

	rt := wazero.NewRuntime(t.Context())
	defer rt.Close(t.Context())
	inst, err := rt.Instantiate(t.Context(), b)
	if err != nil {
		t.Fatalf("wazero: %v", err)
	}
	if got, err := inst.ExportedFunction("f").Call(t.Context(), 0); err != nil || got[0] != 42 {
		t.Errorf("wazero: f(0) = %v, %v; want 42", got, err)
	}

	var log bytes.Buffer
	pages := uint32(9)
	other := compat.Config{Limits: limits.Config{MemoryPages: &pages}, Log: logline.New(&log, logline.Info, false)}
	if got := outcome(t.Context(), other, compiled); got != want {
		t.Errorf("with other options:\n%s\nwant\n%s", got, want)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "for another machine or other options") {
		t.Errorf("logged %q, want one line that says why it is compiled", log.String())
	}
	if got := outcome(t.Context(), compat.Config{Interpreter: true}, compiled); got != want {
		t.Errorf("interpreted:\n%s\nwant\n%s", got, want)
	}

	// WasmEdge's compiler appends a section of this name.
	section := append([]byte{0, 13, 8}, "wasmedge\x02\x01\x01\xd8"...)
	path := filepath.Join(t.TempDir(), "wasmedge.wasm")
	writeFile(t, path, append(module, section...))
	if got := outcome(t.Context(), compat.Config{}, path); got != want {
		t.Errorf("a universal module of WasmEdge's:\n%s\nwant\n%s", got, want)
	}
}

// TestCompilingAgain compiles a universal module and gets the same module again.
func TestCompilingAgain(t *testing.T) {
	dir := t.TempDir()
	path, once, twice := filepath.Join(dir, "a.wasm"), filepath.Join(dir, "b.wasm"), filepath.Join(dir, "c.wasm")
	writeFile(t, path, padded(t, cachedModules[0].text))
	universal(t, compat.Config{}, path, once)
	universal(t, compat.Config{}, once, twice)
	a, err := os.ReadFile(once)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(twice)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		t.Errorf("compiled twice, %d bytes have become %d", len(a), len(b))
	}
}

// TestUnusableCacheDoesNotMatter runs with a cache that cannot be made.
func TestUnusableCacheDoesNotMatter(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "module.wasm"), filepath.Join(dir, "file")
	writeFile(t, path, padded(t, cachedModules[0].text))
	writeFile(t, file, nil)
	want := outcome(t.Context(), compat.Config{}, path)
	var log bytes.Buffer
	c := compat.Config{
		Cache: cache.New(filepath.Join(file, "cache"), cache.Options{Keyring: keyring}),
		Log:   logline.New(&log, logline.Info, false),
	}
	if got := outcome(t.Context(), c, path); got != want {
		t.Errorf("with a cache that cannot be made:\n%s\nwant\n%s", got, want)
	}
	if log.Len() > 0 {
		t.Errorf("logged %q, want nothing below debug", log.String())
	}
}

// variants are configurations that each make other code of a module.
func variants() map[string]compat.Config {
	dear, dearHost, dearerHost := limits.UnitCosts(), limits.UnitCosts(), limits.UnitCosts()
	dear.Instr[wasm.OpI32Const] = 11
	dearHost.Host["wasi_snapshot_preview1.sched_yield"] = 1000
	dearerHost.Host["wasi_snapshot_preview1.sched_yield"] = 2000
	pages, morePages, features := uint32(1), uint32(2), wasm.Wasm3|wasm.Threads
	small, large := uint64(500), uint64(1<<40)
	return map[string]compat.Config{
		"plain":              {},
		"instructions":       {Limits: limits.Config{Instructions: true}},
		"gas":                {Limits: limits.Config{Gas: true}},
		"both":               {Limits: limits.Config{Instructions: true, Gas: true}},
		"dear instructions":  {Limits: limits.Config{Gas: true, Costs: dear}},
		"dear host":          {Limits: limits.Config{Gas: true, Costs: dearHost}},
		"dearer host":        {Limits: limits.Config{Gas: true, Costs: dearerHost}},
		"dear host, limit":   {Limits: limits.Config{GasLimit: &small, Costs: dearHost}},
		"small limit":        {Limits: limits.Config{GasLimit: &small}},
		"large limit":        {Limits: limits.Config{GasLimit: &large}},
		"time limit":         {Limits: limits.Config{TimeLimit: time.Hour}},
		"call depth":         {Limits: limits.Config{MaxDepth: 1}},
		"deeper calls":       {Limits: limits.Config{MaxDepth: 2}},
		"one page":           {Limits: limits.Config{MemoryPages: &pages}},
		"two pages":          {Limits: limits.Config{MemoryPages: &morePages}},
		"one table element":  {Limits: limits.Config{TableElements: 1}},
		"two table elements": {Limits: limits.Config{TableElements: 2}},
		"other proposals":    {Features: &features},
	}
}

// variedModule does something else under each of the variants: it calls the host and
// itself, and grows.
const variedModule = `(module
	(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
	(memory 1) (table $t 1 funcref)
	(func $one (result i32) (call $yield))
	(func (export "f") (param i32) (result i32)
		(drop (call $one))
		(i32.add (memory.grow (i32.const 1)) (i32.mul (i32.const 100) (table.grow $t (ref.null func) (i32.const 1))))))`

// TestVariantsDoNotShareCode runs a module under every variant with one cache, in which
// the code of all others is: each comes to what it comes to without one.
func TestVariantsDoNotShareCode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wasm")
	writeFile(t, path, padded(t, variedModule))
	store := cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})
	want := map[string]string{}
	for round := range 2 {
		for name, c := range variants() {
			c.Uninterruptible = true
			if round == 0 {
				want[name] = outcome(t.Context(), c, path)
			}
			c.Cache = store
			if got := outcome(t.Context(), c, path); got != want[name] {
				t.Errorf("%s, round %d:\n%s\nwant\n%s", name, round, got, want[name])
			}
		}
	}
	if want["dear host"] == want["dearer host"] || want["dear host, limit"] == want["small limit"] {
		t.Errorf("the module does not show what the host's functions cost:\n%s", want["dear host"])
	}
	files, err := store.List()
	if err != nil || len(files) != len(want) {
		t.Errorf("%d entries, %v; want %d", len(files), err, len(want))
	}
}

// TestTextStartsWarm runs a module in the text format from the cache, and changes it.
func TestTextStartsWarm(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wat")
	var log bytes.Buffer
	c := compat.Config{
		Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring}),
		Log:   logline.New(&log, logline.Debug, false),
	}
	for value, want := range map[string]int{"1": 1, "2": 1} {
		text := `(module (memory 1) (data (i32.const 0) "` + strings.Repeat("x", 9000) + `")
			(func (export "f") (param i32) (result i32) (i32.div_u (i32.const ` + value + `) (local.get 0))))`
		writeFile(t, path, []byte(text))
		plain := outcome(t.Context(), compat.Config{}, path)
		log.Reset()
		for range 3 {
			if got := outcome(t.Context(), c, path); got != plain {
				t.Errorf("%s:\n%s\nwant\n%s", value, got, plain)
			}
		}
		if n := strings.Count(log.String(), "cache: compile"); n != want {
			t.Errorf("%s: compiled %d times in three runs, want %d", value, n, want)
		}
	}
}
