// Package bundle is the format of programs that have a module and the runtime for it in one
// file: the runtime's own file, behind it a header and the module, as a universal module
// where there is code for it, and a trailer that says where these are.
//
// Whoever starts a bundle executes the runtime in it, so the code in it needs no more trust
// than the file as a whole. It is sealed all the same, by a key that follows from the
// header: what has been damaged is compiled anew.
package bundle
