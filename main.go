// Command wazedge runs WebAssembly programs as WasmEdge's wasmedge does.
package main

func main() {}
