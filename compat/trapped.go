package compat

import (
	"github.com/wazedge/wazedge/internal/debuginfo"
	"github.com/wazedge/wazedge/internal/diagnose"
)

// Trapped is what there is to tell to a person of a trap.
type Trapped struct {
	Places  [][]debuginfo.Place // of the frames
	subject *diagnose.Subject
	inner   Frame
}

// Trapped tells where in their source frames of the active instance, or of the one whose
// start function has failed, are; nil if that is not known. beside reads the file of that name
// beside the module.
func (vm *VM) Trapped(frames []Frame, beside func(name string) []byte) *Trapped {
	i := vm.active
	if i == nil {
		i = vm.failed
	}
	if i == nil || len(frames) == 0 {
		return nil
	}
	s := i.linked.Subject()
	info := debuginfo.New(s.Module, s.CodeOffset, beside)
	t := &Trapped{subject: s, inner: frames[0]}
	for _, f := range frames {
		if f.File != frames[0].File {
			break // of another module
		}
		t.Places = append(t.Places, info.Places(f.Function, f.Offset))
	}
	return t
}

// Around are the instructions around that of the innermost frame, n on each side at most.
func (t *Trapped) Around(n int) []diagnose.Line { return t.subject.Around(t.inner, n) }

// LastCalls are the last calls of host functions, as many as [Config.LastCalls] says, and how
// many there were in all.
func (vm *VM) LastCalls() (calls []string, all int) {
	made, all := vm.store.linked.Guest.Last()
	for n := range made {
		calls = append(calls, made[n].String())
	}
	return calls, all
}
