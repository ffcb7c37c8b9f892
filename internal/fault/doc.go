// Package fault is what can go wrong with a module, in WasmEdge's terms: error
// codes with their exact texts, and errors that carry a code, the place it
// concerns and the information lines that WasmEdge prints below it.
//
// It knows nothing of logging or exit status; whoever prints an [Error] decides
// on stream, level and prefix.
package fault
