package wasm

import "github.com/wazedge/wazedge/internal/fault"

// heapType reads a heap type (core 5.3.3).
func (c *cursor) heapType(f Features) HeapType {
	v := c.s33()
	if c.code != fault.Success {
		return 0
	}
	c.shortest(SizeS33(v))
	malformed := malformedRef(f)
	if v >= 0 {
		if !f.Has(FunctionReferences) {
			c.failNeed(malformed, FunctionReferences, c.last)
			return 0
		}
		if v > 1<<31-1 {
			// Beyond what HeapType holds, and far beyond any type section: an
			// index that no module has.
			v = 1<<31 - 1
		}
		return HeapType(v)
	}
	if v < -0x40 {
		c.fail(malformed)
		return 0
	}
	switch h := HeapType(v); h {
	case HeapExtern:
		if !f.Has(ReferenceTypes) {
			c.failNeed(malformed, ReferenceTypes, c.last)
		}
		return h
	case HeapFunc:
		if f&(ReferenceTypes|BulkMemory) == 0 {
			c.failNeed(malformed, ReferenceTypes, c.last)
		}
		return h
	case HeapNoFunc, HeapNoExtern, HeapNone, HeapAny, HeapEq, HeapI31, HeapStruct, HeapArray:
		if !f.Has(GC) {
			c.failNeed(malformed, GC, c.last)
		}
		return h
	case HeapExn, HeapNoExn:
		if !f.Has(ExceptionHandling) {
			c.failNeed(fault.MalformedValType, ExceptionHandling, c.last)
		}
		return h
	}
	c.fail(malformed)
	return 0
}

// malformedRef is the code of a bad reference type: its name changed with the
// proposal that made references more than a table's elements.
func malformedRef(f Features) fault.Code {
	if f.Has(ReferenceTypes) {
		return fault.MalformedRefType
	}
	return fault.MalformedElemType
}

// refType reads a reference type (core 5.3.4).
func (c *cursor) refType(f Features) ValType {
	switch b := c.peek(); b {
	case 0x70: // funcref, legal in every version
		c.pos++
		return FuncRef
	case kindRef, kindRefNull:
		if !f.Has(FunctionReferences) {
			c.failNeed(malformedRef(f), FunctionReferences, c.last)
			return Bottom
		}
		c.pos++
		h := c.heapType(f)
		c.odd = c.odd || b == kindRefNull && h < 0 // there is a short form
		return RefType(h, b == kindRefNull)
	}
	if c.code != fault.Success {
		return Bottom
	}
	h := c.heapType(f)
	if h >= 0 && c.code == fault.Success {
		// Only abstract heap types are reference types by themselves; WasmEdge
		// takes an index for a nullable reference to it.
		c.fail(malformedRef(f))
	}
	return RefNull(h)
}

// valType reads a value type (core 5.3.5), or with storage also a packed type
// (core 5.3.9).
func (c *cursor) valType(f Features, storage bool) ValType {
	switch t := ValType(c.peek()); t {
	case I32, I64, F32, F64:
		c.pos++
		return t
	case V128:
		if !f.Has(SIMD) {
			c.failNeed(fault.MalformedValType, SIMD, c.last)
			return Bottom
		}
		c.pos++
		return t
	case I8, I16:
		if !storage {
			c.fail(fault.MalformedValType)
			return Bottom
		}
		c.pos++
		return t
	}
	if c.code != fault.Success {
		return Bottom
	}
	return c.refType(f)
}

// blockType reads a block type (core 5.4.1).
func (c *cursor) blockType(f Features) BlockType {
	start := c.pos
	v := c.s33()
	c.shortest(SizeS33(v))
	switch {
	case c.code != fault.Success:
		return BlockType{}
	case v >= 0:
		if !f.Has(MultiValue) {
			c.failNeed(fault.MalformedValType, MultiValue, start)
		}
		return BlockType{Index: uint32(v), Indexed: true}
	case byte(v)&0x7F == 0x40:
		return BlockType{}
	}
	c.pos = start
	return BlockType{Result: c.valType(f, false)}
}
