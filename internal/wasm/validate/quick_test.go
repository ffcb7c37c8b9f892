package validate_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// commonplace has the instructions that are checked quickly, in functions long enough for
// that, and indices that take one to five bytes.
const commonplace = `(module
	(type $f (func (param i32 i64) (result i64)))
	(memory 1) (table 1 funcref) (global $g (mut i64) i64.const 0) (global $c i32 i32.const 0)
	(func $f (type $f) (local f32 f64 i32)
		local.get 0 i32.wrap_i64
	)
	(func $g (param i32) (result i32) local.get 0)
	(func (type $f) (local f32 f64 i32 i32 i64)
		block loop block (result i32) i32.const -1 i32.const 1000 i32.add end
			local.tee 0 if br 1 else nop end
			local.get 0 i32.eqz br_if 0
			local.get 0 if (result i64) i64.const 5 else local.get 1 end local.set 1
			block block local.get 0 br_table 0 1 2 3 0 end local.get 1 return end
			i32.const 8 i64.const 0x7fffffffffff i64.store offset=16
			i32.const 8 i64.load32_u offset=100000 global.set $g
			global.get $g i64.const 1 i64.add drop
			f64.const 1 f64.const 2 f64.gt f32.const 1 f32.ceil local.set 2 drop
			i32.const 3 call $g local.get 1 local.get 0 call_indirect (type $f) drop
			i32.const 1 i32.const 2 local.get 0 select drop
			i64.const 1 i64.const 2 i32.const 0 select local.set 1
			local.get 0 i32.const 70000 i32.and i32.load8_s local.set 0
		end end
		nop nop unreachable i64.add br 0 i32.eqz drop nop nop
	)
)`

// padded is m with the indices of its calls and the offsets of accesses written in five
// bytes, as linkers leave them.
const padded = "\x00asm\x01\x00\x00\x00" + "\x01\x05\x01\x60\x01\x7F\x01\x7F" + "\x03\x03\x02\x00\x00" + "\x05\x03\x01\x00\x01" +
	"\x0A\x32\x02" + "\x04\x00\x20\x00\x0B" +
	"\x2B\x00" + "\x20\x80\x80\x80\x80\x00" + "\x10\x80\x80\x80\x80\x00" + "\x28\x02\x90\x80\x80\x80\x00" + "\x41\xFF\xFF\xFF\xFF\x7F" +
	"\x6A" + "\x42\xFF\xFF\xFF\xFF\xFF\x7F" + "\x1A" + "\x01\x01\x01\x01\x01\x01\x01" + "\x0B"

// TestQuickDecidesNothing holds validation to the same verdict, in the same words, whether
// what is commonplace is checked quickly or as everything else: on modules of the official
// scripts, and on some with each byte replaced by others.
func TestQuickDecidesNothing(t *testing.T) {
	for _, s := range suite(t) {
		sameSlowly(t, s.bin, s.f)
	}
	others := []byte{0x00, 0x01, 0x05, 0x0B, 0x0C, 0x0D, 0x10, 0x1A, 0x1B, 0x20, 0x22, 0x23, 0x28, 0x37, 0x40, 0x42, 0x45, 0x7C, 0x7F, 0x80, 0xC0, 0xFC, 0xFF}
	for _, src := range append(slices.Clone(seeds), commonplace, padded) {
		bin := []byte(src)
		if src != padded {
			m, err := wat.Parse(bin)
			if err != nil {
				t.Fatalf("%s: %v", src, err)
			}
			bin = wasm.Encode(m)
		}
		for i, was := range bin {
			for _, b := range others {
				bin[i] = b
				sameSlowly(t, bin, everything)
			}
			bin[i] = was
		}
		sameSlowly(t, bin, wasm.Wasm1)
	}
}

// sameSlowly reports what a module's validation depends on beside the module.
func sameSlowly(t *testing.T, bin []byte, f wasm.Features) {
	t.Helper()
	m, err := wasm.Decode(bin, f)
	if err != nil {
		return
	}
	told := func(r *validate.Result, err error) string {
		if err != nil {
			return fmt.Sprintf("%v %q", err, err.(*fault.Error).Info)
		}
		return fmt.Sprint(r.Uses, r.Ops)
	}
	got, want := told(validate.Module(m, f, validate.Options{Workers: 1})), told(validate.Slowly(m, f))
	if got != want {
		t.Errorf("%x:\ngot  %s\nwant %s", bin, got, want)
	}
}
