package wasm_test

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/wasm"
)

// double exports a function that doubles its parameter.
var double = wasm.Encode(&wasm.Module{
	Types: []wasm.SubType{{Kind: wasm.CompFunc, Final: true, Func: wasm.FuncType{
		Params: []wasm.ValType{wasm.I32}, Results: []wasm.ValType{wasm.I32}}}},
	RecGroups: []wasm.RecGroup{{Len: 1}},
	Funcs:     []uint32{0},
	Exports:   []wasm.Export{{Name: "double", Kind: wasm.ExternFunc}},
	Bodies:    []wasm.Body{{Code: []byte{0, 0x20, 0, 0x20, 0, 0x6A, 0x0B}}},
})

func ExampleDecode() {
	m, err := wasm.Decode(double, wasm.Wasm3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range m.Exports {
		fmt.Println(e.Kind, e.Index, e.Name)
	}
	var r wasm.Reader
	if _, err := m.OpenBody(0, &r, wasm.Wasm3, nil); err != nil {
		fmt.Println(err)
		return
	}
	for r.More() {
		var in wasm.Instr
		if err := r.Next(&in); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%#x %s\n", in.Offset, in.Op)
	}
	// Output:
	// function 0 double
	// 0x25 local.get
	// 0x27 local.get
	// 0x29 i32.add
	// 0x2a end
}

func ExampleInsertFuncImports() {
	m, err := wasm.Decode(double, wasm.Wasm3)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err = wasm.InsertFuncImports(m, []wasm.Import{{Module: "env", Name: "log", Kind: wasm.ExternFunc, Type: 0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Exports[0].Name, "is function", m.Exports[0].Index, "of", len(wasm.Encode(m)), "bytes")
	// Output:
	// double is function 1 of 56 bytes
}
