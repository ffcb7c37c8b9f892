// Package debuginfo tells where in its source an instruction of a module is: by DWARF in the
// module's custom sections, by a source map beside the module, or by the names of functions
// alone. It is asked after a trap, and reads nothing before.
//
// Nobody vouches for what is read: it is bounded, and what is malformed tells nothing.
package debuginfo
