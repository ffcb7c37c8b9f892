package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// at adds the syntax nodes that e is in, from the inside out.
func at(e *fault.Error, nodes ...string) *fault.Error {
	for _, n := range nodes {
		e.With(fault.ASTNode(n))
	}
	return e
}

// needs is an error for syntax of a proposal that is off.
func needs(c fault.Code, f wasm.Features) *fault.Error {
	return fault.New(c, fault.RequiresProposal(f.Name()))
}

// beyond is an error for an index outside an index space of count entries.
func beyond(c fault.Code, kind string, index uint32, count int) *fault.Error {
	return fault.New(c, fault.IndexOutOf(kind, index, uint32(count)))
}

// mismatch is an error for a type other than the expected one.
func mismatch(c fault.Code, want, got wasm.ValType) *fault.Error {
	return fault.New(c, fault.Mismatched("value type", typeText(want), typeText(got)))
}

// mismatches is an error for a list of types other than the expected one.
func mismatches(want, got []wasm.ValType) *fault.Error {
	list := func(t []wasm.ValType) string { return "types{" + wasm.JoinTypes(t) + "}" }
	return fault.New(fault.TypeCheckFailed, fault.Mismatched("value types", list(want), list(got)))
}

// underflow is the error for operands that are missing or left over; WasmEdge
// says the same of both.
func underflow() *fault.Error {
	return fault.New(fault.TypeCheckFailed, "Value stack underflow.")
}

// typeText is the text of t; WasmEdge calls the unknown type i32.
func typeText(t wasm.ValType) string {
	if t == wasm.Bottom {
		t = wasm.I32
	}
	return t.String()
}

// inInstruction adds the line of the instruction op at file offset off.
func inInstruction(e *fault.Error, op wasm.Op, off int64) *fault.Error {
	e.Offset = off
	return e.With(fault.InInstruction(op.Printed(), uint16(op), off))
}
