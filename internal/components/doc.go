// Package components loads components and runs them: decoding, validation, WASI 0.2,
// instances, and calls of functions by name with arguments and results as text.
package components
