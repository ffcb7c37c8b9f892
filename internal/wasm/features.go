package wasm

// Features is a set of proposals, as WasmEdge divides WebAssembly into them.
type Features uint32

// The proposals, in the order of WasmEdge's command line.
const (
	MutableGlobals Features = 1 << iota
	NonTrapFloatToInt
	SignExtension
	MultiValue
	BulkMemory
	ReferenceTypes
	SIMD
	TailCall
	ExtendedConst
	FunctionReferences
	GC
	MultiMemory
	RelaxedSIMD
	ExceptionHandling
	Memory64
	Threads
	ComponentModel
)

// Misread is no proposal. It stands in what a module makes use of for numbers and
// types that are written longer than they need be, where the engine takes the bytes
// for something else or refuses them.
const Misread Features = 1 << 31

// The standards: what WasmEdge turns on for --wasm-1, --wasm-2 and --wasm-3.
const (
	Wasm1 = MutableGlobals
	Wasm2 = Wasm1 | NonTrapFloatToInt | SignExtension | MultiValue | BulkMemory | ReferenceTypes | SIMD
	Wasm3 = Wasm2 | TailCall | ExtendedConst | FunctionReferences | GC | MultiMemory | RelaxedSIMD |
		ExceptionHandling | Memory64
)

// featureNames are the proposals' names in WasmEdge's messages.
var featureNames = [...]string{
	"Import/Export of Mutable Globals",
	"Non-trapping float-to-int Conversions",
	"Sign-extension Operators",
	"Multi-value",
	"Bulk Memory Operations",
	"Reference Types",
	"Fixed-width SIMD",
	"Tail Call",
	"Extended Const Expressions",
	"Typed Function References",
	"Garbage Collection",
	"Multiple Memories",
	"Relaxed SIMD",
	"Exception Handling",
	"Memory64",
	"Threads",
	"Component Model",
}

// Has reports whether every proposal of g is in f.
func (f Features) Has(g Features) bool { return f&g == g }

// With is f and the proposals of g, with what those depend on: function
// references bring reference types, garbage collection brings both.
func (f Features) With(g Features) Features {
	f |= g
	if f&GC != 0 {
		f |= FunctionReferences
	}
	if f&FunctionReferences != 0 {
		f |= ReferenceTypes
	}
	return f
}

// Without is f less the proposals of g, except for those that one still in f
// depends on: WasmEdge leaves these on without a word.
func (f Features) Without(g Features) Features { return (f &^ g).With(f & g & f.needed(g)) }

// needed are the proposals that the ones of f outside g depend on.
func (f Features) needed(g Features) Features {
	rest := f &^ g
	var need Features
	if rest&GC != 0 {
		need |= FunctionReferences | ReferenceTypes
	}
	if rest&FunctionReferences != 0 {
		need |= ReferenceTypes
	}
	return need
}

// Name is the name of the lowest proposal in f, as WasmEdge's messages have it.
func (f Features) Name() string {
	for i, n := range featureNames {
		if f&(1<<i) != 0 {
			return n
		}
	}
	return ""
}
