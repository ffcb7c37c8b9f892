package sizes

import "github.com/wazedge/wazedge/internal/wasm"

// module is a module with one function, which returns its parameter. The function
// that is added last is exported as f.
func module(int) *wasm.Module {
	m := &wasm.Module{Types: []wasm.SubType{function([]wasm.ValType{wasm.I32}, []wasm.ValType{wasm.I32})}}
	addReturning(m, new(wasm.Emitter))
	return m
}

func function(params, results []wasm.ValType) wasm.SubType {
	return wasm.SubType{Kind: wasm.CompFunc, Func: wasm.FuncType{Params: params, Results: results}, Final: true}
}

// add adds a function of type t.
func add(m *wasm.Module, t uint32, b wasm.Body) uint32 {
	m.Funcs = append(m.Funcs, t)
	m.Bodies = append(m.Bodies, b)
	f := uint32(len(m.Funcs) - 1)
	m.Exports = []wasm.Export{{Name: "f", Kind: wasm.ExternFunc, Index: f}}
	return f
}

// addReturning adds a function that goes on behind e's code to return its parameter.
func addReturning(m *wasm.Module, e *wasm.Emitter) uint32 {
	e.X(wasm.OpLocalGet, 0)
	e.End()
	return add(m, 0, e.Body(0, nil))
}

// one has a function with code and n locals beside its parameter, which it returns.
func one(code func(e *wasm.Emitter, n int)) func(int) *wasm.Module {
	return func(n int) *wasm.Module {
		m := module(n)
		var e wasm.Emitter
		code(&e, n)
		e.X(wasm.OpLocalGet, 0)
		e.End()
		add(m, 0, e.Body(0, []wasm.LocalRun{{N: uint32(n), Type: wasm.I32}}))
		return m
	}
}

// row has a function with n pieces of code in a row.
func row(piece func(e *wasm.Emitter, i int)) func(int) *wasm.Module {
	return func(n int) *wasm.Module {
		m := module(n)
		var e wasm.Emitter
		for i := range n {
			piece(&e, i)
		}
		addReturning(m, &e)
		return m
	}
}

// memory is row in a module with a memory.
func memory(piece func(e *wasm.Emitter, i int)) func(int) *wasm.Module {
	return func(n int) *wasm.Module {
		m := row(piece)(n)
		m.Memories = make([]wasm.MemoryType, 1)
		m.Memories[0].Limits.Min = 1
		return m
	}
}

// nested has a function with n blocks, each in the one before.
func nested(open func(e *wasm.Emitter)) func(int) *wasm.Module { return nestedIn(1, open) }

// nestedTwice is nested where each opens two blocks.
func nestedTwice(open func(e *wasm.Emitter)) func(int) *wasm.Module { return nestedIn(2, open) }

func nestedIn(ends int, open func(e *wasm.Emitter)) func(int) *wasm.Module {
	return one(func(e *wasm.Emitter, n int) {
		for range n {
			open(e)
		}
		bump(e, 0)
		for range ends * n {
			e.End()
		}
	})
}

// locals has a function with a piece of code for each of n locals, all of which
// are used at the end.
func locals(piece func(e *wasm.Emitter, local uint32)) func(int) *wasm.Module {
	return localsIn(wasm.OpBlock, piece)
}

// localsIn is locals with the pieces in a block or a loop.
func localsIn(op wasm.Op, piece func(e *wasm.Emitter, local uint32)) func(int) *wasm.Module {
	return one(func(e *wasm.Emitter, n int) {
		e.Block(op)
		for i := range n {
			piece(e, uint32(1+i))
		}
		if op == wasm.OpLoop {
			e.X(wasm.OpLocalGet, 0)
			e.X(wasm.OpBrIf, 0)
		}
		e.End()
		for i := range n {
			e.X(wasm.OpLocalGet, uint32(1+i))
			e.X(wasm.OpLocalGet, 0)
			e.Op(wasm.OpI32Add)
			e.X(wasm.OpLocalSet, 0)
		}
	})
}

// joins has a function in which width locals live through n ifs that set one of
// them each.
func joins(n, width int) *wasm.Module {
	m := module(n)
	var e wasm.Emitter
	for i := range n {
		e.X(wasm.OpLocalGet, 0)
		e.Block(wasm.OpIf)
		for k := range min(width, 30) {
			bump(&e, uint32(1+(i+k)%width))
		}
		e.End()
	}
	for i := range width {
		e.X(wasm.OpLocalGet, uint32(1+i))
		e.X(wasm.OpLocalGet, 0)
		e.Op(wasm.OpI32Add)
		e.X(wasm.OpLocalSet, 0)
	}
	e.X(wasm.OpLocalGet, 0)
	e.End()
	add(m, 0, e.Body(0, []wasm.LocalRun{{N: uint32(width), Type: wasm.I32}}))
	return m
}

// dispatch is a switch of n cases, repeated if loop.
func dispatch(e *wasm.Emitter, n int, loop bool) {
	if loop {
		e.Block(wasm.OpLoop)
	}
	labels := make([]uint32, n+1)
	for i := range labels {
		e.Block(wasm.OpBlock)
		labels[i] = uint32(i)
	}
	e.X(wasm.OpLocalGet, 0)
	e.Instr(&wasm.Instr{Op: wasm.OpBrTable, Labels: labels})
	for i := range labels {
		e.End()
		bump(e, 0)
		if loop {
			e.X(wasm.OpBr, uint32(n-i))
		}
	}
	if loop {
		e.End()
	}
}

// bump adds one to a local.
func bump(e *wasm.Emitter, local uint32) {
	e.X(wasm.OpLocalGet, local)
	e.I32(1)
	e.Op(wasm.OpI32Add)
	e.X(wasm.OpLocalSet, local)
}
