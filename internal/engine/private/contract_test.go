package private

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// compiled says that wazero has a compiler for this platform, as far as it is one of
// those that this package knows.
const compiled = (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64") && runtime.GOOS != "openbsd"

// TestContract holds everything that this package takes for granted against the
// wazero that it is built with. It is never skipped: where a part fails, the code that
// relies on it has to be written anew, see docs/ENGINE.md.
func TestContract(t *testing.T) {
	if err := Contract(); err != nil {
		t.Errorf("the contract does not hold: %v", err)
	}
	for name, part := range map[string]func(t *testing.T){
		"fields":      contractFields,
		"code":        contractCode,
		"call":        contractCall,
		"artifact":    contractArtifact,
		"made":        contractMade,
		"instance":    contractInstance,
		"memory":      contractMemory,
		"state":       contractState,
		"traps":       contractTraps,
		"trace":       contractTrace,
		"depth":       contractDepth,
		"processor":   contractProcessor,
		"interpreter": contractInterpreter,
		"entries":     contractEntries,
	} {
		t.Run(name, part)
	}
}

// guest is a module in a runtime of its own.
type guest struct {
	module   api.Module
	code     wazero.CompiledModule
	artifact []byte
	host     func() // what h.f does
}

// saver is a file cache that only saves.
type saver struct{ to *[]byte }

func (s saver) Get([32]byte) (io.ReadCloser, bool, error) { return nil, false, nil }
func (s saver) Delete([32]byte) error                     { return nil }
func (s saver) Add(_ [32]byte, r io.Reader) (err error) {
	*s.to, err = io.ReadAll(r)
	return err
}

// start instantiates the module of text, which may import the function h.f, with the
// features that go beyond the standard.
func start(t *testing.T, c wazero.RuntimeConfig, text string, more ...byte) *guest {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{host: func() {}}
	ctx := context.Background()
	cache := CacheWith(saver{&g.artifact})
	if cache == nil {
		t.Fatal("wazero takes no file cache")
	}
	rt := wazero.NewRuntimeWithConfig(ctx, c.WithCompilationCache(cache))
	t.Cleanup(func() { rt.Close(ctx); cache.Close(ctx) })
	if len(m.Imports) > 0 {
		b := rt.NewHostModuleBuilder("h")
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(context.Context, api.Module, []uint64) { g.host() }), nil, nil).Export("f")
		if _, err := b.Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if g.code, err = rt.CompileModule(ctx, append(wasm.Encode(m), more...)); err != nil {
		t.Fatal(err)
	}
	if g.module, err = rt.InstantiateModule(ctx, g.code, wazero.NewModuleConfig()); err != nil {
		t.Fatal(err)
	}
	return g
}

func auto() wazero.RuntimeConfig { return wazero.NewRuntimeConfig() }

// chain calls itself as often as it is told, and then h.f.
const chain = `(module (import "h" "f" (func $f))
	(func $g (export "g") (param i32) (result i32) (local v128 f64)
		(if (i32.eqz (local.get 0)) (then (call $f) (return (i32.const 7))))
		(i32.add (i32.const 1) (call $g (i32.sub (local.get 0) (i32.const 1)))))
	(func $skip (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
	(func (export "s") (param i32) (result i32) (drop (call $skip (i64.const 4) (i64.const 2))) (call $g (local.get 0))))`

