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

// locals reads the declarations of locals (core 5.5.13).
func (r *Reader) locals(runs []LocalRun) []LocalRun {
	var total uint32
	n := r.count()
	for i := 0; i < n && r.code == fault.Success; i++ {
		k := r.u32()
		if k > MaxLocals-total {
			r.fail(fault.TooManyLocals)
			return runs
		}
		total += k
		runs = append(runs, LocalRun{N: k, Type: r.valType(r.features, false)})
	}
	return runs
}
