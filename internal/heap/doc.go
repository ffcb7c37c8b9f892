// Package heap is the garbage-collected heap of WebAssembly's structures and
// arrays, in a linear memory that the lowered modules of a store share.
//
// Compiled code allocates: it takes cells from free lists in that memory and calls
// [Heap.Refill] when one is empty. It knows the places of the regions below and
// the [Layout] of types; everything else is here. The collector marks from precise
// roots (the shadow stack, globals) and sweeps lazily; objects never move.
//
// A reference is 32 bits: 0 is null, an odd number is an i31, everything else the
// address of an object, whose first word is the address of its type's descriptor.
// Functions are numbers of the store's function table, and never on the heap.
package heap