// contractFields looks at each field that is read, its type and its offset, in the
// values of a compiled module and of its function.
func contractFields(t *testing.T) {
	if !compiled {
		return
	}
	g := start(t, auto(), chain)
	f := reflect.ValueOf(g.module.ExportedFunction("g"))
	instance := reflect.ValueOf(g.module)
	for _, want := range []struct {
		of     reflect.Value
		path   []string
		typ    string
		offset uintptr
	}{
		{f, []string{"stack"}, "[]uint8", 0},
		{f, []string{"parent"}, "*wazevo.moduleEngine", 64},
		{f, []string{"parent", "parent"}, "*wazevo.compiledModule", 0},
		{f, []string{"execCtx"}, "wazevo.executionContext", 96},
		{f, []string{"execCtx", "goCallReturnAddress"}, "*uint8", 48},
		{f, []string{"execCtx", "stackPointerBeforeGoCall"}, "*uint64", 56},
		{f, []string{"execCtx", "framePointerBeforeGoCall"}, "uintptr", 1152},
		{f, []string{"parent", "parent", "functionOffsets"}, "[]int", 8},
		{f, []string{"parent", "parent", "executables", "executable"}, "[]uint8", 0},
		{f, []string{"parent", "parent", "module"}, "*wasm.Module", 0},
		{f, []string{"parent", "parent", "module", "ImportFunctionCount"}, "uint32", 0},
		{f, []string{"parent", "parent", "sourceMap", "executableOffsets"}, "[]uintptr", 0},
		{f, []string{"parent", "parent", "sourceMap", "wasmBinaryOffsets"}, "[]uint64", 24},
		{instance, []string{"DataInstances"}, "[][]uint8", 0},
		{instance, []string{"Tables"}, "[]*wasm.TableInstance", 0},
		{reflect.ValueOf(g.code), []string{"compiledEngine"}, "wasm.Engine", 0},
		{reflect.ValueOf(g.code), []string{"compiledEngine", "compiledModules"}, "map[[32]uint8]*wazevo.compiledModuleWithCount", 0},
		{reflect.ValueOf(wazero.NewCompilationCache()), []string{"fileCache"}, "filecache.Cache", 0},
	} {
		name := strings.Join(want.path, ".")
		at := field(want.of, want.path...)
		if !at.IsValid() {
			t.Errorf("there is no %s in %s", name, want.of.Type())
			continue
		}
		if got := at.Type().String(); got != want.typ {
			t.Errorf("%s is of type %s, not %s", name, got, want.typ)
		}
		if got := offsetOf(want.of, want.path); want.offset != 0 && got != want.offset {
			t.Errorf("%s is at %d, not %d", name, got, want.offset)
		}
	}
}

// offsetOf is where the last field of path lies in the struct that holds it.
func offsetOf(v reflect.Value, path []string) uintptr {
	holder := field(v, path[:len(path)-1]...)
	for holder.Kind() == reflect.Pointer || holder.Kind() == reflect.Interface {
		holder = holder.Elem()
	}
	f, _ := holder.Type().FieldByName(path[len(path)-1])
	return f.Offset
}

// alone are the functions of chain in a module that imports none.
const alone = `(module (func $g (export "g") (param i32) (result i32)
		(if (i32.eqz (local.get 0)) (then (unreachable)))
		(i32.add (i32.const 1) (call $g (i32.sub (local.get 0) (i32.const 1)))))
	(func (export "s") (param i32) (result i32) (call $g (local.get 0))))`

// contractCode reads what a module was compiled to, with positions and without.
func contractCode(t *testing.T) {
	if !compiled {
		return
	}
	for _, more := range [][]byte{nil, PositionSections} {
		c, ok := CodeOf(start(t, auto(), alone, more...).code)
		if !ok || c.Imported != 0 || c.functions.Len() != 2 || c.size == 0 || c.Placed != (more != nil) {
			t.Fatalf("code: %+v, %v", c, ok)
		}
		for n := range c.functions.Len() {
			r, ok := c.At(c.begin + c.start(n))
			if !ok || r.Function != int64(n) || r.In != 0 {
				t.Errorf("function %d begins in %+v, %v", n, r, ok)
			}
		}
		if _, ok := c.At(c.begin + c.size); ok {
			t.Error("what lies behind the code is taken for a part of it")
		}
	}
}

