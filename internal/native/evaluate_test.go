package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Evaluator executes functions in static single assignment form as they are between two passes,
// by the meaning of their operations and nothing else. It shares no code with passes, folding
// and code generation, and refuses what none of these may do: accesses that nothing has checked,
// operands that have no value yet.
type Evaluator struct {
	Memory  []byte
	Limit   int // pages
	Globals []uint64
	Table   []int // functions, -1 for none
	Steps   int   // that are left

	fns []*fn
}

// Stages are the names of the passes, of which an evaluator may be made behind each.
func Stages() []string {
	names := []string{"build"}
	for _, p := range passes {
		names = append(names, p.name)
	}
	return names
}

// NewEvaluator is one for the functions of bin behind so many passes.
func NewEvaluator(bin []byte, stage int) (e *Evaluator, err error) {
	defer func() {
		if d, ok := recover().(declined); ok {
			err = d
		}
	}()
	m, err := wasm.Decode(bin, features)
	if err != nil {
		return nil, err
	}
	mod, err := moduleOf(m, 7)
	if err != nil {
		return nil, err
	}
	e = &Evaluator{Memory: make([]byte, mod.minMemory)}
	for i := range m.Bodies {
		f, err := build(mod, i)
		if err != nil {
			return nil, err
		}
		for k := range f.vals {
			if f.vals[k].typ == v128 || f.vals[k].op >= op(wasm.OpV128Load) && f.vals[k].op < op(wasm.NumOps) {
				return nil, declined("vectors are compared with engine and interpreter alone")
			}
		}
		for _, p := range passes[:stage] {
			p.run(f)
		}
		e.fns = append(e.fns, f)
	}
	return e, nil
}

// trapped is a trap, by its code.
type trapped uint8

func (t trapped) Error() string { return fmt.Sprintf("trap %d", uint8(t)) }

// ErrSteps is the error for what takes too long to be evaluated, ErrDepth for calls too deep, ErrUnknown
// for operations that the evaluator does not know.
var (
	ErrUnknown = errors.New("not evaluated")
	ErrSteps   = errors.New("too many steps")
	ErrDepth   = errors.New("too deep")
)

// baseAddress stands for the address of the linear memory.
const baseAddress = 1 << 40

// Call calls the module's own function i. A trap's code is -1 for none.
func (e *Evaluator) Call(i int, args []uint64) (results []uint64, trap int, err error) {
	results, err = e.call(e.fns[i], args, 0)
	var t trapped
	if errors.As(err, &t) {
		return nil, int(t), nil
	}
	return results, -1, err
}

func (e *Evaluator) call(f *fn, args []uint64, depth int) ([]uint64, error) {
	if depth > 1000 {
		return nil, ErrDepth
	}
	vals := make([]uint64, len(f.vals))
	set := make([]bool, len(f.vals))
	calls := map[value][]uint64{}
	get := func(v value) uint64 {
		v = f.of(v)
		if x := &f.vals[v]; x.op == opConst {
			return x.imm
		}
		if v == 0 || !set[v] {
			panic(fmt.Sprintf("value %d has none yet", v))
		}
		return vals[v]
	}
	from, at := int32(-1), int32(0)
	for {
		b := &f.blocks[at]
		if from >= 0 {
			k := -1
			for i, p := range b.preds {
				if p == from {
					k = i
				}
			}
			if k < 0 {
				return nil, fmt.Errorf("block %d is not in front of %d", from, at)
			}
			var news []uint64
			for _, p := range b.phis {
				news = append(news, get(f.vals[p].args[k]))
			}
			for i, p := range b.phis {
				vals[p], set[p] = narrowed(f.vals[p].typ, news[i]), true
			}
		}
		for _, x := range b.ins {
			if f.of(x) != x {
				continue // it was replaced
			}
			if e.Steps--; e.Steps < 0 {
				return nil, ErrSteps
			}
			r, err := e.value(f, x, args, get, calls, depth)
			if err != nil {
				return nil, err
			}
			vals[x], set[x] = narrowed(f.vals[x].typ, r), true
		}
		if e.Steps--; e.Steps < 0 {
			return nil, ErrSteps
		}
		from = at
		switch b.term {
		case termJump:
			at = b.succs[0]
		case termBranch:
			at = b.succs[1]
			if get(b.cond) != 0 {
				at = b.succs[0]
			}
		case termSwitch:
			at = b.succs[min(get(b.cond), uint64(len(b.succs)-1))]
		case termReturn:
			var results []uint64
			for _, v := range b.args {
				results = append(results, get(v))
			}
			return results, nil
		case termTrap:
			return nil, trapped(b.code)
		default:
			return nil, fmt.Errorf("block %d has no end", at)
		}
	}
}

