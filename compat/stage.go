package compat

import (
	"slices"

	"github.com/wazedge/wazedge/internal/fault"
)

// Stage is how far a [VM] has come.
type Stage uint8

// The stages of a VM, in order.
const (
	Init         Stage = iota // nothing loaded
	Loaded                    // a module has been decoded
	Validated                 // and is valid
	Instantiated              // and its functions can be called
)

// String is the stage in words.
func (s Stage) String() string {
	return [...]string{"initial", "loaded", "validated", "instantiated", "closed"}[min(s, closed)]
}

// closed is the stage behind all others.
const closed = Instantiated + 1

// require fails unless vm is at one of the stages.
func (vm *VM) require(stages ...Stage) error {
	if slices.Contains(stages, vm.stage) {
		return nil
	}
	return fault.New(fault.WrongVMWorkflow)
}