// contractCall walks the stack of a call from a host function, over many frames and
// through growth of the stack.
func contractCall(t *testing.T) {
	if !compiled {
		return
	}
	for _, depth := range []uint64{0, 1, 31, 5000} {
		g := start(t, auto(), chain, PositionSections...)
		f := g.module.ExportedFunction("s")
		var active []int64
		var offsets []int64
		g.host = func() {
			c, ok := CallOf(f)
			if !ok {
				t.Error("the call cannot be read")
			}
			c.Walk(func(r Return, ok bool) {
				if ok {
					active, offsets = append(active, r.Function), append(offsets, r.Offset)
				}
			})
		}
		stack := []uint64{depth}
		if err := f.CallWithStack(t.Context(), stack); err != nil || stack[0] != depth+7 {
			t.Fatalf("%d calls: %d, %v", depth, stack[0], err)
		}
		want := append(slices.Repeat([]int64{1}, int(depth)+1), 3)
		if !slices.Equal(active, want) {
			t.Errorf("%d calls deep: %d functions are active, not %d: %v...", depth, len(active), len(want), active[:min(3, len(active))])
		}
		if slices.Contains(offsets, -1) {
			t.Errorf("%d calls deep: no position for some of %v...", depth, offsets[:min(3, len(offsets))])
		}
	}
}

// contractArtifact takes apart what wazero writes for its file cache.
func contractArtifact(t *testing.T) {
	if !compiled {
		return
	}
	for _, more := range [][]byte{nil, PositionSections} {
		g := start(t, auto(), chain, more...)
		a, ok := ArtifactOf(g.artifact)
		of := field(reflect.ValueOf(g.module.ExportedFunction("g")), "parent", "parent")
		c, _ := codeOf(of)
		executable := field(of, "executable")
		if !ok || !bytes.Equal(a.Body, executable.Bytes()) {
			t.Fatalf("the artifact of %d bytes is not understood: %v, code of %d bytes", len(g.artifact), ok, len(a.Body))
		}
		version := string(a.Before[7 : 7+a.Before[6]])
		if version != Version && version != "dev" { // what wazero says of itself in tests
			t.Errorf("the artifact is one of version %q", version)
		}
		offsets := a.Before[7+int(a.Before[6]):]
		if n := binary.LittleEndian.Uint32(offsets); n != 3 || len(offsets) != 4+8*3+8 {
			t.Errorf("%d functions in %d bytes", n, len(offsets))
		}
		for n := range 3 {
			if got := binary.LittleEndian.Uint64(offsets[4+8*n:]); uintptr(got) != c.start(n) {
				t.Errorf("function %d is said to begin at %d, not %d", n, got, c.start(n))
			}
		}
		if mapped := a.After[4] == 1; mapped != (more != nil) {
			t.Errorf("source map: %v", mapped)
		}
	}
}

