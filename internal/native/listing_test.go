package native_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
)

// TestListing states that what is made of each function can be read: values, machine code with the places
// in the file, and why one keeps the engine's code.
func TestListing(t *testing.T) {
	if !native.Available() {
		t.Skip("there is no compiler for this processor")
	}
	bin := assemble(t, `(module (memory 1)
	  (func (param i32) (result i32) (local i32)
	    (loop
	      (local.set 1 (i32.add (local.get 1) (i32.load offset=8 (local.get 0))))
	      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
	    (local.get 1))
	  (func (param i32) (result i32) (call 0 (local.get 0))))`)
	var list bytes.Buffer
	o := native.Options{Listing: &list, Only: func(i int) bool { return i == 0 }}
	o.Processor, _ = engine.Processor(false)
	if _, err := native.Optimize(bin, artifactOf(t, bin), o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`^function 0: 1 parameters, 1 results\nblock 0\n  v\d+: i32 = param 0\n`,
		`(?m)^block 1 \(loop of depth 1, up to block 1\) <- 0 1\n  v\d+: i32 = phi v\d+ v\d+$`,
		`(?m)^  v\d+: i32 = i32\.load v\d+ v\d+ \+8$`,
		`(?m)^  v\d+: i32 = i32\.add v\d+ 0xfffffffc$`,
		`(?m)^  if v\d+ then 1 else 2$`,
		`(?m)^ +[0-9a-f]+  [0-9a-f]+ +RET( X30)?$`,
		`(?m)^ +[0-9a-f]+  [0-9a-f]+ +(CALL|BL) .*; 0x[0-9a-f]+$`,
		`(?m)^function 1: the engine's code: not compiled: not wanted$`,
	} {
		if !regexp.MustCompile(want).MatchString(list.String()) {
			t.Errorf("nothing is like %s in:\n%s", want, &list)
		}
	}
}
