package lower

import (
	"runtime"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Pass is one step from a validated module to one that the engine can run.
type Pass struct {
	Name string // as dumps and the cache key have it
	// Needs are the proposals that the pass removes, or [wasm.Misread]: a module that uses none of
	// them is not given to it. Without any, every module is.
	Needs wasm.Features
	// Why says why the pass stands where it does in [Passes].
	Why string
	// Arch is the one processor, as runtime.GOARCH has it, whose code generator needs
	// the pass; "" is every one.
	Arch string
	// Gives are proposals that the result makes use of, whatever the module did.
	Gives wasm.Features
	Run   func(*wasm.Module) (*wasm.Module, error)
	// scan, where it is there, makes what Run does: for a module, or nil where nothing is to be done.
	scan func(*wasm.Module) scan
}

// The passes whose result is not all that an instance needs: see [GCFuncs],
// [MemoryHelpers] and [WholeMemoryHelpers].
const (
	GCPass          = "gc"
	MultiMemoryPass = "multi-memory"
	WholeMemoryPass = "whole-memory"
)

// FlatExceptionsPass is the pass for modules that nothing is linked with, and that
// leaves others and what it cannot do to the next one.
const FlatExceptionsPass = "flat-exceptions"

// Passes are the passes in the order in which they run.
var Passes = []Pass{
	{Name: "encodings", Needs: wasm.Misread, Run: Encodings,
		Why: "comes first: the others keep the bytes of what they do not change"},
	{Name: "constants", Needs: wasm.FunctionReferences, Run: Constants,
		Why: "comes before passes that add globals or give expressions up for code"},
	{Name: "relaxed-simd", Needs: wasm.RelaxedSIMD, Run: RelaxedSIMD,
		Why: "replaces instructions one by one; comes first so that what follows sees fewer"},
	{Name: "memory64", Needs: wasm.Memory64, Run: Memory64,
		Why: "narrows addresses before memories are spread, so that accessors know one width"},
	{Name: FlatExceptionsPass, Needs: wasm.ExceptionHandling, Run: FlatExceptions,
		Why: "makes exceptions globals where that is all they need to be"},
	{Name: "exceptions", Needs: wasm.ExceptionHandling, Run: Exceptions, Gives: wasm.GC,
		Why: "makes exceptions structures, which the next pass lowers"},
	{Name: GCPass, Needs: wasm.GC, Run: GC, Gives: wasm.MultiMemory,
		Why: "comes behind memory64, whose tables it makes objects, and before the memories are spread, to which it adds one"},
	{Name: WholeMemoryPass, Run: WholeMemory,
		Why: "comes behind memory64, when sizes have 32 bits, and before the memories are spread, whose helpers import what it moves"},
	{Name: MultiMemoryPass, Needs: wasm.MultiMemory, Run: MultiMemory,
		Why: "spreads memories last of what is lowered: every pass before may add accesses to any of them"},
	{Name: "equal-types", Run: EqualTypes,
		Why: "comes behind the passes that lower types and add some"},
	{Name: "services", Needs: wasm.Threads | wasm.ReferenceTypes, Run: Services,
		Why: "comes when a module has one memory, whose waits the host can tell from others'"},
	{Name: "long-tail-calls", Needs: wasm.TailCall, Run: LongTailCalls,
		Why: "comes behind the passes that give functions other parameters"},
	{Name: "tail-calls", Needs: wasm.TailCall, Arch: "amd64", Run: TailCalls, scan: newTailCalls,
		Why: "comes behind the passes that give functions other parameters"},
	{Name: "remainders", Arch: "arm64", Run: Remainders, scan: newRemainders,
		Why: "comes behind the passes that may compute remainders"},
	{Name: "popcnt", Arch: "arm64", Run: Popcnt, scan: newPopcnt,
		Why: "comes behind the passes that may count"},
	{Name: "bitmasks", Arch: "arm64", Run: Bitmasks, scan: newBitmasks,
		Why: "comes behind the passes that may take signs"},
	{Name: "conversions", Arch: "amd64", Run: Conversions, scan: newConversions,
		Why: "comes behind the passes that may convert"},
	{Name: "selects", Arch: "amd64", Run: Selects, scan: newSelectScan,
		Why: "comes behind the passes that may select"},
	{Name: "in-place", Arch: "amd64", Run: InPlace, scan: newInPlace,
		Why: "comes behind the passes that may choose bits, take signs or convert"},
	{Name: "addresses", Arch: "amd64", Run: Addresses, scan: newAddressScan,
		Why: "looks at what the engine is given in the end"},
	{Name: "compares", Run: Compares, scan: newCompareScan,
		Why: "comes behind the passes that may compare, or compute what is compared"},
}

// wanted reports whether p may have something to do for a module that makes use of
// the proposals uses, on this processor.
func (p *Pass) wanted(uses wasm.Features) bool {
	return (p.Needs == 0 || uses&p.Needs != 0) && (p.Arch == "" || p.Arch == runtime.GOARCH)
}

// Step is a module as a pass has left it.
type Step struct {
	Pass   string
	Module *wasm.Module
}

// Lower runs the passes that a module using the proposals uses needs, and returns
// what each has made; the last one's module is the result. Without any, the
// engine can run m as it is. A linked module may meet others at run time.
//
// Passes behind each other that replace single instructions read each body together, and make one step.
func Lower(m *wasm.Module, uses wasm.Features, linked bool) ([]Step, error) {
	var steps []Step
	var together []*Pass
	step := func(name string, next *wasm.Module) {
		if next != m {
			steps = append(steps, Step{name, next})
			m = next
		}
	}
	for i := range Passes {
		p := &Passes[i]
		flat := p.Name == FlatExceptionsPass
		if !p.wanted(uses) || flat && (linked || uses&wasm.GC != 0) {
			continue
		}
		if p.scan != nil {
			together = append(together, p)
			continue
		}
		if err := scanTogether(m, together, step); err != nil {
			return nil, err
		}
		together = nil
		next, err := p.Run(m)
		if err != nil {
			return nil, &Error{Pass: p.Name, Err: err}
		}
		if next != m {
			uses |= p.Gives
			if flat {
				uses &^= p.Needs
			}
		}
		step(p.Name, next)
	}
	if err := scanTogether(m, together, step); err != nil {
		return nil, err
	}
	return steps, nil
}

// scanTogether gives step what passes make of m, under the names of those that have changed it.
func scanTogether(m *wasm.Module, passes []*Pass, step func(name string, next *wasm.Module)) error {
	scans, names := make([]scan, len(passes)), make([]string, len(passes))
	for i, p := range passes {
		scans[i], names[i] = p.scan(m), p.Name
	}
	next, changed, err := scanned(m, scans)
	if err != nil {
		return &Error{Pass: strings.Join(names, togetherWith), Err: err}
	}
	for i := len(names) - 1; i >= 0; i-- {
		if !changed[i] {
			names = slices.Delete(names, i, i+1)
		}
	}
	step(strings.Join(names, togetherWith), next)
	return nil
}

// togetherWith is between the names of passes that make one step.
const togetherWith = "+"

// Error is the failure of a pass: of a limit of the engine's, or a defect.
type Error struct {
	Pass string
	Err  error
}

// Error names the pass and its trouble.
func (e *Error) Error() string { return "lowering " + e.Pass + ": " + e.Err.Error() }

// Unwrap is the pass's own error.
func (e *Error) Unwrap() error { return e.Err }

// withBodies is m with its bodies rewritten.
func withBodies(m *wasm.Module, begin func(*body, wasm.Body) (rewriteFunc, error)) (*wasm.Module, error) {
	bodies, err := rewriteBodies(m, begin)
	if err != nil {
		return nil, err
	}
	out := *m
	out.Bodies = bodies
	return &out, nil
}
