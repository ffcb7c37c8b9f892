package native_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// vectorForms are the 128-bit instructions as functions of three vectors at 0, 16 and 32 and of
// what else they take at 48, whose result is put at 64. Each lane is one.
func vectorForms(rng *rand.Rand) (names, texts []string) {
	operands := map[byte]string{'i': "(i32.load (i32.const 48))", 'I': "(i64.load (i32.const 48))", 'f': "(f32.load (i32.const 48))",
		'F': "(f64.load (i32.const 48))", 'a': "(i32.load (i32.const 56))"}
	stores := map[byte]string{'i': "i32.store", 'I': "i64.store", 'f': "f32.store", 'F': "f64.store", 'v': "v128.store"}
	for o := wasm.OpV128Load; o <= wasm.OpF64x2ConvertLowI32x4U; o++ {
		info := wasm.Ops[o]
		params, results, _ := strings.Cut(info.Sig, ":")
		var args []string
		for k := range len(params) {
			if params[k] == 'v' {
				args = append(args, fmt.Sprintf("(v128.load (i32.const %d))", 16*len(args)))
			} else {
				args = append(args, operands[params[k]])
			}
		}
		var forms []string
		switch info.Imm {
		case wasm.ImmLane:
			for k := range info.Lanes {
				forms = append(forms, fmt.Sprint(" ", k))
			}
		case wasm.ImmMemArg:
			forms = []string{"", " offset=3"}
		case wasm.ImmMemArgLane:
			for k := range info.Lanes {
				forms = append(forms, fmt.Sprint(" ", k), fmt.Sprint(" offset=5 ", k))
			}
		case wasm.ImmV128:
			forms = []string{" i64x2 0 0", " i64x2 -1 -1", " i64x2 0x123456789ABCDEF -2"}
		case wasm.ImmShuffle:
			forms = []string{" 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", " 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31",
				" 0 1 2 3 0 1 2 3 12 13 14 15 4 5 6 7", " 24 25 26 27 16 17 18 19 16 17 18 19 20 21 22 23", " 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0"}
			for range 6 {
				form := ""
				for range 16 {
					form += fmt.Sprint(" ", rng.IntN(32))
				}
				forms = append(forms, form)
			}
		default:
			forms = []string{""}
		}
		for _, form := range forms {
			body := fmt.Sprintf("(%s%s %s)", info.Name, form, strings.Join(args, " "))
			if results != "" {
				body = fmt.Sprintf("(%s (i32.const 64) %s)", stores[results[0]], body)
			}
			names, texts = append(names, info.Name+form), append(texts, body)
			// Both operands the same, and a constant.
			if params == "vv" && info.Imm == wasm.ImmNone {
				same := fmt.Sprintf("(local v128) (local.set 0 %s) (v128.store (i32.const 64) (%s (local.get 0) (local.get 0)))", args[0], info.Name)
				constant := fmt.Sprintf("(v128.store (i32.const 64) (%s %s (v128.const i64x2 0x8000000000000001 0x7FF0123400010203)))", info.Name, args[0])
				names, texts = append(names, info.Name+" twice", info.Name+" const"), append(texts, same, constant)
			}
			if params == "vi" && info.Imm == wasm.ImmNone {
				for _, n := range []int{0, 1, 7, 31, 33, 63, -1} {
					names = append(names, fmt.Sprint(info.Name, " by ", n))
					texts = append(texts, fmt.Sprintf("(v128.store (i32.const 64) (%s %s (i32.const %d)))", info.Name, args[0], n))
				}
			}
		}
	}
	return names, texts
}

