package sniff

import (
	"errors"
	"strings"

	"github.com/wazedge/wazedge/internal/fault"
)

// ErrMachineCode is the cause of the error for a file of machine code: a shared
// library that WasmEdge's compiler has made, or any other. Such a file is never
// loaded, let alone executed.
var ErrMachineCode = errors.New("this is machine code (a shared library or a program), not a WebAssembly module; " +
	"run the module that it was made from, or compile that with wazedge compile")

// nativeMagics are what files of machine code begin with: ELF, Mach-O in either
// byte order and for several architectures, and DOS and Windows.
var nativeMagics = [...]string{
	"\x7fELF", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "MZ",
}

// IsMachineCode reports whether b begins as machine code does.
func IsMachineCode(b []byte) bool {
	for _, m := range nativeMagics {
		if strings.HasPrefix(string(b[:min(len(b), len(m))]), m) {
			return true
		}
	}
	return false
}

// MachineCodeFile is WasmEdge's error for a file of machine code that it did not make.
func MachineCodeFile() error {
	return &fault.Error{Code: fault.IllegalGrammar, Offset: -1, Err: ErrMachineCode}
}

// MachineCodeBytes is WasmEdge's error for machine code that is not in a file, but was
// read into memory as its compiler does.
func MachineCodeBytes() error {
	return &fault.Error{
		Code: fault.MalformedMagic, Offset: -1, Err: ErrMachineCode,
		Preface: []string{"Might an invalid wasm file"},
		Info: []string{"The AOT compiled WASM shared library is not supported for loading from memory. " +
			"Please use the universal WASM binary or pure WASM, or load the AOT compiled WASM shared library from file."},
	}
}
