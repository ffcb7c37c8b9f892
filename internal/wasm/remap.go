package wasm

// InsertFuncImports is m with further imported functions. They come behind all of
// m's imports, so that m's own functions move up by their number, in calls,
// references, element segments, exports and the start section. Custom sections
// are left out: what they say of function indices would no longer hold.
func InsertFuncImports(m *Module, imports []Import) (*Module, error) {
	if len(imports) == 0 {
		return m, nil
	}
	r := funcShift{from: m.ImportedCount(ExternFunc), by: uint32(len(imports))}
	out := *m
	out.Customs = nil
	out.Imports = append(m.Imports[:len(m.Imports):len(m.Imports)], imports...)
	out.Bodies = make([]Body, len(m.Bodies))
	for i, b := range m.Bodies {
		_, instrs, err := b.Locals(Wasm3 | Threads)
		if err != nil {
			return nil, err
		}
		head := b.Code[:len(b.Code)-len(instrs.Rest())]
		out.Bodies[i] = b
		if out.Bodies[i].Code, err = r.code(head, instrs); err != nil {
			return nil, err
		}
	}
	out.Globals = append([]Global(nil), m.Globals...)
	for i := range out.Globals {
		if err := r.expr(&out.Globals[i].Init); err != nil {
			return nil, err
		}
	}
	out.Tables = append([]Table(nil), m.Tables...)
	for i := range out.Tables {
		if err := r.expr(&out.Tables[i].Init); err != nil {
			return nil, err
		}
	}
	if err := r.segments(&out, m); err != nil {
		return nil, err
	}
	out.Exports = append([]Export(nil), m.Exports...)
	for i := range out.Exports {
		if out.Exports[i].Kind == ExternFunc {
			out.Exports[i].Index = r.index(out.Exports[i].Index)
		}
	}
	if m.Start != nil {
		start := r.index(*m.Start)
		out.Start = &start
	}
	return &out, nil
}

// funcShift moves function indices at or above from up.
type funcShift struct{ from, by uint32 }

func (s funcShift) index(f uint32) uint32 {
	if f >= s.from {
		return f + s.by
	}
	return f
}

// code copies instructions behind head with their function indices moved. It
// returns the very bytes where nothing moves.
func (s funcShift) code(head []byte, r *Reader) ([]byte, error) {
	var out []byte
	var in Instr
	all := head[:len(head)+len(r.Rest())]
	done := 0 // bytes of all that out has
	for r.More() {
		start := len(all) - len(r.Rest())
		if err := r.Next(&in); err != nil {
			return nil, err
		}
		if in.Op.Info().Imm != ImmFunc || in.X < s.from {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(all)+len(all)/8)
		}
		in.X += s.by
		out = AppendInstr(append(out, all[done:start]...), &in)
		done = len(all) - len(r.Rest())
	}
	if out == nil {
		return all, nil
	}
	return append(out, all[done:]...), nil
}

func (s funcShift) expr(e *Expr) error {
	if e.Code == nil {
		return nil
	}
	code, err := s.code(e.Code[:0], NewReader(e.Code, e.Offset, Wasm3|Threads))
	e.Code = code
	return err
}

func (s funcShift) segments(out, m *Module) error {
	out.Elems = append([]ElemSegment(nil), m.Elems...)
	for i := range out.Elems {
		e := &out.Elems[i]
		if err := s.expr(&e.Offset); err != nil {
			return err
		}
		e.Funcs = append([]uint32(nil), e.Funcs...)
		for j, f := range e.Funcs {
			e.Funcs[j] = s.index(f)
		}
		e.Exprs = append([]Expr(nil), e.Exprs...)
		for j := range e.Exprs {
			if err := s.expr(&e.Exprs[j]); err != nil {
				return err
			}
		}
	}
	return nil
}
