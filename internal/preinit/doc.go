// Package preinit makes of a module one that begins where the first has come to when it was
// initialised: its memories and globals are as they are then, and what has run is not run
// again. The result needs nothing that the module did not need.
//
// The rules are those of wizer: memories and mutable globals are taken over; tables,
// objects and whatever the host keeps are not, so that a module which may have changed those
// is refused; calls of the host end the initialisation, save those that only look at the
// guest's world.
package preinit
