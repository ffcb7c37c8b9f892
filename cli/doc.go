// Package cli is what a person types and reads: command lines, help, the
// printing of results, exit statuses.
//
// The name by which the program is called decides which tool it is. As
// "wasmedge" and "wasmedgec" its options, help, messages, streams and statuses
// are those of WasmEdge 0.17.1; under any other name it is wazedge, which has
// the same commands and options and more of its own.
//
// One table ([optionTable]) holds every option; the parser, both kinds of help,
// shell completion and the man page are made from it.
package cli
