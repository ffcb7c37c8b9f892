// Package component has components of the component model as data: their abstract syntax,
// read from and written in the binary format (Binary.md of the specification). What indices
// mean and whether types fit is for package validate below it.
package component
