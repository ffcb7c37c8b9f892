package wat_test

import (
	"fmt"
	"os"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

func ExampleParse() {
	m, err := wat.Parse([]byte(`(module
	  (func (export "answer") (result i32)
	    (i32.const 42)))`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n", wasm.Encode(m))
	// Output: 0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b
}

func ExamplePrint() {
	m, err := wat.Parse([]byte(`(func $twice (param $x i32) (result i32)
	  (i32.shl (local.get $x) (i32.const 1)))`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := wat.Print(os.Stdout, m); err != nil {
		fmt.Println(err)
	}
	// Output:
	// (module
	//   (type (;0;) (func (param i32) (result i32)))
	//   (func $twice (type 0) (param $x i32) (result i32)
	//     local.get $x
	//     i32.const 1
	//     i32.shl)
	// )
}

func ExampleParse_error() {
	_, err := wat.Parse([]byte("(module\n  (func (call $missing)))"))
	fmt.Println(err)
	// Output: 2:15: unknown function $missing
}
