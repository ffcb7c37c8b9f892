package lower_test

import (
	"encoding/binary"
	"fmt"
)

// machine runs a random program on Go's objects. It is as naive as can be.
type machine struct {
	functions [][]step
	fuel      int
	global    any
	table     [tableSize]any
}

// The values of references are nil, int32 for an i31, and pointers to these.
type (
	structure struct {
		class byte // 'a', 'b' or 'c'
		x     int32
		p     any
		y     int64
		q     any
		z     int8
	}
	references struct{ e []any }
	words      struct{ e []uint16 }
)

// How a function ends other than by returning.
type (
	exception struct {
		r any
		i int32
	}
	trap    string
	tooLong struct{}
)

// main is what the engine says of the program, or false if it takes too long.
func (m *machine) main() (result string, ok bool) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case trap:
			result, ok = "execution failed: "+string(p), true
		case *exception:
			result, ok = "execution failed: uncaught exception", true
		case tooLong:
		default:
			panic(p)
		}
	}()
	r, i := m.call(0, nil, int32(5), 3, -4)
	sum := int64(i) + 7*m.hash(r, 5) + 11*m.hash(m.global, 5) + 13*m.hash(m.table[1], 5)
	return fmt.Sprint(uint64(sum)), true
}

// frame is an active function.
type frame struct {
	f int
	r [refRegisters]any
	i [numRegisters]int32
	e *exception
}

func (m *machine) call(f int, r0, r1 any, i0, i1 int32) (any, int32) {
	fr := &frame{f: f}
	fr.r[0], fr.r[1], fr.i[0], fr.i[1] = r0, r1, i0, i1
	m.steps(fr, m.functions[f])
	return fr.r[0], fr.i[0]
}

func (m *machine) steps(f *frame, list []step) {
	for _, s := range list {
		if m.fuel--; m.fuel < 0 {
			panic(tooLong{})
		}
		m.step(f, s)
	}
}

// isA reports whether v is a structure of the class or below.
func isA(v any, class byte) bool {
	s, ok := v.(*structure)
	return ok && s.class >= class
}

// asA is v if it may be referred to by a field of type $a.
func asA(v any) any {
	if isA(v, 'a') {
		return v
	}
	return nil
}

func (m *machine) step(f *frame, s step) {
	ra, rb, rc := &f.r[s.a%refRegisters], &f.r[s.b%refRegisters], &f.r[s.c%refRegisters]
	ia, ib := &f.i[s.a%numRegisters], &f.i[s.b%numRegisters]
	switch s.kind {
	case newA:
		*ra = &structure{class: 'a', x: int32(s.n), p: *rb}
	case newB:
		*ra = &structure{class: 'b', x: *ia, p: *rb, y: int64(s.n), q: asA(*rc)}
	case newC:
		*ra = &structure{class: 'c', x: *ia, p: *rb, y: int64(s.n), q: asA(*rc), z: int8(s.n)}
	case newRefs:
		a := &references{make([]any, s.n%9)}
		for i := range a.e {
			a.e[i] = *rb
		}
		*ra = a
		if len(a.e) > 0 {
			a.e[0] = *rc
		}
	case newWords:
		*ra = &words{make([]uint16, s.n*s.n%3000)}
	case fixedRefs:
		*ra = &references{[]any{*rb, *ra, *rc}}
	case dataWords:
		a := &words{make([]uint16, s.c%6)}
		a.load(0, s.n%5, s.c%6)
		*ra = a
	case newI31:
		*ra = *ib << 1 >> 1
	case setNull:
		*ra = nil
	case move, external:
		*ra = *rb
	case setTable:
		m.table[s.n%tableSize] = *ra
	case getTable:
		*ra = m.table[s.n%tableSize]
	case setGlobal:
		m.global = *ra
	case getGlobal:
		*ra = m.global
	case compute:
		*ia = *ib*int32(s.n) + *ia
	case testB:
		*ia = number(*rb == nil || isA(*rb, 'b'))
	case equal:
		*ia = number(*rb == *rc)
	case castC:
		if *ia == int32(s.n) {
			if !isA(*rb, 'c') {
				panic(trap("cast failure"))
			}
			*ra = *rb
		}
	default:
		if !m.field(s, ra, rb, rc, ia, ib) && !m.elements(s, ra, rb, ia, ib) {
			m.control(f, s, ra, rb, rc, ia, ib)
		}
	}
}

