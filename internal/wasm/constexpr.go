package wasm

// IntegerConstant evaluates an integer constant expression of a valid module (core
// 3.4.15), such as a segment's offset; an i32 comes zero-extended. ok is false for
// an expression with other than integers in it. global gives the value of a
// global.
func IntegerConstant(e Expr, f Features, global func(index uint32) (uint64, bool)) (v uint64, ok bool) {
	if v, ok := plainI32(e.Code); ok {
		return v, true
	}
	var stack []uint64
	r := NewReader(e.Code, e.Offset, f)
	var in Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return 0, false
		}
		switch in.Op {
		case OpI32Const:
			stack = append(stack, uint64(uint32(in.Val)))
		case OpI64Const:
			stack = append(stack, in.Val)
		case OpGlobalGet:
			v, ok := global(in.X)
			if !ok {
				return 0, false
			}
			stack = append(stack, v)
		case OpEnd:
			if len(stack) != 1 {
				return 0, false
			}
			return stack[0], true
		default:
			n := len(stack) - 2
			if n < 0 {
				return 0, false
			}
			v, ok := arithmetic(in.Op, stack[n], stack[n+1])
			if !ok {
				return 0, false
			}
			stack = append(stack[:n], v)
		}
	}
	return 0, false
}

// plainI32 is the value of an expression that is just an i32.const of few bytes, as those
// of most segments are, of which programs have tens of thousands.
func plainI32(code []byte) (v uint64, ok bool) {
	last := len(code) - 1
	if last < 2 || code[0] != byte(Ops[OpI32Const].Code) || code[last] != byte(Ops[OpEnd].Code) {
		return 0, false
	}
	n, end := shortLEB(code, 1)
	if end != last {
		return 0, false
	}
	unused := 32 - 7*(end-1) // bits beyond what is written, which repeat the sign
	return uint64(uint32(int32(n) << unused >> unused)), true
}

// I32Const is the value of e, if that is an i32.const of few bytes and nothing else.
func (e Expr) I32Const() (v uint32, ok bool) {
	n, ok := plainI32(e.Code)
	return uint32(n), ok
}

// arithmetic is the binary integer instruction op of the extended constant
// expressions.
func arithmetic(op Op, a, b uint64) (uint64, bool) {
	switch op {
	case OpI32Add:
		return uint64(uint32(a + b)), true
	case OpI32Sub:
		return uint64(uint32(a - b)), true
	case OpI32Mul:
		return uint64(uint32(a * b)), true
	case OpI64Add:
		return a + b, true
	case OpI64Sub:
		return a - b, true
	case OpI64Mul:
		return a * b, true
	}
	return 0, false
}

// GlobalConstant is the value that the global x begins with, which constant expressions
// may use: imported gives that of an imported one. ok is as for [IntegerConstant].
func (m *Module) GlobalConstant(x uint32, f Features, imported func(*Import) (uint64, bool)) (v uint64, ok bool) {
	im, own := m.Imported(ExternGlobal, x)
	if im != nil {
		return imported(im)
	}
	return IntegerConstant(m.Globals[own].Init, f, func(y uint32) (uint64, bool) {
		if y >= x {
			return 0, false
		}
		return m.GlobalConstant(y, f, imported)
	})
}