func narrowed(t typ, x uint64) uint64 {
	if t != none && t.bytes() == 4 {
		return uint64(uint32(x))
	}
	return x
}

// place is where the access v goes in the memory.
func (e *Evaluator) place(v *val, get func(value) uint64, size uint64) ([]byte, error) {
	at := get(v.a) + (get(v.b) - baseAddress) + v.imm
	if at > uint64(len(e.Memory)) || at+size > uint64(len(e.Memory)) {
		return nil, fmt.Errorf("an access at %#x that nothing has checked", at)
	}
	return e.Memory[at : at+size], nil
}

func (e *Evaluator) value(f *fn, x value, args []uint64, get func(value) uint64, calls map[value][]uint64, depth int) (uint64, error) {
	v := &f.vals[x]
	length := func() uint64 { return uint64(len(e.Memory)) }
	switch v.op {
	case opParam:
		return args[v.imm], nil
	case opCtx, opMctx:
		return 0, nil
	case opConst:
		return v.imm, nil
	case opSelect:
		if get(v.a) != 0 {
			return get(v.b), nil
		}
		return get(v.c), nil
	case opBase:
		return baseAddress, nil
	case opLen:
		return length(), nil
	case opKept:
		return get(v.a), nil
	case opLimit:
		return get(v.a) - v.imm, nil
	case opCheck:
		if get(v.a)+v.imm > length() {
			return 0, trapped(exitMemory)
		}
		return 0, nil
	case opCheckLim:
		if get(v.a) > get(v.b) {
			return 0, trapped(exitMemory)
		}
		return 0, nil
	case opLoad:
		size := uint64(1) << wasm.Ops[v.aux].Access
		b, err := e.place(v, get, size)
		if err != nil {
			return 0, err
		}
		var wide [8]byte
		copy(wide[:], b)
		n := binary.LittleEndian.Uint64(wide[:])
		switch wasm.Op(v.aux) {
		case wasm.OpI32Load8S, wasm.OpI64Load8S:
			n = uint64(int64(int8(n)))
		case wasm.OpI32Load16S, wasm.OpI64Load16S:
			n = uint64(int64(int16(n)))
		case wasm.OpI64Load32S:
			n = uint64(int64(int32(n)))
		}
		return n, nil
	case opStore:
		size := uint64(1) << wasm.Ops[v.aux].Access
		b, err := e.place(v, get, size)
		if err != nil {
			return 0, err
		}
		var wide [8]byte
		binary.LittleEndian.PutUint64(wide[:], get(v.c))
		copy(b, wide[:])
		return 0, nil
	case opGlobalGet:
		return e.Globals[v.imm], nil
	case opGlobalSet:
		e.Globals[v.imm] = get(v.a)
		return 0, nil
	case opCall, opCallIndirect:
		callee := int(v.imm) - int(f.m.imported)
		if v.op == opCallIndirect {
			at := get(v.a)
			if at >= uint64(len(e.Table)) {
				return 0, trapped(exitTable)
			}
			if callee = e.Table[at]; callee < 0 {
				return 0, trapped(exitNullElement)
			}
			if f.m.TypeIndexOf(f.m.imported+uint32(callee)) != uint32(v.imm>>32) && !sameType(f.m, f.m.imported+uint32(callee), uint32(v.imm>>32)) {
				return 0, trapped(exitType)
			}
		}
		var list []uint64
		for _, a := range v.args {
			list = append(list, get(a))
		}
		r, err := e.call(e.fns[callee], list, depth+1)
		calls[x] = r
		return 0, err
	case opResult:
		return calls[v.a][v.imm], nil
	case opMemGrow:
		old := uint64(len(e.Memory) >> 16)
		n := get(v.a)
		if old+n > uint64(e.Limit) {
			return math.MaxUint32, nil
		}
		e.Memory = append(e.Memory, make([]byte, n<<16)...)
		return old, nil
	case opMemCopy, opMemFill:
		to, n := get(v.a)-baseAddress, get(v.c)
		if to > length() || n > length() || to+n > length() {
			return 0, fmt.Errorf("a write of %d bytes at %#x that nothing has checked", n, to)
		}
		if v.op == opMemFill {
			for i := range n {
				e.Memory[to+i] = byte(get(v.b))
			}
			return 0, nil
		}
		from := get(v.b) - baseAddress
		if from > length() || from+n > length() {
			return 0, fmt.Errorf("a copy of %d bytes at %#x that nothing has checked", n, from)
		}
		copy(e.Memory[to:to+n], e.Memory[from:from+n])
		return 0, nil
	}
	if v.op >= op(wasm.NumOps) {
		return 0, fmt.Errorf("%w: operation %d", ErrUnknown, v.op)
	}
	var b uint64
	if v.b != 0 {
		b = get(v.b)
	}
	return computed(wasm.Op(v.op), get(v.a), b)
}