func number(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// field does steps on fields.
func (m *machine) field(s step, ra, rb, rc *any, ia, ib *int32) bool {
	from, _ := (*rb).(*structure)
	to, _ := (*ra).(*structure)
	switch s.kind {
	case getX:
		if from != nil {
			*ia = from.x
		}
	case setX:
		if to != nil {
			to.x = *ib
		}
	case getP:
		if from != nil {
			*ra = from.p
		}
	case setP:
		if to != nil {
			to.p = *rb
		}
	case getQ:
		if isA(*rb, 'b') {
			*ra = from.q
		}
	case setQ:
		if isA(*ra, 'b') {
			to.q = asA(*rc)
		}
	case getZ:
		if isA(*rb, 'c') {
			*ia = int32(uint8(from.z))
		}
	case setZ:
		if isA(*ra, 'c') {
			to.z = int8(*ib)
		}
	default:
		return false
	}
	return true
}

// elements does steps on arrays.
func (m *machine) elements(s step, ra, rb *any, ia, ib *int32) bool {
	switch s.kind {
	case getElem:
		if a, ok := (*rb).(*references); ok && len(a.e) > s.n%9 {
			*ra = a.e[s.n%9]
		}
	case setElem:
		if a, ok := (*ra).(*references); ok && len(a.e) > s.n%9 {
			a.e[s.n%9] = *rb
		}
	case copyElems:
		to, ok := (*ra).(*references)
		from, both := (*rb).(*references)
		if ok && both {
			if 1+s.n%3 > len(to.e) || s.n%3 > len(from.e) {
				panic(trap("out of bounds array access"))
			}
			copy(to.e[1:1+s.n%3], from.e[:s.n%3])
		}
	case fillWords:
		if a, ok := (*ra).(*words); ok {
			for i := range len(a.e) / 2 {
				a.e[i] = uint16(*ib)
			}
		}
	case initWords:
		if a, ok := (*ra).(*words); ok {
			if s.n%3+3 > len(a.e) {
				panic(trap("out of bounds array access"))
			}
			a.load(s.n%3, s.c%7, 3)
		}
	case moveWords:
		if a, ok := (*ra).(*words); ok && len(a.e) > 0 {
			copy(a.e[1:], a.e)
		}
	case getWord:
		if a, ok := (*rb).(*words); ok && len(a.e) > 0 {
			*ia = int32(a.e[0])
		}
	default:
		return false
	}
	return true
}

// control does steps that call, repeat and throw.
func (m *machine) control(f *frame, s step, ra, rb, rc *any, ia, ib *int32) {
	switch s.kind {
	case throw:
		if *ia > int32(s.n-128) {
			panic(&exception{*ra, *ib})
		}
	case try:
		if e := m.try(f, s.body); e != nil {
			*ia, *ra = e.i, e.r
		}
	case tryRef:
		if e := m.try(f, s.body); e != nil {
			f.e = e
		}
	case rethrow:
		if f.e != nil {
			*ia, *ra = f.e.i, f.e.r
		}
	case callDirect, callTable, callRef:
		r, i := m.call(f.f+s.n, *ra, *rb, *ia, int32(s.c))
		*ia, *rc = i, r
	case loop:
		for range max(1, s.n%5) {
			m.steps(f, s.body)
		}
	default:
		panic(fmt.Sprint("no such step: ", s.kind))
	}
}

// try is the exception with which the steps end, if they do.
func (m *machine) try(f *frame, list []step) (e *exception) {
	defer func() {
		if p := recover(); p != nil {
			caught, ok := p.(*exception)
			if !ok {
				panic(p)
			}
			e = caught
		}
	}()
	m.steps(f, list)
	return nil
}

func (m *machine) hash(v any, depth int) int64 {
	if depth == 0 {
		return 1
	}
	switch v := v.(type) {
	case int32:
		return int64(v)
	case *structure:
		h := 31 * int64(v.x)
		h = h*31 + m.hash(v.p, depth-1)
		if v.class >= 'b' {
			h = (h*31+v.y)*31 + m.hash(v.q, depth-1)
		}
		if v.class == 'c' {
			h += int64(v.z)
		}
		return h
	case *references:
		h := 77 + int64(len(v.e))
		for _, e := range v.e {
			h = h*31 + m.hash(e, depth-1)
		}
		return h
	case *words:
		h := 77 + int64(len(v.e))
		for _, e := range v.e {
			h = h*31 + int64(int16(e))
		}
		return h
	}
	return 2
}

// load sets n words from to on to those of the segment from byte from on.
func (w *words) load(to, from, n int) {
	for i := range n {
		w.e[to+i] = binary.LittleEndian.Uint16([]byte(arrayData[from+2*i:]))
	}
}
