// A program that was written for WasmEdge's SDK, less its import path.
package main

import (
	"fmt"
	"os"

	"github.com/wazedge/wazedge/compat/wasmedge"
)

func log(data interface{}, callframe *wasmedge.CallingFrame, params []interface{}) ([]interface{}, wasmedge.Result) {
	text, err := callframe.GetMemoryByIndex(0).GetData(uint(params[0].(int32)), uint(params[1].(int32)))
	if err != nil {
		return nil, wasmedge.Result_Fail
	}
	fmt.Printf("%s: %s\n", data.(string), text)
	return nil, wasmedge.Result_Success
}

func run(path string) error {
	conf := wasmedge.NewConfigure(wasmedge.REFERENCE_TYPES)
	conf.AddConfig(wasmedge.WASI)
	defer conf.Release()
	vm := wasmedge.NewVMWithConfig(conf)
	defer vm.Release()
	wasi := vm.GetImportModule(wasmedge.WASI)
	wasi.InitWasi(os.Args[1:], os.Environ(), []string{".:."})

	host := wasmedge.NewModule("host")
	defer host.Release()
	ftype := wasmedge.NewFunctionType([]*wasmedge.ValType{wasmedge.NewValTypeI32(), wasmedge.NewValTypeI32()}, []*wasmedge.ValType{})
	host.AddFunction("log", wasmedge.NewFunction(ftype, log, "heard", 0))
	ftype.Release()
	if err := vm.RegisterModule(host); err != nil {
		return err
	}
	if _, err := vm.RunWasmFile(path, "_start"); err != nil {
		return err
	}
	fmt.Println("exit code", wasi.WasiGetExitCode())
	sum, err := vm.Execute("add", int64(40), 2)
	if err != nil {
		return err
	}
	fmt.Println("sum", sum[0].(int64))
	return nil
}

func main() {
	wasmedge.SetLogErrorLevel()
	if err := run(os.Args[1]); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
