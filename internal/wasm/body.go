package wasm

import "github.com/wazedge/wazedge/internal/fault"

// MaxLocals is how many locals a function may declare, as in WasmEdge.
const MaxLocals = 1 << 26

// Open sets r to the first instruction of b under the proposals of f, and appends
// the declarations of locals to runs.
func (b Body) Open(r *Reader, f Features, runs []LocalRun) ([]LocalRun, error) {
	r.Reset(b.Code, b.Offset, f)
	runs = r.locals(runs)
	if r.code != fault.Success {
		return runs, r.err("code segment", "code section", "module")
	}
	return runs, nil
}

// Locals is Open with a new Reader.
func (b Body) Locals(f Features) ([]LocalRun, *Reader, error) {
	r := new(Reader)
	runs, err := b.Open(r, f, nil)
	return runs, r, err
}

// OpenBody is [Body.Open] for the module's own function i, with the data count
// section that the module has or has not.
func (m *Module) OpenBody(i int, r *Reader, f Features, runs []LocalRun) ([]LocalRun, error) {
	runs, err := m.Bodies[i].Open(r, f, runs)
	r.noData = m.DataCount == nil
	return runs, err
}

// locals reads the declarations of locals (core 5.5.13).
func (r *Reader) locals(runs []LocalRun) []LocalRun {
	var total uint32
	n := r.count()
	for i := 0; i < n && r.code == fault.Success; i++ {
		runs = append(runs, r.local(&total))
	}
	return runs
}

// skipLocals reads n declarations of locals.
func (r *Reader) skipLocals(n int) {
	var total uint32
	for i := 0; i < n && r.code == fault.Success; i++ {
		r.local(&total)
	}
}

// local reads one declaration of locals and counts it.
func (r *Reader) local(total *uint32) LocalRun {
	k := r.u32()
	if k > MaxLocals-*total {
		r.fail(fault.TooManyLocals)
		return LocalRun{}
	}
	*total += k
	return LocalRun{N: k, Type: r.valType(r.features, false)}
}