// sameType reports whether the function has the type t by another index.
func sameType(m *module, function, t uint32) bool {
	a, b := m.FuncTypeOf(function), &m.Types[t].Func
	return fmt.Sprint(a.Params, a.Results) == fmt.Sprint(b.Params, b.Results)
}

// computed is what a numeric instruction makes of its operands (core 4.3).
func computed(o wasm.Op, x, y uint64) (uint64, error) {
	sig := wasm.Ops[o].Sig
	switch sig[0] {
	case 'i':
		if sig[1] == ':' && sig[2] != 'i' {
			break
		}
		return computed32(o, uint32(x), uint32(y))
	case 'I':
		if sig[1] == ':' && sig[2] != 'I' && o != wasm.OpI64Eqz {
			break
		}
		return computed64(o, x, y)
	case 'f', 'F':
		if sig[1] == ':' && sig[2] != sig[0] {
			break
		}
		a, b := math.Float64frombits(x), math.Float64frombits(y)
		sign := uint64(1) << 63
		if sig[0] == 'f' {
			a, b = float64(math.Float32frombits(uint32(x))), float64(math.Float32frombits(uint32(y)))
			sign = 1 << 31
		}
		return computedFloat(o, sig[0] == 'f', a, b, x, y, sign)
	}
	return converted(o, x)
}

func truthOf(b bool) (uint64, error) {
	if b {
		return 1, nil
	}
	return 0, nil
}

func computed32(o wasm.Op, x, y uint32) (uint64, error) {
	a, b := int32(x), int32(y)
	var r uint32
	switch o {
	case wasm.OpI32Eqz:
		return truthOf(x == 0)
	case wasm.OpI32Eq:
		return truthOf(x == y)
	case wasm.OpI32Ne:
		return truthOf(x != y)
	case wasm.OpI32LtS:
		return truthOf(a < b)
	case wasm.OpI32LtU:
		return truthOf(x < y)
	case wasm.OpI32GtS:
		return truthOf(a > b)
	case wasm.OpI32GtU:
		return truthOf(x > y)
	case wasm.OpI32LeS:
		return truthOf(a <= b)
	case wasm.OpI32LeU:
		return truthOf(x <= y)
	case wasm.OpI32GeS:
		return truthOf(a >= b)
	case wasm.OpI32GeU:
		return truthOf(x >= y)
	case wasm.OpI32Clz:
		for r = 0; r < 32 && x>>(31-r)&1 == 0; r++ {
		}
	case wasm.OpI32Ctz:
		for r = 0; r < 32 && x>>r&1 == 0; r++ {
		}
	case wasm.OpI32Popcnt:
		for k := range 32 {
			r += x >> k & 1
		}
	case wasm.OpI32Add:
		r = x + y
	case wasm.OpI32Sub:
		r = x - y
	case wasm.OpI32Mul:
		r = x * y
	case wasm.OpI32DivS, wasm.OpI32DivU, wasm.OpI32RemS, wasm.OpI32RemU:
		if y == 0 {
			return 0, trapped(exitDivideZero)
		}
		switch o {
		case wasm.OpI32DivS:
			if a == math.MinInt32 && b == -1 {
				return 0, trapped(exitOverflow)
			}
			r = uint32(int64(a) / int64(b))
		case wasm.OpI32DivU:
			r = x / y
		case wasm.OpI32RemS:
			r = uint32(int64(a) % int64(b))
		default:
			r = x % y
		}
	case wasm.OpI32And:
		r = x & y
	case wasm.OpI32Or:
		r = x | y
	case wasm.OpI32Xor:
		r = x ^ y
	case wasm.OpI32Shl:
		r = x << (y % 32)
	case wasm.OpI32ShrS:
		r = uint32(a >> (y % 32))
	case wasm.OpI32ShrU:
		r = x >> (y % 32)
	case wasm.OpI32Rotl:
		r = x<<(y%32) | x>>(32-y%32)
	case wasm.OpI32Rotr:
		r = x>>(y%32) | x<<(32-y%32)
	case wasm.OpI32Extend8S:
		r = uint32(int8(x))
	case wasm.OpI32Extend16S:
		r = uint32(int16(x))
	default:
		return 0, fmt.Errorf("%w: %s", ErrUnknown, o)
	}
	return uint64(r), nil
}

