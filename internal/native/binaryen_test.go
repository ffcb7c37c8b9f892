package native_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// binaryenFeatures are what all of the modules may use. What a module does with NaNs cannot be seen, by --denan, but
// for those in vectors.
var binaryenFeatures = []string{"--denan", "--mvp-features", "--enable-sign-ext", "--enable-bulk-memory", "--enable-mutable-globals",
	"--enable-nontrapping-float-to-int", "--enable-multivalue"}

// heard is what Binaryen's modules import: what they tell is part of what is to be seen of them.
const heard = `(module (global $h (export "h") (mut i64) (i64.const 0))
(func $h (param i64) (global.set $h (i64.add (local.get 0) (i64.mul (global.get $h) (i64.const 0x100000001b3)))))
(func (export "log-i32") (param i32) (call $h (i64.extend_i32_u (local.get 0))))
(func (export "log-i64") (param i64) (call $h (local.get 0)))
(func (export "log-f32") (param f32) (call $h (i64.extend_i32_u (i32.reinterpret_f32 (local.get 0)))))
(func (export "log-f64") (param f64) (call $h (i64.reinterpret_f64 (local.get 0))))
(func (export "log-v128") (param v128) (call $h (i64x2.extract_lane 0 (local.get 0))) (call $h (i64x2.extract_lane 1 (local.get 0)))))`

// told is an instance, and what it tells.
type told struct{ guest, heard *engine.Instance }

// telling makes the instance that others of r import from.
func (i *told) telling(t testing.TB) func(r *engine.Runtime) engine.Options {
	return func(r *engine.Runtime) engine.Options {
		code, err := r.CompileWith(context.Background(), assemble(t, heard), engine.CompileOptions{Workers: 1, Label: "heard"})
		if err != nil {
			t.Fatal(err)
		}
		if i.heard, err = r.Instantiate(context.Background(), code, engine.Options{}); err != nil {
			t.Fatal(err)
		}
		return engine.Options{Imports: func(string) *engine.Instance { return i.heard }}
	}
}

// call is what is to be seen of a call of the export name with the arguments args.
func (i *told) call(name string, args []uint64) string {
	s := make([]uint64, 64)
	copy(s, args)
	err := i.guest.Call(context.Background(), name, s)
	var ending string
	if err != nil {
		ending = failed(err, true)
	} else {
		i.guest.Narrow(name, s)
		ending = fmt.Sprintf("%x", s[:20])
	}
	all, _ := i.heard.Global("h")
	return fmt.Sprintf("%s%s heard %x", ending, state(i.guest.Memory(), nil), all)
}

// binaryen is a random module of wasm-opt, made of the bytes of rng.
func binaryen(t testing.TB, rng *rand.Rand, vectors bool) []byte {
	seed := make([]byte, 500+rng.IntN(25000))
	for k := range seed {
		seed[k] = byte(rng.Uint32())
	}
	args := append([]string{"-ttf", "-", "-o", "-"}, binaryenFeatures...)
	if vectors {
		args = append(args, "--enable-simd")
	}
	if n := rng.IntN(5); n > 0 {
		args = append(args, fmt.Sprintf("-O%d", n-1))
	}
	cmd := exec.Command("wasm-opt", args...)
	cmd.Stdin = bytes.NewReader(seed)
	var made, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &made, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, said.Bytes())
	}
	return made.Bytes()
}

// checkModule compares what calls of the exports of raw do with our code, guarded and not, with the engine's and
// with the interpreter, whose NaNs in vectors may have other bits. It reports how many there were.
func checkModule(t testing.TB, raw []byte, rng *rand.Rand, vectors bool) (calls int) {
	bin := mended(t, raw)
	m, err := wasm.Decode(bin, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	if err := native.ReadBack(bin); err != nil {
		t.Fatal(err)
	}
	var list []*told
	names := []string{"engine", "interpreter"}
	for _, interpret := range []bool{false, true} {
		i := new(told)
		i.guest = plainWith(t, map[bool][]byte{false: bin, true: raw}[interpret], interpret, i.telling(t))
		list = append(list, i)
	}
	for k, o := range ways(native.Options{}) {
		i := new(told)
		guest, res := optimized(t, bin, o, i.telling(t))
		for _, r := range res.Reasons {
			if strings.Contains(r.Error(), "defect") {
				t.Fatal(r)
			}
		}
		i.guest = guest
		list, names = append(list, i), append(names, []string{"ours", "guarded"}[k])
	}
	for _, e := range m.Exports {
		if e.Kind != wasm.ExternFunc {
			continue
		}
		var args []uint64
		for _, p := range m.FuncTypeOf(e.Index).Params {
			v := rng.Uint64() >> (rng.UintN(8) * 8)
			switch p {
			case wasm.I32, wasm.F32:
				v = uint64(uint32(v))
			case wasm.V128:
				args = append(args, rng.Uint64())
			}
			args = append(args, v)
		}
		var want string
		for k, i := range list {
			i.guest.Call(context.Background(), "hangLimitInitializer", make([]uint64, 1))
			got := i.call(e.Name, args)
			if strings.Contains(got, "exhausted") {
				return calls // what engines have left behind differs
			}
			switch {
			case k == 0:
				want = got
			case names[k] == "interpreter" && (vectors || strings.Contains(want, "@")): // it does not know the places of traps
			case got != want:
				t.Fatalf("%s: %s%x = %s\nwant %s", names[k], e.Name, args, got, want)
			}
		}
		calls++
	}
	return calls
}

// TestBinaryenModules compares our code with the engine's and the interpreter's for the random modules of Binaryen,
// where its wasm-opt is installed. The variable WAZEDGE_BINARYEN gives the seconds that it takes.
func TestBinaryenModules(t *testing.T) {
	if _, err := exec.LookPath("wasm-opt"); err != nil {
		t.Skip("Binaryen is not installed")
	}
	modules, calls := 0, 0
	check := func(t *testing.T, n int, rng *rand.Rand) {
		modules++
		vectors := n%2 == 1
		calls += checkModule(t, binaryen(t, rng, vectors), rng, vectors)
	}
	if !forSeconds(t, "WAZEDGE_BINARYEN", check) {
		for n := range 20 {
			t.Run(fmt.Sprint(n), func(t *testing.T) { check(t, n, rand.New(rand.NewPCG(1, uint64(n)))) })
		}
	}
	t.Logf("%d modules, %d calls", modules, calls)
	if calls < modules {
		t.Errorf("%d calls in %d modules, want more", calls, modules)
	}
}
