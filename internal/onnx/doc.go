// Package onnx reads models in the ONNX format and executes them, in Go alone. It knows
// nothing of guests.
//
// A [Model] is what [Decode] makes of a file. [Model.Run] computes outputs from inputs:
// node by node, in the order of the file, each operator of a table (operators.go) on
// [Tensor] values. Products of matrices, and convolutions, which become such products,
// are gonum's; everything else is written out here.
//
// Models are not trusted. Whatever is allocated is counted against [Limits.Memory] before
// it is, and released when the last node that wants it has run; loops look between
// pieces of work whether the context has ended; shapes are multiplied with overflow in
// mind, and an operator that comes to something that it cannot do ends the run with an
// error. Inside of the package it does so by a panic with a failure, which Run takes
// back, together with whatever else an operator may have run into.
//
// Tensors that are stored outside of the model's file, operators of other domains than
// ONNX's own, training, strings beyond their being passed on, and sequences and maps are
// not there.
package onnx
