package validate

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

const (
	// parallelFrom is how much code makes it worth to share the work.
	parallelFrom = 64 << 10
	// batch is how many bodies a worker takes at a time.
	batch = 16
)

// bodies checks all bodies. With several errors the one of the first body that has
// one is reported, whatever the number of workers.
func (v *validator) bodies(workers int) *fault.Error {
	if len(v.m.Bodies) != len(v.m.Funcs) {
		// The loader refuses this; a module that was built may have it.
		return fault.New(fault.IncompatibleFuncCode)
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var size int
	for i := range v.m.Bodies {
		size += len(v.m.Bodies[i].Code)
	}
	if len(v.memories) > 0 {
		v.address = v.memories[0].Limits.AddrType()
	}
	if len(v.tables) > 0 && v.types.Matches(v.tables[0].Elem, wasm.FuncRef) {
		v.callee = v.tables[0].Limits.AddrType()
	}
	defer func() { v.collect(v.checker) }()
	if workers == 1 || size < parallelFrom {
		for i := range v.m.Bodies {
			if e := v.body(v.checker, i); e != nil {
				return e
			}
		}
		return nil
	}
	return v.parallel(min(workers, size/parallelFrom+1))
}

// body checks body i with c.
func (v *validator) body(c *checker, i int) *fault.Error {
	return c.body(&v.m.Bodies[i], v.funcs[v.importedFuncs+i])
}

// parallel shares the bodies among workers, which take batches in order. None goes
// on behind the first body known to be wrong, and all before it are checked.
func (v *validator) parallel(workers int) *fault.Error {
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
		wrong atomic.Int64 // the first body known to be wrong
		first *fault.Error
	)
	n := int64(len(v.m.Bodies))
	wrong.Store(n)
	checkers := make([]*checker, workers)
	for w := range checkers {
		c := newChecker(v)
		checkers[w] = c
		group.Go(func() {
			for {
				from := next.Add(batch) - batch
				for i := from; i < min(from+batch, wrong.Load()); i++ {
					e := v.body(c, int(i))
					if e == nil {
						continue
					}
					mu.Lock()
					if i < wrong.Load() {
						wrong.Store(i)
						first = e
					}
					mu.Unlock()
					return
				}
				if from >= wrong.Load() {
					return
				}
			}
		})
	}
	group.Wait()
	for _, c := range checkers {
		v.collect(c)
	}
	return first
}

// collect notes the instructions that c has seen.
func (v *validator) collect(c *checker) {
	for op, seen := range c.seen {
		if seen {
			v.ops.add(wasm.Op(op))
		}
	}
	for b, seen := range c.plain {
		if seen {
			v.ops.add(v.rows[b].op)
		}
	}
	v.others |= c.uses
	if c.r.Odd() || v.m.Odd {
		v.others |= wasm.Misread
	}
}