func computed64(o wasm.Op, x, y uint64) (uint64, error) {
	a, b := int64(x), int64(y)
	var r uint64
	switch o {
	case wasm.OpI64Eqz:
		return truthOf(x == 0)
	case wasm.OpI64Eq:
		return truthOf(x == y)
	case wasm.OpI64Ne:
		return truthOf(x != y)
	case wasm.OpI64LtS:
		return truthOf(a < b)
	case wasm.OpI64LtU:
		return truthOf(x < y)
	case wasm.OpI64GtS:
		return truthOf(a > b)
	case wasm.OpI64GtU:
		return truthOf(x > y)
	case wasm.OpI64LeS:
		return truthOf(a <= b)
	case wasm.OpI64LeU:
		return truthOf(x <= y)
	case wasm.OpI64GeS:
		return truthOf(a >= b)
	case wasm.OpI64GeU:
		return truthOf(x >= y)
	case wasm.OpI64Clz:
		for r = 0; r < 64 && x>>(63-r)&1 == 0; r++ {
		}
	case wasm.OpI64Ctz:
		for r = 0; r < 64 && x>>r&1 == 0; r++ {
		}
	case wasm.OpI64Popcnt:
		for k := range 64 {
			r += x >> k & 1
		}
	case wasm.OpI64Add:
		r = x + y
	case wasm.OpI64Sub:
		r = x - y
	case wasm.OpI64Mul:
		r = x * y
	case wasm.OpI64DivS, wasm.OpI64DivU, wasm.OpI64RemS, wasm.OpI64RemU:
		if y == 0 {
			return 0, trapped(exitDivideZero)
		}
		switch {
		case o == wasm.OpI64DivS && a == math.MinInt64 && b == -1:
			return 0, trapped(exitOverflow)
		case o == wasm.OpI64DivS:
			r = uint64(a / b)
		case o == wasm.OpI64DivU:
			r = x / y
		case o == wasm.OpI64RemU:
			r = x % y
		case b != -1:
			r = uint64(a % b)
		}
	case wasm.OpI64And:
		r = x & y
	case wasm.OpI64Or:
		r = x | y
	case wasm.OpI64Xor:
		r = x ^ y
	case wasm.OpI64Shl:
		r = x << (y % 64)
	case wasm.OpI64ShrS:
		r = uint64(a >> (y % 64))
	case wasm.OpI64ShrU:
		r = x >> (y % 64)
	case wasm.OpI64Rotl:
		r = x<<(y%64) | x>>(64-y%64)
	case wasm.OpI64Rotr:
		r = x>>(y%64) | x<<(64-y%64)
	case wasm.OpI64Extend8S:
		r = uint64(int8(x))
	case wasm.OpI64Extend16S:
		r = uint64(int16(x))
	case wasm.OpI64Extend32S:
		r = uint64(int32(x))
	default:
		return 0, fmt.Errorf("%w: %s", ErrUnknown, o)
	}
	return r, nil
}

// The instructions of floats are alike for both sizes; f64's are as far behind f32's.
const betweenFloats = wasm.OpF64Abs - wasm.OpF32Abs

// computedFloat computes with a and b, of which x and y are the bits. Sums, products and quotients
// of two f32 are exact enough in f64 to be rounded a second time.
func computedFloat(o wasm.Op, single bool, a, b float64, x, y, sign uint64) (uint64, error) {
	switch o {
	case wasm.OpF32Eq, wasm.OpF64Eq:
		return truthOf(a == b)
	case wasm.OpF32Ne, wasm.OpF64Ne:
		return truthOf(a != b)
	case wasm.OpF32Lt, wasm.OpF64Lt:
		return truthOf(a < b)
	case wasm.OpF32Gt, wasm.OpF64Gt:
		return truthOf(a > b)
	case wasm.OpF32Le, wasm.OpF64Le:
		return truthOf(a <= b)
	case wasm.OpF32Ge, wasm.OpF64Ge:
		return truthOf(a >= b)
	case wasm.OpF32Abs, wasm.OpF64Abs:
		return x &^ sign, nil
	case wasm.OpF32Neg, wasm.OpF64Neg:
		return x ^ sign, nil
	case wasm.OpF32Copysign, wasm.OpF64Copysign:
		return x&^sign | y&sign, nil
	}
	if o >= wasm.OpF64Abs && o <= wasm.OpF64Copysign {
		o -= betweenFloats
	}
	var r float64
	switch o {
	case wasm.OpF32Ceil:
		r = math.Ceil(a)
	case wasm.OpF32Floor:
		r = math.Floor(a)
	case wasm.OpF32Trunc:
		r = math.Trunc(a)
	case wasm.OpF32Nearest:
		r = math.RoundToEven(a)
	case wasm.OpF32Sqrt:
		r = math.Sqrt(a)
	case wasm.OpF32Add:
		r = a + b
	case wasm.OpF32Sub:
		r = a - b
	case wasm.OpF32Mul:
		r = a * b
	case wasm.OpF32Div:
		r = a / b
	case wasm.OpF32Min:
		r = math.Min(a, b)
		if a != a || b != b { // Go's minimum of -Inf and a NaN is -Inf
			r = math.NaN()
		}
	case wasm.OpF32Max:
		r = math.Max(a, b)
		if a != a || b != b {
			r = math.NaN()
		}
	default:
		return 0, fmt.Errorf("%w: %s", ErrUnknown, o)
	}
	if single {
		return uint64(math.Float32bits(float32(r))), nil
	}
	return math.Float64bits(r), nil
}

