package value_test

import (
	"fmt"

	"github.com/wazedge/wazedge/compat/value"
)

// Arguments of a call are read as WasmEdge's command reads them, and results are
// printed as it prints them.
func Example() {
	args, err := value.ParseArguments("f", []value.Kind{value.I32, value.F64}, []string{"4294967295", "1e16 apples"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range args {
		fmt.Println(v)
	}
	_, err = value.ParseArguments("f", []value.Kind{value.F32}, []string{"pear"})
	fmt.Println(err)
	// Output:
	// -1
	// 1e+16
	// Invalid argument 'pear' for parameter 1: expected f32
}
