// Package native is an optimizing compiler beside the engine's own. It takes a validated
// module as the engine is given it, makes machine code of those of its functions that it
// knows how to compile, and puts that into the engine's artifact, in the place of the
// engine's code. Loading, instances, stacks, traps and calls of the host stay the engine's:
// the code keeps to the engine's calling convention and layouts (abi.go), so calls go both
// ways.
//
// A function goes through these steps: [build] makes static single assignment form of
// it, the passes in opt.go improve that, lower.go chooses machine operations, alloc.go
// gives them registers, and verify.go proves that all accesses to linear memory are checked
// and all operands where they are taken from.
//
// What a processor has of its own is a [target]: its registers, operations that are lowered in
// a way of its own, its assembler and what writes code with it. There are two, amd64 (x86*.go)
// and arm64 (a64*.go); both are part of every build, so that each machine tests the code for
// both as far as it is not executed. For arm64, a64verify.go reads back the machine code of
// every function and proves of it what its accesses and checks do.
package native
