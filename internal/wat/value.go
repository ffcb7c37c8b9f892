package wat

import (
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// NaN is what a pattern asks of a floating-point result.
type NaN uint8

// The patterns of NaNs. A canonical NaN has the canonical payload and either sign;
// an arithmetic NaN has the quiet bit set.
const (
	NotNaN NaN = iota // the bits of the pattern
	NaNCanonical
	NaNArithmetic
)

// Value is an argument of an action, or the pattern of a result.
type Value struct {
	// Type is the type; for references without a heap type, [wasm.Bottom].
	Type wasm.ValType
	// Lo are the bits of a number and the lower half of a vector, Hi the other half.
	// A reference to the host has its number in Lo.
	Lo, Hi uint64
	// Ref is the word behind "ref." of a reference: null, extern, host, func, and
	// in patterns any, eq, i31, struct, array, exn.
	Ref string
	// AnyRef says that the pattern names no certain reference.
	AnyRef bool
	// Lanes are the patterns of a float's or a vector's lanes; nil without NaNs.
	Lanes []NaN
	// Component is a value of a type that only components have; all else is empty then.
	Component *ComponentValue
	// Either are the patterns of which one must match; all else is empty then.
	Either []Value

	shape shape
}

// value consumes an argument, or the pattern of a result.
func (p *scriptParser) value(pattern bool) Value {
	var v Value
	switch {
	case p.open("i32.const"):
		v.Type, v.Lo = wasm.I32, uint64(uint32(p.int(32)))
	case p.open("i64.const"):
		v.Type, v.Lo = wasm.I64, p.int(64)
	case p.open("f32.const"):
		v.Type = wasm.F32
		v.shape = shape{1, 32, true}
		p.lanes(&v, pattern)
	case p.open("f64.const"):
		v.Type = wasm.F64
		v.shape = shape{1, 64, true}
		p.lanes(&v, pattern)
	case p.open("v128.const"):
		v.Type = wasm.V128
		v.shape = p.shape()
		p.lanes(&v, pattern)
	case pattern && p.opens("either"):
		return p.either()
	case p.opensComponentValue():
		c := p.componentValue()
		v.Component = &c
		return v
	case p.tok.kind == tokLParen && p.ahead.kind == tokKeyword && strings.HasPrefix(p.lex.src[p.ahead.start:p.ahead.end], "ref."):
		p.reference(&v)
	default:
		p.unexpected("a value")
		return v
	}
	p.close()
	return v
}

// either consumes (either pattern*), whose patterns are no eithers themselves.
func (p *scriptParser) either() Value {
	v := Value{Type: wasm.Bottom}
	p.open("either")
	for p.more() {
		if p.opens("either") {
			p.unexpected("a value")
			break
		}
		v.Either = append(v.Either, p.value(true))
	}
	p.close()
	return v
}

// lanes consumes the lanes of v, which in patterns may be kinds of NaNs.
func (p *scriptParser) lanes(v *Value, pattern bool) {
	var b [16]byte
	for i := range v.shape.lanes {
		nan := NotNaN
		switch {
		case pattern && v.shape.float && p.keyword("nan:canonical"):
			nan = NaNCanonical
		case pattern && v.shape.float && p.keyword("nan:arithmetic"):
			nan = NaNArithmetic
		default:
			putLane(&b, v.shape, i, p.lane(v.shape))
			continue
		}
		if v.Lanes == nil {
			v.Lanes = make([]NaN, v.shape.lanes)
		}
		v.Lanes[i] = nan
	}
	v.Lo, v.Hi = packLanes(b[:])
}

// refWords are the kinds of references in scripts, with the types that those have
// which name no heap type.
var refWords = sync.OnceValue(func() map[string]wasm.ValType {
	return map[string]wasm.ValType{
		"null": wasm.Bottom, "extern": wasm.ExternRef, "host": wasm.AnyRef, "func": wasm.FuncRef, "any": wasm.AnyRef,
		"eq": wasm.RefNull(wasm.HeapEq), "i31": wasm.RefNull(wasm.HeapI31), "struct": wasm.RefNull(wasm.HeapStruct),
		"array": wasm.RefNull(wasm.HeapArray), "exn": wasm.ExnRef,
	}
})

// reference consumes a reference up to its closing parenthesis.
func (p *scriptParser) reference(v *Value) {
	p.advance()
	word := strings.TrimPrefix(p.text(), "ref.")
	t, ok := refWords()[word]
	if !ok {
		p.unexpected("a value")
		return
	}
	p.advance()
	v.Ref, v.Type = word, t
	switch {
	case word == "null" && p.tok.kind == tokKeyword:
		h, ok := heapWords()[p.text()]
		if !ok {
			p.unexpected("a heap type")
		}
		v.Type = wasm.RefNull(h)
		p.advance()
	case p.tok.kind == tokNumber:
		v.Lo = p.uint(32)
	default:
		v.AnyRef = true
	}
}

// MatchBits reports whether the bits of a number or vector, lo and for vectors hi,
// are what the pattern v asks for.
func (v *Value) MatchBits(lo, hi uint64) bool {
	if v.Lanes == nil {
		return lo == v.Lo && hi == v.Hi
	}
	for i, nan := range v.Lanes {
		got, want := v.shape.bitsOf(i, lo, hi), v.shape.bitsOf(i, v.Lo, v.Hi)
		if !v.shape.format().matches(got, want, nan) {
			return false
		}
	}
	return true
}

// bitsOf is lane i of a vector.
func (s shape) bitsOf(i int, lo, hi uint64) uint64 {
	at := uint(i) * s.bits
	if at >= 64 {
		lo, at = hi, at-64
	}
	return lo >> at & (1<<(s.bits-1)<<1 - 1)
}

// matches reports whether got is the float want, or the NaN that nan asks for.
func (f floatFormat) matches(got, want uint64, nan NaN) bool {
	magnitude := got &^ (1 << (f.bits - 1))
	switch nan {
	case NaNCanonical:
		return magnitude == f.infinity()|f.quiet()
	case NaNArithmetic:
		return magnitude&(f.infinity()|f.quiet()) == f.infinity()|f.quiet()
	}
	return got == want
}
