// Package validate decides whether a decoded module is valid, by the algorithm of
// the WebAssembly 3.0 core specification (appendix "Validation Algorithm") with
// the threads proposal, and says in WasmEdge's terms why one is not: the same
// code, information lines, syntax nodes, and the same choice when there are
// several errors. For the latter the order of checks follows WasmEdge's validator
// everywhere; where its verdict differs from the specification's, the
// specification wins.
//
// Bodies are streamed, none is kept, and several are checked at the same time.
// What is malformed in a body shows only then; such loading errors win over all
// errors of validation, as WasmEdge loads a module whole before it validates.
package validate