// vectorOperands are vectors at the edges of what their lanes may be.
func vectorOperands(rng *rand.Rand) [][2]uint64 {
	f := func(a, b float32) uint64 { return uint64(math.Float32bits(b))<<32 | uint64(math.Float32bits(a)) }
	d := math.Float64bits
	nan, inf := math.NaN(), math.Inf(1)
	list := [][2]uint64{
		{0, 0}, {math.MaxUint64, math.MaxUint64}, {0x8000000000000000, 0x7FFFFFFFFFFFFFFF}, {0x8080808080808080, 0x7F7F7F7F7F7F7F7F},
		{0x8000800080008000, 0x7FFF7FFF7FFF7FFF}, {0x8000000080000000, 0x7FFFFFFF7FFFFFFF}, {0x0706050403020100, 0x0F0E0D0C0B0A0908},
		{0x1F10FF8F7F130201, 0x0001020304050607},
		{f(0, float32(math.Copysign(0, -1))), f(1.5, -2.5)}, {f(float32(nan), float32(inf)), f(float32(-inf), 1e-40)},
		{f(2147483648, -2147483648), f(4294967295, -0.75)}, {f(0.5, 3.5), f(1e30, -1e30)}, {f(float32(math.Copysign(0, -1)), 0), f(float32(nan), 3)},
		{d(0), d(math.Copysign(0, -1))}, {d(nan), d(inf)}, {d(-inf), d(1e-310)}, {d(2147483647.5), d(-2147483649)}, {d(4294967295.75), d(-0.75)},
		{d(2.5), d(3.5)}, {d(1e300), d(-1e300)}, {d(math.Copysign(0, -1)), d(nan)},
	}
	for range 6 {
		list = append(list, [2]uint64{rng.Uint64(), rng.Uint64()})
	}
	return list
}

// sameVector compares lanes of floats, of which two that are no numbers are equal.
func sameVector(name string, got, want []byte) bool {
	size := 0
	if strings.Contains(name, "f32x4") {
		size = 4
	} else if strings.Contains(name, "f64x2") {
		size = 8
	}
	if string(got) == string(want) {
		return true
	}
	if size == 0 {
		return false
	}
	for k := 0; k < len(got); k += size {
		if string(got[k:k+size]) == string(want[k:k+size]) {
			continue
		}
		nan := func(b []byte) bool {
			if size == 4 {
				x := math.Float32frombits(binary.LittleEndian.Uint32(b))
				return x != x
			}
			x := math.Float64frombits(binary.LittleEndian.Uint64(b))
			return x != x
		}
		if !nan(got[k:]) || !nan(want[k:]) {
			return false
		}
	}
	return true
}

// TestVectors compares each 128-bit instruction with the interpreter's.
func TestVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	names, texts := vectorForms(rng)
	var b strings.Builder
	b.WriteString("(module (memory (export \"memory\") 1)\n")
	for k, text := range texts {
		fmt.Fprintf(&b, "(func (export \"f%d\") %s)\n", k, text)
	}
	b.WriteString(")")
	bin := assemble(t, b.String())
	list := ways(native.Options{})
	ours, res := optimized(t, bin, list[len(list)-1], nil)
	for k, i := range res.Kept {
		t.Errorf("%s: %v", names[i], res.Reasons[k])
	}
	theirs := plain(t, bin, true)
	operands := vectorOperands(rng)
	memory := make([]byte, 96)
	put := func(at int, v [2]uint64) {
		binary.LittleEndian.PutUint64(memory[at:], v[0])
		binary.LittleEndian.PutUint64(memory[at+8:], v[1])
	}
	for k, name := range names {
		failed := 0
		for n, x := range operands {
			for m := range operands {
				y, z := operands[(m+n)%len(operands)], operands[(3*m+n)%len(operands)]
				put(0, x)
				put(16, y)
				put(32, z)
				put(48, [2]uint64{z[0], uint64(rng.IntN(80))})
				if m == 5 {
					put(48, [2]uint64{z[0], 65536 - 7 + uint64(rng.IntN(8))}) // partly behind the end
				}
				put(64, [2]uint64{})
				put(80, [2]uint64{})
				copy(ours.Memory(), memory)
				copy(theirs.Memory(), memory)
				f := fmt.Sprint("f", k)
				got, want := call(ours, f), call(theirs, f)
				same := got == want || strings.Contains(got, "out of bounds") && strings.Contains(want, "out of bounds")
				if a, b := ours.Memory()[:96], theirs.Memory()[:96]; !same || !sameVector(name, a[64:80], b[64:80]) || string(a[:64]) != string(b[:64]) || string(a[80:]) != string(b[80:]) {
					if failed++; failed < 3 {
						t.Errorf("%s of %x, %x, %x: %s %x, want %s %x", name, x, y, memory[32:64], got, a[64:80], want, b[64:80])
					}
				}
			}
		}
	}
}
