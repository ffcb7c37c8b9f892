package wasm

import "github.com/wazedge/wazedge/internal/fault"

// Fragment reads the primitive values of the binary format, and the parts of modules
// that other formats reuse: components have types of modules. Like all readers it
// remembers the first failure, and gives zeros from then on.
type Fragment struct{ d decoder }

// NewFragment reads bin, which begins at offset base of its file, under the proposals
// of f.
func NewFragment(bin []byte, base int64, f Features) *Fragment {
	r := &Fragment{d: decoder{m: &Module{}}}
	r.d.Reset(bin, base, f)
	return r
}

// OK reports whether nothing failed yet.
func (r *Fragment) OK() bool { return r.d.ok() }

// Fail records code at the place of the latest read, and why, unless something failed
// before.
func (r *Fragment) Fail(code fault.Code, why error) {
	if r.d.ok() {
		r.d.fail(code)
		r.d.why = why
	}
}

// In notes node as a syntax node that surrounds the failure, if there is one.
func (r *Fragment) In(node string) { r.d.in(node) }

// Err is the failure with its lines, or nil.
func (r *Fragment) Err() *fault.Error {
	if r.d.ok() {
		return nil
	}
	return r.d.fault()
}

// More reports whether bytes are left.
func (r *Fragment) More() bool { return r.d.ok() && r.d.More() }

// Offset is the file offset of the next byte.
func (r *Fragment) Offset() int64 { return r.d.offset() }

// Rest is how many bytes are unread.
func (r *Fragment) Rest() int { return r.d.rest() }

// Byte reads a byte.
func (r *Fragment) Byte() byte { return r.d.byte() }

// Peek is the next byte, left unread.
func (r *Fragment) Peek() byte { return r.d.peek() }

// Bytes reads n bytes, as a part of the input.
func (r *Fragment) Bytes(n int) []byte { return r.d.bytes(n) }

// U32 reads an unsigned number of 32 bits.
func (r *Fragment) U32() uint32 { return r.d.u32() }

// S33 reads a signed number of 33 bits.
func (r *Fragment) S33() int64 { return r.d.s33() }

// Name reads a name (core 5.2.4).
func (r *Fragment) Name() string { return r.d.name() }

// Count reads the number of a vector's elements, which are of one byte at least.
func (r *Fragment) Count() int {
	n := r.d.u32()
	if r.d.ok() && uint64(n) > uint64(r.d.rest()) {
		r.d.fail(fault.UnexpectedEnd)
	}
	if !r.d.ok() {
		return 0
	}
	return int(n)
}

// ValType reads a value type (core 5.3.4).
func (r *Fragment) ValType() ValType { return r.d.valType(r.d.features, false) }

// RecType reads a recursion group, or a sub type that is one by itself, and appends it to
// the types of m (core 5.3.9).
func (r *Fragment) RecType(m *Module) {
	r.d.m = m
	r.d.recType()
}

// Import reads an import (core 5.5.5).
func (r *Fragment) Import() Import { return r.d.importDesc() }

// ExternType reads the kind and type of an import or export: an import without names.
func (r *Fragment) ExternType() Import {
	im := Import{Kind: ExternKind(r.d.byte())}
	r.d.externType(&im)
	return im
}

// AppendRecTypes appends the recursion groups of m (core 5.3.9).
func AppendRecTypes(dst []byte, m *Module) []byte {
	e := &encoder{m: m, out: dst}
	e.recTypes()
	return e.out
}

// AppendExternType appends the kind and type of im.
func AppendExternType(dst []byte, im *Import) []byte {
	e := &encoder{out: dst}
	e.externType(im)
	return e.out
}
