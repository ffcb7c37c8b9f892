// Package lower rewrites the WebAssembly 3.0 proposals that the engine lacks into
// what it has. Each pass is a pure function from a validated module to a module
// that means the same; it leaves alone, and returns unchanged, a module that does
// not use its proposal, so that nobody else pays.
//
// [Passes] lists them in the order they run, with the reason for the order.
// Counting instructions comes before: it speaks of the module that the user has.
package lower