// converted computes an instruction from one type to another.
func converted(o wasm.Op, x uint64) (uint64, error) {
	f32, f64 := float64(math.Float32frombits(uint32(x))), math.Float64frombits(x)
	single := func(f float32) (uint64, error) { return uint64(math.Float32bits(f)), nil }
	double := func(f float64) (uint64, error) { return math.Float64bits(f), nil }
	switch o {
	case wasm.OpI32WrapI64, wasm.OpI64ExtendI32U:
		return uint64(uint32(x)), nil
	case wasm.OpI64ExtendI32S:
		return uint64(int64(int32(x))), nil
	case wasm.OpI32ReinterpretF32, wasm.OpI64ReinterpretF64, wasm.OpF32ReinterpretI32, wasm.OpF64ReinterpretI64:
		return x, nil
	case wasm.OpF32ConvertI32S:
		return single(float32(int32(x)))
	case wasm.OpF32ConvertI32U:
		return single(float32(uint32(x)))
	case wasm.OpF32ConvertI64S:
		return single(float32(int64(x)))
	case wasm.OpF32ConvertI64U:
		return single(roundedTo24(x))
	case wasm.OpF64ConvertI32S:
		return double(float64(int32(x)))
	case wasm.OpF64ConvertI32U:
		return double(float64(uint32(x)))
	case wasm.OpF64ConvertI64S:
		return double(float64(int64(x)))
	case wasm.OpF64ConvertI64U:
		return double(float64(x))
	case wasm.OpF32DemoteF64:
		return single(float32(f64))
	case wasm.OpF64PromoteF32:
		return double(f32)
	}
	var f float64
	var low, high float64 // the first numbers that do not fit
	saturates := o >= wasm.OpI32TruncSatF32S
	k := int(o - wasm.OpI32TruncF32S)
	switch {
	case saturates:
		k = int(o - wasm.OpI32TruncSatF32S)
	case o >= wasm.OpI64TruncF32S && o <= wasm.OpI64TruncF64U:
		k = 4 + int(o-wasm.OpI64TruncF32S)
	}
	if k < 0 || k > 7 {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, o)
	}
	signed, wide := k&1 == 0, k&4 != 0
	if f = f32; k&2 != 0 {
		f = f64
	}
	width := 32
	if wide {
		width = 64
	}
	low, high = 0, math.Ldexp(1, width)
	if signed {
		low, high = -math.Ldexp(1, width-1), math.Ldexp(1, width-1)
	}
	if f != f {
		if saturates {
			return 0, nil
		}
		return 0, trapped(exitConversion)
	}
	t := math.Trunc(f)
	if t < low || t >= high {
		if !saturates {
			return 0, trapped(exitOverflow)
		}
		all := ^uint64(0) >> (64 - width)
		switch {
		case t < low && !signed:
			return 0, nil
		case t < low:
			return uint64(1) << (width - 1), nil
		case signed:
			return all >> 1, nil
		}
		return all, nil
	}
	if signed {
		return uint64(int64(t)), nil
	}
	if t >= 0x1p63 {
		return uint64(int64(t-0x1p63)) | 1<<63, nil
	}
	return uint64(int64(t)), nil
}

// roundedTo24 is x as the nearest f32, ties to even.
func roundedTo24(x uint64) float32 {
	n := bits.Len64(x)
	if n <= 24 {
		return float32(int64(x))
	}
	drop := n - 24
	rest, half := x&(1<<drop-1), uint64(1)<<(drop-1)
	m := x >> drop
	if rest > half || rest == half && m&1 == 1 {
		m++
	}
	return float32(math.Ldexp(float64(m), drop))
}
