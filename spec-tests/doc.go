// Package spectest runs the wast scripts of the specification's test suites
// against the whole way of a module: text, loader, validator, linking, lowering
// and engine, as package compat puts them together.
//
// The scripts are those of WebAssembly 3.0 and the threads proposal, and of the component
// model, where a copy of them is at hand ($WASM_TESTSUITE, or ../shared/testsuite and
// ../shared/component-model beside the repository), and always those that ship in wazero's
// module.
package spectest