// contractMade holds what is read of compiled modules against what wazero writes for its file cache, and takes that from it
// for a while.
func contractMade(t *testing.T) {
	if !compiled {
		return
	}
	catching := `(module (tag $e (param i32)) (func (export "f") (result i32)
		(block $b (result i32) (block $a (try_table (catch $e $b) (catch_all $a) (throw $e (i32.const 7)))) (i32.const 1))))`
	for _, text := range []string{chain, catching} {
		for _, more := range [][]byte{nil, PositionSections} {
			g := start(t, auto().WithCoreFeatures(api.CoreFeaturesV2|experimental.CoreFeaturesExceptionHandling), text, more...)
			a, ok := MadeOf(g.code)
			if got := slices.Concat(a.Before, a.Body, a.After); !ok || !bytes.Equal(got, g.artifact) {
				t.Errorf("%v, %d bytes are made of the code, and wazero has written %d:\n%x\n%x", ok, len(got), len(g.artifact), got, g.artifact)
			}
			if a.Owner == nil {
				t.Error("nobody owns the code")
			}
		}
	}
	var written []byte
	c := CacheWith(saver{&written})
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfig().WithCompilationCache(c))
	defer r.Close(context.Background())
	uncached, again, ok := Uncached(r)
	if !ok {
		t.Fatal("the cache of a runtime is not found")
	}
	for i, change := range []func(){uncached, again} {
		change()
		m, err := wat.Parse([]byte(fmt.Sprintf("(module (func (result i32) (i32.const %d)))", i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.CompileModule(t.Context(), wasm.Encode(m)); err != nil {
			t.Fatal(err)
		}
		if (len(written) > 0) != (i == 1) {
			t.Errorf("%d bytes are written, cached: %v", len(written), i == 1)
		}
	}
	if _, ok := MadeOf(nil); ok {
		t.Error("nothing has been made to code")
	}
}

// contractInstance reads the tables of an instance and empties its data segments.
func contractInstance(t *testing.T) {
	for name, c := range configs() {
		g := start(t, c, `(module (memory (export "m") 1) (data $a "abc") (data $b "de")
			(table $t (export "t") 3 9 funcref) (table 5 externref)
			(func (export "grow") (drop (table.grow $t (ref.null func) (i32.const 4))))
			(func (export "init") (param i32) (memory.init $a (i32.const 0) (i32.const 0) (local.get 0))))`)
		if a, b := TableSize(g.module, 0), TableSize(g.module, 1); a != 3 || b != 5 || TableSize(g.module, 2) != 0 {
			t.Errorf("%s: tables of %d and %d elements", name, a, b)
		}
		if _, err := g.module.ExportedFunction("grow").Call(t.Context()); err != nil || TableSize(g.module, 0) != 7 {
			t.Errorf("%s: a grown table has %d elements, %v", name, TableSize(g.module, 0), err)
		}
		if ReserveTable(g.module, 0, 9, 100); TableSize(g.module, 0) != 7 || tableElements(g.module, 0).Cap() != 9 {
			t.Errorf("%s: a table with room for 9 has %d elements", name, TableSize(g.module, 0))
		}
		if ReserveTable(g.module, 1, 1000, 100); TableSize(g.module, 1) != 5 || tableElements(g.module, 1).Cap() != 1100 {
			t.Errorf("%s: a table with room for 1100 has %d elements", name, TableSize(g.module, 1))
		}
		if ReserveTable(g.module, 0, 10, 0); tableElements(g.module, 0).Cap() != 9 {
			t.Errorf("%s: a table was given room beyond its maximum", name)
		}
		if _, err := g.module.ExportedFunction("init").Call(t.Context(), 3); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		DropSegments(g.module, []int{0})
		if _, err := g.module.ExportedFunction("init").Call(t.Context(), 1); Failure(err) != "out of bounds memory access" {
			t.Errorf("%s: a dropped segment is still there: %v", name, err)
		}
	}
}

// contractMemory tells a module with a memory from one without.
func contractMemory(t *testing.T) {
	for name, c := range configs() {
		with := start(t, c, `(module (memory 2))`)
		m := MemoryOf(with.module)
		if m == nil || Pages(m) != 2 || len(Contents(m)) != 2<<16 {
			t.Errorf("%s: a memory of two pages is %v", name, m)
		}
		if m := MemoryOf(start(t, c, `(module)`).module); m != nil {
			t.Errorf("%s: no memory is %v", name, m)
		}
	}
}

// contractTraps provokes every error of wazero's that has a text here.
func contractTraps(t *testing.T) {
	for name, c := range configs() {
		for want, body := range map[string]string{
			"unreachable":                   `unreachable`,
			"integer divide by zero":        `(drop (i32.div_s (i32.const 1) (i32.const 0)))`,
			"integer overflow":              `(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))`,
			"invalid conversion to integer": `(drop (i32.trunc_f32_s (f32.const nan)))`,
			"out of bounds memory access":   `(drop (i32.load (i32.const 65536)))`,
			"invalid table access":          `(call_indirect (i32.const 2))`,
			"indirect call type mismatch":   `(drop (call_indirect (result i32) (i32.const 0)))`,
			"stack overflow":                `(call $t)`,
		} {
			g := start(t, c, `(module (memory 1) (table 2 funcref) (elem (i32.const 0) $t) (func $t (export "t") `+body+`))`)
			_, err := g.module.ExportedFunction("t").Call(t.Context())
			if got := Failure(err); got != want {
				t.Errorf("%s: %q for %s: %v", name, got, body, err)
			}
		}
		g := start(t, c, `(module (import "h" "f" (func $f)) (func (export "t") (call $f)))`)
		g.host = func() { panic(io.ErrUnexpectedEOF) }
		_, err := g.module.ExportedFunction("t").Call(t.Context())
		if Failure(err) != "" || Panicked(err) != io.ErrUnexpectedEOF {
			t.Errorf("%s: a host function's error is %q, %v", name, Failure(err), Panicked(err))
		}
	}
}

// contractTrace reads the frames in the text of an error.
func contractTrace(t *testing.T) {
	for name, c := range configs() {
		g := start(t, c, chain, PositionSections...)
		g.host = func() { panic(io.ErrUnexpectedEOF) }
		for _, depth := range []uint64{0, 5, 40} {
			_, err := g.module.ExportedFunction("s").Call(t.Context(), depth)
			frames, placed := 0, 0
			Trace(err, func(_, offset string) {
				frames++
				if n, err := strconv.ParseInt(offset, 16, 64); err == nil && n > 0 {
					placed++
				}
			})
			if want := min(int(depth)+3, TextFrames); frames != want || placed != want-1 { // the host's has no place
				t.Errorf("%s: %d calls deep, %d frames are told, %d with a place, want %d:\n%v", name, depth, frames, placed, want, err)
			}
		}
	}
}

// contractDepth sets how deep the interpreter's calls may be.
func contractDepth(t *testing.T) {
	if callStackCeiling < firstCeiling {
		t.Fatalf("the interpreter's variable is %d", callStackCeiling)
	}
	before := callStackCeiling
	defer SetDepth(before)
	for _, calls := range []int{firstCeiling, 3 * firstCeiling} {
		SetDepth(calls)
		g := start(t, wazero.NewRuntimeConfigInterpreter(), chain)
		_, err := g.module.ExportedFunction("g").Call(t.Context(), uint64(calls)-10)
		if err != nil {
			t.Errorf("fewer than %d calls: %v", calls, err)
		}
		if _, err = g.module.ExportedFunction("g").Call(t.Context(), uint64(calls)+10); Failure(err) != "stack overflow" {
			t.Errorf("more than %d calls: %v", calls, err)
		}
	}
}

// contractProcessor has code compiled that makes use of the processor, and such that
// does not.
func contractProcessor(t *testing.T) {
	if cpuFeatures != Detected() {
		t.Errorf("wazero says %#x of the processor, which says %#x", cpuFeatures, Detected())
	}
	if !compiled || runtime.GOARCH != "amd64" {
		return
	}
	const count = `(module (func (export "f") (param i32) (result i32) (i32.clz (local.get 0))))`
	const abm = 4
	for _, generic := range []bool{false, true} {
		var g *guest
		compile := func() { g = start(t, auto(), count) }
		if generic {
			Generic(compile)
		} else {
			compile()
		}
		a, _ := ArtifactOf(g.artifact)
		at := bytes.Index(a.Body, []byte{0x0F, 0xBD}) // bsr, or with a prefix lzcnt
		if at <= 0 || (a.Body[at-1] == 0xF3) != (Processor(generic)&abm != 0) {
			t.Errorf("generic %v: not the code for a processor with %#x: %x", generic, Processor(generic), a.Body)
		}
	}
	if cpuFeatures != Detected() {
		t.Error("generic code has changed what wazero knows")
	}
}

// contractInterpreter states that what is interpreted is not taken for compiled.
func contractInterpreter(t *testing.T) {
	g := start(t, wazero.NewRuntimeConfigInterpreter(), alone)
	if c, ok := CallOf(g.module.ExportedFunction("g")); ok {
		t.Errorf("a call: %+v", c)
	}
	if c, ok := CodeOf(g.code); ok {
		t.Errorf("code: %+v", c)
	}
}

// contractEntries looks at what code that works on an instance without being a part of it relies on.
func contractEntries(t *testing.T) {
	if !compiled {
		return
	}
	g := start(t, auto(), `(module (memory 1) (global (mut i32) (i32.const 7)) (table 1 funcref) (elem (i32.const 0) 0) (func))`)
	context, layout, ok := contextOf(g.module)
	if !ok || !sameEntry(g.module) {
		t.Fatal("an instance looks otherwise")
	}
	for _, name := range append(shared(), "TotalSize") {
		if !layout.FieldByName(name).IsValid() {
			t.Errorf("there is no %s", name)
		}
	}
	first := *(**entry)(unsafe.Pointer(unsafe.SliceData(Table(g.module, 0))))
	code, _ := CodeAmong(g.code)
	if first.context != context || first.code != code.pointer(0) {
		t.Errorf("an element of a table is %+v", first)
	}
	at := layout.FieldByName("GlobalsBegin").Int()
	if got := *(*int32)(unsafe.Add(context, at)); got != 7 {
		t.Errorf("the global is %d", got)
	}
}

// configs are the ways to execute.
func configs() map[string]wazero.RuntimeConfig {
	return map[string]wazero.RuntimeConfig{"compiler": auto(), "interpreter": wazero.NewRuntimeConfigInterpreter()}
}

// TestOtherEnginesAreTold states what of a build's modules the contract objects to.
func TestOtherEnginesAreTold(t *testing.T) {
	other := &debug.Module{Path: "example.com/other", Version: "v9.9.9"}
	for name, tc := range map[string]struct {
		modules []*debug.Module
		holds   bool
	}{
		"the one":      {[]*debug.Module{other, {Path: enginePath, Version: Version}}, true},
		"not told":     {[]*debug.Module{other}, true},
		"later":        {[]*debug.Module{{Path: enginePath, Version: "v1.12.1"}}, false},
		"pseudo":       {[]*debug.Module{{Path: enginePath, Version: "v1.12.1-0.20261101000000-0123456789ab"}}, false},
		"a directory":  {[]*debug.Module{{Path: enginePath, Version: Version, Replace: &debug.Module{Path: "../wazero"}}}, false},
		"a fork of it": {[]*debug.Module{{Path: enginePath, Version: Version, Replace: &debug.Module{Path: "example.com/wazero", Version: Version}}}, false},
	} {
		if err := sameBuild(tc.modules); (err == nil) != tc.holds {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOtherProcessorIsTold states that the contract does not hold where wazero's
// variable says otherwise than the processor.
func TestOtherProcessorIsTold(t *testing.T) {
	all := cpuFeatures
	defer func() { cpuFeatures = all }()
	cpuFeatures = Detected() ^ 2
	if err := sameProcessor(); err == nil {
		t.Errorf("%#x is taken for what the processor has", cpuFeatures)
	}
}

// otherCache is a compilation cache of another make.
type otherCache struct{ fileCache any }

func (otherCache) Close(context.Context) error { return nil }

func TestOtherCachesAreNotTouched(t *testing.T) {
	for _, c := range []wazero.CompilationCache{&otherCache{fileCache: 1}, otherCache{fileCache: 1}, &struct{ api.Closer }{}} {
		if f := fileCacheOf(c); f.IsValid() {
			t.Errorf("%T has the field %v", c, f.Type())
		}
	}
}

// TestArtifactOfAnything states that what is not an artifact of wazero's is none.
func TestArtifactOfAnything(t *testing.T) {
	whole := []byte("WAZEVO\x03abc\x01\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x02\x00\x00\x00\x00\x00\x00\x00" + "\x90\xc3")
	whole = binary.LittleEndian.AppendUint32(whole, 0)
	if _, ok := ArtifactOf(whole); ok {
		t.Error("a wrong checksum is right")
	}
	for n := range whole {
		if _, ok := ArtifactOf(whole[:n]); ok {
			t.Errorf("%d bytes of it are an artifact", n)
		}
	}
	if _, ok := ArtifactOf([]byte("WAZEVO\x00\xff\xff\xff\xff")); ok {
		t.Error("four thousand million functions without an offset")
	}
}

// contractState: globals, tables, segments and the size of a memory can be put back, in ways
// that compiled code and the interpreter see.
func contractState(t *testing.T) {
	const text = `(module (memory (export "m") 1 4) (table $t 2 8 funcref) (global $g (mut v128) (v128.const i64x2 1 2)) (global $c i32 (i32.const 1))
		(elem $e func $f) (data $d "passive") (elem (table $t) (i32.const 0) func $f)
		(func $f (export "change") (drop (memory.grow (i32.const 2))) (global.set $g (v128.const i64x2 3 4)) (drop (table.grow $t (ref.func $f) (i32.const 3)))
			(table.set $t (i32.const 0) (ref.null func)) (elem.drop $e) (data.drop $d))
		(func (export "see") (result i64)
			(table.init $t $e (i32.const 1) (i32.const 0) (i32.const 1)) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 7))
			(i64.add (i64.mul (i64.const 1000) (i64x2.extract_lane 1 (global.get $g)))
				(i64.extend_i32_u (i32.add (i32.add (i32.mul (memory.size) (i32.const 100)) (i32.mul (table.size $t) (i32.const 10))) (ref.is_null (table.get $t (i32.const 0))))))))`
	for _, c := range []wazero.RuntimeConfig{auto(), wazero.NewRuntimeConfigInterpreter()} {
		m := startIn(t, c, text)
		memory := MemoryOf(m)
		see := func() (uint64, error) {
			list, err := m.ExportedFunction("see").Call(t.Context())
			if err != nil {
				return 0, err
			}
			return list[0], nil
		}
		s, ok := StateOf(m)
		if !ok {
			t.Fatal("the state cannot be told")
		}
		for range 2 {
			if _, err := m.ExportedFunction("change").Call(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, err := see(); err == nil {
				t.Fatalf("dropped segments are there: %d", n)
			}
			s.Restore()
			sizes.to = 65536
			if !Shrink(memory, 65536) {
				t.Fatal("the memory cannot be made smaller")
			}
			sizes.to = 0
			if n, err := see(); n != 2120 || err != nil {
				t.Errorf("the state is %d, %v", n, err)
			}
		}
	}
}

// sizes is an allocator whose memory of 256 KiB has to bytes when that is not 0.
var sizes sizedAllocator

type sizedAllocator struct {
	bytes [1 << 18]byte
	to    int
}

func (a *sizedAllocator) Allocate(uint64, uint64) experimental.LinearMemory { return a }

func (a *sizedAllocator) Reallocate(size uint64) []byte {
	if a.to != 0 {
		size = uint64(a.to)
	}
	return a.bytes[:size:len(a.bytes)]
}

func (a *sizedAllocator) Free() {}

// startIn instantiates the module of text with a memory of sizes.
func startIn(t *testing.T, c wazero.RuntimeConfig, text string) api.Module {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ctx := experimental.WithMemoryAllocator(t.Context(), &sizes)
	rt := wazero.NewRuntimeWithConfig(ctx, c)
	t.Cleanup(func() { rt.Close(context.Background()) })
	module, err := rt.Instantiate(ctx, wasm.Encode(m))
	if err != nil {
		t.Fatal(err)
	}
	return module
}
