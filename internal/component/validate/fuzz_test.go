package validate_test

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

const features = wasm.Wasm3 | wasm.Threads

// seeds are components that together use most of the language.
var seeds = []string{
	`(component (core module $m (func (export "f") (param i32 i32) (result i32) i32.const 0) (memory (export "m") 1)
		(func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)) (core instance $i (instantiate $m))
		(func (export "f") (param "s" string) (result u32) (canon lift (core func $i "f") (memory $i "m") (realloc (func $i "r")) string-encoding=latin1+utf16)))`,
	`(component (import "a:b/c@1.2.3" (instance $i (export "r" (type $r (sub resource))) (export "[constructor]r" (func (result (own $r))))
		(export "[method]r.m" (func (param "self" (borrow $r)) (result (list (tuple u8 string)))))))
		(alias export $i "r" (type $r)) (core func (canon resource.drop $r)) (export "r" (type $r)))`,
	`(component (type $r (resource (rep i32))) (core func $n (canon resource.new $r)) (core func (canon resource.rep $r))
		(component $c (import "t" (type $t (sub resource))) (export "u" (type $t))) (instance $i (instantiate $c (with "t" (type $r)))) (export "x" (instance $i)))`,
	`(component (type $a (record (field "x" (option u8)))) (export $b "b" (type $a)) (type (variant (case "p" $b) (case "q"))) (type (flags "a" "b")) (type (enum "x" "y"))
		(type (result (list $b) (error string))) (type (component (import "f" (func (param "l" (list u8 3)))) (export "i" (instance (export "g" (func)))))))`,
	`(component $o (core type $t (module (import "a" "f" (func (param i32))) (export "m" (memory 1)))) (import "m" (core module $m (type $t)))
		(core module $p (func (export "f") (param i32))) (core instance $pi (instantiate $p)) (core instance $mi (instantiate $m (with "a" (instance $pi))))
		(component (alias outer $o $t (core type)) (alias outer $o $m (core module))))`,
	`(component (component $c (import "f" (func)) (export "g" (func 0))) (import "h" (func $h)) (instance $i (instantiate $c (with "f" (func $h)))) (export "k" (func $i "g"))
		(core func (canon lower (func $h))))`,
}

// FuzzComponent: no component panics, takes more than a bounded multiple of its size, or fails
// without a code of loading or validation; and the encoding of what decodes decodes to what
// encodes the same.
func FuzzComponent(f *testing.F) {
	for _, text := range seeds {
		c, err := wat.ParseComponent([]byte(text))
		if err != nil {
			f.Fatalf("%v in\n%s", err, text)
		}
		if _, err := validate.Component(c, validate.Options{Features: features, Workers: 1}); err != nil {
			f.Fatalf("%v in\n%s", err, text)
		}
		f.Add(component.Encode(c))
	}
	f.Fuzz(func(t *testing.T, bin []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, err := component.Decode(bin, features)
		phase := fault.IllegalPath.Phase()
		if err == nil {
			_, err = validate.Component(c, validate.Options{Features: features, Workers: 1})
			phase = fault.InvalidIndex.Phase()
		}
		runtime.ReadMemStats(&after)
		if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(4096*len(bin)+1<<22); used > limit {
			t.Errorf("%d bytes allocated for a file of %d", used, len(bin))
		}
		if e, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || e.Code.Phase() != phase && e.Code.Phase() != fault.IllegalPath.Phase()) {
			t.Errorf("neither an error of loading nor of validation: %v", err)
		}
		if c == nil {
			return
		}
		bin = component.Encode(c)
		again, err := component.Decode(bin, features)
		if err != nil {
			t.Fatalf("what was encoded does not decode: %v", err)
		}
		if !bytes.Equal(component.Encode(again), bin) {
			t.Fatal("encoded again as something else")
		}
		var text strings.Builder
		if wat.PrintComponent(&text, c) != nil {
			return // a body that is malformed
		}
		parsed, err := wat.ParseComponent([]byte(text.String()))
		if err != nil {
			t.Fatalf("the printed text does not parse: %v\n%s", err, text.String())
		}
		// Core modules have several encodings of one thing (see wat.Print).
		var printed strings.Builder
		if err := wat.PrintComponent(&printed, parsed); err != nil || printed.String() != text.String() {
			t.Fatalf("printed again as\n%s\nfirst\n%s (%v)", printed.String(), text.String(), err)
		}
	})
}
