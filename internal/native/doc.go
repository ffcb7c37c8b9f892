// Package native is an optimizing compiler beside the engine's own. It takes a validated
// module as the engine is given it, makes machine code of those of its functions that it
// knows how to compile, and puts that into the engine's artifact, in the place of the
// engine's code. Loading, instances, stacks, traps and calls of the host stay the engine's:
// the code keeps to the engine's calling convention and layouts (abi.go), so calls go both
// ways.
//
// A function goes through these steps: [build] makes static single assignment form of
// it, the passes in opt.go improve that, lower.go chooses machine instructions, alloc.go
// gives them registers, emit_amd64.go writes them, and verify.go proves of what was written
// that all accesses to linear memory are checked.
package native
