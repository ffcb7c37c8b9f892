package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Options are the ways to validate that do not change the verdict.
type Options struct {
	// Workers is how many bodies may be checked at the same time; 0 stands for
	// the number of processors that Go uses.
	Workers int

	// Store receives the module's types, so that they can be compared with those
	// of other modules; nil stands for a new one.
	Store *wasm.TypeStore
}

// Result is what validation learned of a valid module on its way.
type Result struct {
	Uses  wasm.Features   // the proposals that the module makes use of
	Ops   OpSet           // the instructions in its bodies and constant expressions
	Types *wasm.TypeSpace // its types
}

// OpSet is a set of instructions.
type OpSet [(wasm.NumOps + 63) / 64]uint64

// Has reports whether op is in s.
func (s *OpSet) Has(op wasm.Op) bool { return s[op/64]&(1<<(op%64)) != 0 }

// HasAny reports whether an instruction from first to last is in s.
func (s *OpSet) HasAny(first, last wasm.Op) bool {
	for op := first; op <= last; op++ {
		if s.Has(op) {
			return true
		}
	}
	return false
}

func (s *OpSet) add(op wasm.Op) { s[op/64] |= 1 << (op % 64) }

// Module validates m under the proposals of f. The error is a *[fault.Error]: one
// of validation, or of loading when a body turns out to be malformed.
func Module(m *wasm.Module, f wasm.Features, o Options) (*Result, error) {
	return newValidator(m, f, o).module(o.Workers)
}

// module validates all of v's module, with so many workers for bodies.
func (v *validator) module(workers int) (*Result, error) {
	err := v.sections()
	if err == nil {
		err = v.bodies(workers)
	}
	if err != nil {
		if load := v.m.CheckBodies(v.features); load != nil {
			return nil, load
		}
		return nil, err
	}
	if err := v.counts(); err != nil {
		return nil, err
	}
	return &Result{Uses: v.uses(), Ops: v.ops, Types: v.types}, nil
}

// counts refuses the second table or memory where proposals do not allow it.
func (v *validator) counts() *fault.Error {
	if len(v.tables) > 1 && !v.features.Has(wasm.ReferenceTypes) {
		return needs(fault.MultiTables, wasm.ReferenceTypes).With(fault.ASTNode("module"))
	}
	if len(v.memories) > 1 && !v.features.Has(wasm.MultiMemory) {
		return needs(fault.MultiMemories, wasm.MultiMemory).With(fault.ASTNode("module"))
	}
	return nil
}
