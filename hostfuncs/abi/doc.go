// Package abi is what every namespace of host functions needs: a view of the
// guest's memory, typed functions, and what surrounds a call.
//
// A [Namespace] is a module that guests import from. It lists its functions in a
// [Table], one row each: name, names of the parameters, and a Go function. The wasm
// type of a row follows from the Go function's types ([Fn3] and the like), so that
// the two cannot disagree; what does not fit that form is [Raw].
//
// A namespace holds nothing of a guest. What its functions work on is the state that
// is given with each call, of a type of the namespace's own: one for each guest, to
// be made when the guest is, and safe for concurrent use, as a guest may have threads.
// One table serves all guests.
//
// A [Guest] is what the namespaces that serve one guest share: it ends calls that wait
// when the guest is interrupted, and traces, times and records calls if it is to.
//
// # Errors
//
// A namespace has error numbers of its own: a Go type, whose values its functions
// return. If it has a method String, traces show the names. Nothing here returns such
// a number: checks of memory report whether they pass, and the namespace says what a
// failure is to its guests. [Table.Misaligned] is told which number an address gives that
// is not aligned, as that is found before a function is called.
//
// # Memory
//
// [Memory] is the memory of the instance that calls, which threads of a guest share. A
// slice of it is the memory, no copy: it is good until the function returns, and other
// threads may write to it at any time. What is to be checked and then used is
// read once.
package abi
