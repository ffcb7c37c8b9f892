// Package engine is the rim around wazero: how it is configured, the linear
// memory it runs on, compiling and instantiating a module's bytes, calling an
// export, and what a trap is in WasmEdge's terms.
//
// It knows bytes and names, not files, options, log lines or passes, and it does not
// check modules: what it is given has passed our loader and validator, so that an
// error of wazero that is no trap is a defect of ours ([Defect]).
//
// Together with the packages below hostfuncs it is the only place that imports
// wazero.
package engine
