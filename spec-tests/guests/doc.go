// Package guests holds tests of the whole command: real programs from testdata run as a person would run
// them, hostile ones against the limits that end them, and files that are no modules at all.
//
// The tests start the command as a process. They look at what a user sees: the two output
// streams, the exit status, the files left behind, the memory taken.
package guests
