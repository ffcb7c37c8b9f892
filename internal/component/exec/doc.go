// Package exec instantiates components and calls their functions: it links core modules
// as definitions say, and passes values between components by the canonical ABI
// (CanonicalABI.md of the component model's specification), without its asynchronous part.
package exec
