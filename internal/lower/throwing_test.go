package lower_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
)

// A random program of exceptions works on three numbers and two references to
// exceptions in each function. Its steps exist twice: as text, and as what a model
// does, which has Go's values for exceptions.

type throwStep struct {
	kind    throwKind
	a, b, n int
	catches []int // of handlers: kind, as in the binary format, and tag
	body    []throwStep
}

type throwKind int

const (
	mixNumbers throwKind = iota
	throwTag
	throwAgain // traps where the reference is null
	throwAgainIfAny
	copyExn
	chooseExn
	countNulls
	dropExn
	tryCatch
	leaveTry
	returnEarly
	callOther
	callEntry
	callLast
	repeat
	throwKinds
)

// thrownTags are the types of what the tags carry, as letters of a signature.
var thrownTags = []string{"i", "Ii", "", "Fiv"}

func generateThrowing(s *source) [][]throwStep {
	functions := make([][]throwStep, 1+s.below(5))
	for i := range functions {
		functions[i] = s.throwSteps(3+s.below(9), len(functions)-1-i, 3, 0)
	}
	return functions
}

func (s *source) throwSteps(n, callees, depth, tries int) []throwStep {
	var list []throwStep
	for range n {
		st := throwStep{kind: throwKind(s.below(int(throwKinds))), a: s.below(2), b: s.below(2), n: s.below(64)}
		switch st.kind {
		case tryCatch:
			if depth == 0 {
				continue
			}
			for range s.below(4) {
				st.catches = append(st.catches, s.below(4)|s.below(len(thrownTags))<<2)
			}
			st.body = s.throwSteps(1+s.below(6), callees, depth-1, tries+1)
		case repeat:
			if depth == 0 {
				continue
			}
			st.body = s.throwSteps(1+s.below(4), callees, depth-1, tries)
		case leaveTry:
			if tries == 0 {
				continue
			}
			st.b = st.n % tries
		case callOther, callEntry, callLast:
			if callees == 0 {
				continue
			}
			st.b = st.n%callees + 1
		}
		list = append(list, st)
	}
	return list
}

// thrownValue is an exception of the model: its tag and what it carries.
type thrownValue struct {
	tag     int
	x, y, v int64
}

// outcome is how a step of the model ends.
type outcome struct {
	kind   int // next, leave, leaveFunction, unwinding, trapping
	levels int // of leave
	exn    *thrownValue
}

const (
	next = iota
	leave
	leaveFunction
	unwinding
	trapping
)

type throwingFrame struct {
	f       int
	x, y, v int64
	e       [2]*thrownValue
}

type throwingModel struct {
	functions [][]throwStep
	fuel      int
}

func (m *throwingModel) call(f int, x, y int64) (int64, outcome) {
	fr := &throwingFrame{f: f, x: x, y: y}
	o := m.steps(fr, m.functions[f])
	if o.kind == next || o.kind == leaveFunction {
		return int64(int32(fr.x + fr.y*7 + fr.v)), outcome{}
	}
	o.levels = 0 // handlers of the caller are around the call
	return 0, o
}

func (m *throwingModel) steps(fr *throwingFrame, list []throwStep) outcome {
	for i := range list {
		if o := m.step(fr, &list[i]); o.kind != next {
			return o
		}
	}
	return outcome{}
}

func (m *throwingModel) step(fr *throwingFrame, s *throwStep) outcome {
	if m.fuel--; m.fuel < 0 {
		panic("too long")
	}
	n := int64(s.n)
	switch s.kind {
	case mixNumbers:
		fr.x = int64(int32(fr.x*3 + n))
		fr.y ^= int64(int32(fr.x-n) / 3) // which is what x was, unless it has overflown
	case throwTag:
		if int64(s.n&7) >= fr.x&7 {
			t := s.n % len(thrownTags)
			return outcome{kind: unwinding, exn: &thrownValue{t, fr.x, fr.y, fr.v}}
		}
	case throwAgain:
		if fr.x&7 != 0 {
			break
		}
		if fr.e[s.a] == nil {
			return outcome{kind: trapping}
		}
		return outcome{kind: unwinding, exn: fr.e[s.a]}
	case throwAgainIfAny:
		if fr.e[s.a] != nil {
			return outcome{kind: unwinding, exn: fr.e[s.a]}
		}
	case copyExn:
		fr.e[s.a] = fr.e[s.b]
	case chooseExn:
		if fr.x&1 != 0 {
			fr.e[s.a] = fr.e[0]
		} else {
			fr.e[s.a] = fr.e[1]
		}
	case countNulls:
		if fr.e[s.a] == nil {
			fr.v += n
		}
	case tryCatch:
		return m.try(fr, s)
	case leaveTry:
		if fr.y&3 == n&3 {
			return outcome{kind: leave, levels: s.b}
		}
	case returnEarly:
		if fr.y&7 == n&7 {
			return outcome{kind: leaveFunction}
		}
	case callOther, callEntry:
		r, o := m.call(fr.f+s.b, fr.y, n)
		if o.kind != next {
			return o
		}
		fr.x = int64(int32(fr.x + r))
	case callLast:
		if fr.x&3 != n&3 {
			break
		}
		r, o := m.call(fr.f+s.b, fr.y, n)
		fr.x, fr.y, fr.v = r, 0, 0
		if o.kind != next {
			o.levels = -1 // no handler of this function is around it
			return o
		}
		return outcome{kind: leaveFunction}
	case repeat:
		for range s.n%3 + 1 {
			if o := m.steps(fr, s.body); o.kind != next {
				return o
			}
		}
	}
	return outcome{}
}

func (m *throwingModel) try(fr *throwingFrame, s *throwStep) outcome {
	o := m.steps(fr, s.body)
	switch {
	case o.kind == leave && o.levels == 0:
		return outcome{}
	case o.kind == leave:
		o.levels--
		return o
	case o.kind != unwinding || o.levels < 0:
		return o
	}
	for _, c := range s.catches {
		kind, tag := c&3, c>>2
		if kind < 2 && tag != o.exn.tag {
			continue
		}
		if kind&1 != 0 {
			fr.e[s.a] = o.exn
		}
		if kind < 2 {
			for _, p := range thrownTags[tag] {
				switch p {
				case 'i':
					fr.x = int64(int32(fr.x ^ o.exn.x))
				case 'I', 'v':
					fr.v += o.exn.v + 1
				case 'F':
					fr.y = int64(int32(fr.y + o.exn.y))
				}
			}
		}
		return outcome{}
	}
	return o
}

// throwingText is the program as a module.
func throwingText(functions [][]throwStep) string {
	var b strings.Builder
	b.WriteString("(module (type $f (func (param i32 i32) (result i32)))\n")
	names := map[rune]string{'i': "i32", 'I': "i64", 'F': "f64", 'v': "v128"}
	for t, sig := range thrownTags {
		fmt.Fprintf(&b, "(tag $t%d (param", t)
		for _, p := range sig {
			b.WriteString(" " + names[p])
		}
		b.WriteString("))\n")
	}
	fmt.Fprintf(&b, "(table $t %d funcref) (elem (i32.const 0) func", len(functions))
	for f := range functions {
		fmt.Fprintf(&b, " $f%d", f)
	}
	b.WriteString(")\n")
	for f, list := range functions {
		fmt.Fprintf(&b, "(func $f%d (type $f) (local $v i64) (local $e0 exnref) (local $e1 exnref) (local $n0 i32) (local $n1 i32) (local $n2 i32) (local $n3 i32)\n", f)
		w := throwingWriter{&b, f, 0}
		w.steps(list, 0)
		w.result()
		b.WriteString(")\n")
	}
	b.WriteString(`(func (export "main") (result i32) (call $f0 (i32.const 5) (i32.const -3))))`)
	return b.String()
}

type throwingWriter struct {
	*strings.Builder
	f     int
	tries int
}

func (w *throwingWriter) line(format string, args ...any) { fmt.Fprintf(w, "  "+format+"\n", args...) }

func (w *throwingWriter) result() {
	w.line("(i32.add (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 7))) (i32.wrap_i64 (local.get $v)))")
}

func (w *throwingWriter) steps(list []throwStep, loops int) {
	for i := range list {
		w.step(&list[i], loops)
	}
}

func (w *throwingWriter) step(s *throwStep, loops int) {
	low := func(local, mask, n int) string {
		return fmt.Sprintf("(i32.eq (i32.and (local.get %d) (i32.const %d)) (i32.const %d))", local, mask, n&mask)
	}
	switch s.kind {
	case mixNumbers:
		w.line("(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const %d)))", s.n)
		w.line("(local.set 1 (i32.xor (local.get 1) (i32.div_s (i32.sub (local.get 0) (i32.const %d)) (i32.const 3))))", s.n)
	case throwTag:
		values := map[rune]string{'i': "(local.get 0)", 'I': "(local.get $v)", 'F': "(f64.convert_i32_s (local.get 1))", 'v': "(i64x2.splat (local.get $v))"}
		t := s.n % len(thrownTags)
		w.line("(if (i32.le_s (i32.and (local.get 0) (i32.const 7)) (i32.const %d)) (then", s.n&7)
		for _, p := range thrownTags[t] {
			w.line(values[p])
		}
		w.line("throw $t%d))", t)
	case throwAgain:
		w.line("(if (i32.eqz (i32.and (local.get 0) (i32.const 7))) (then (throw_ref (local.get $e%d))))", s.a)
	case throwAgainIfAny:
		w.line("(block $null (throw_ref (br_on_null $null (local.get $e%d))))", s.a)
	case copyExn:
		w.line("(local.set $e%d (local.get $e%d))", s.a, s.b)
	case chooseExn:
		w.line("(local.set $e%d (select (result exnref) (local.get $e0) (local.get $e1) (i32.and (local.get 0) (i32.const 1))))", s.a)
	case countNulls:
		w.line("(if (ref.is_null (local.get $e%d)) (then (local.set $v (i64.add (local.get $v) (i64.const %d)))))", s.a, s.n)
	case dropExn:
		w.line("(drop (block (result exnref) (local.get $e%d)))", s.a)
	case tryCatch:
		w.try(s, loops)
	case leaveTry:
		w.line("(br_if $done%d %s)", w.tries-1-s.b, low(1, 3, s.n))
	case returnEarly:
		w.line("(if %s (then", low(1, 7, s.n))
		w.result()
		w.line("return))")
	case callOther:
		w.line("(local.set 0 (i32.add (local.get 0) (call $f%d (local.get 1) (i32.const %d))))", w.f+s.b, s.n)
	case callEntry:
		w.line("(local.set 0 (i32.add (local.get 0) (call_indirect (type $f) (local.get 1) (i32.const %d) (i32.const %d))))", s.n, w.f+s.b)
	case callLast:
		w.line("(if %s (then (return_call $f%d (local.get 1) (i32.const %d))))", low(0, 3, s.n), w.f+s.b, s.n)
	case repeat:
		w.line("(local.set $n%d (i32.const %d)) (loop $l%d", loops, s.n%3+1, loops)
		w.steps(s.body, loops+1)
		w.line("(br_if $l%d (local.tee $n%d (i32.sub (local.get $n%d) (i32.const 1)))))", loops, loops, loops)
	}
}

// try writes a block for each handler around the try_table, and what the handler
// does behind its block.
func (w *throwingWriter) try(s *throwStep, loops int) {
	names := map[rune]string{'i': "i32", 'I': "i64", 'F': "f64", 'v': "v128"}
	w.line("(block $done%d", w.tries)
	for n := len(s.catches) - 1; n >= 0; n-- {
		w.line("(block $h%d (result", n)
		if kind := s.catches[n] & 3; kind < 2 {
			for _, p := range thrownTags[s.catches[n]>>2] {
				w.line(names[p])
			}
		}
		if s.catches[n]&1 != 0 {
			w.line("exnref")
		}
		w.line(")")
	}
	w.line("(try_table")
	for n, c := range s.catches {
		kind := [...]string{"catch $t%d $h%d", "catch_ref $t%d $h%d", "catch_all $h%d", "catch_all_ref $h%d"}[c&3]
		if c&3 < 2 {
			w.line("("+kind+")", c>>2, n)
		} else {
			w.line("("+kind+")", n)
		}
	}
	w.tries++
	w.steps(s.body, loops)
	w.tries--
	w.line(") (br $done%d)", w.tries)
	for _, c := range s.catches {
		w.line(")")
		if c&1 != 0 {
			w.line("(local.set $e%d)", s.a)
		}
		if c&3 < 2 {
			w.handle(thrownTags[c>>2])
		}
		w.line("(br $done%d)", w.tries)
	}
	w.line(")")
}

// handle writes what takes what an exception carries, the last first: the order is
// of no matter, as each kind of value goes to another number.
func (w *throwingWriter) handle(sig string) {
	for i := len(sig) - 1; i >= 0; i-- {
		switch sig[i] {
		case 'i':
			w.line("(local.set 0 (i32.xor (local.get 0)))")
		case 'I':
			w.line("(local.set $v (i64.add (i64.add (local.get $v) (i64.const 1))))")
		case 'v':
			w.line("(i64x2.extract_lane 1) (local.set $v (i64.add (i64.add (local.get $v) (i64.const 1))))")
		case 'F':
			w.line("(i32.trunc_f64_s) (local.set 1 (i32.add (local.get 1)))")
		}
	}
}

// checkThrowing compares the engine with the model on the program that b stands
// for: flat and with objects, compiled and interpreted.
func checkThrowing(t *testing.T, b []byte) {
	functions := generateThrowing(&source{b})
	want, ok := modelOf(functions)
	if !ok {
		return
	}
	text := throwingText(functions)
	for _, flat := range []bool{true, false} {
		for _, interpreted := range []bool{false, true} {
			p := runAlone(t, text, interpreted)
			if !flat {
				p = run(t, text, interpreted, heap.Config{})
			}
			if got := p.call("main"); !strings.HasPrefix(got, want) {
				t.Fatalf("flat %v, interpreted %v: got %s, want %s\n%s", flat, interpreted, got, want, text)
			}
			p.close()
		}
	}
}

// modelOf is what the model makes of the program, and whether it does not take too
// long.
func modelOf(functions [][]throwStep) (want string, ok bool) {
	defer func() {
		if p := recover(); p != nil && p != "too long" {
			panic(p)
		}
	}()
	m := throwingModel{functions: functions, fuel: 20000}
	r, o := m.call(0, 5, -3)
	switch o.kind {
	case unwinding:
		return "execution failed: uncaught exception", true
	case trapping:
		return "execution failed: null reference", true
	}
	return fmt.Sprint(uint32(r)), true
}

func FuzzExceptions(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 8 {
		f.Add(randomBytes(rng))
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkThrowing(t, b) })
}

func randomBytes(rng *rand.Rand) []byte {
	b := make([]byte, 50+rng.IntN(700))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestRandomExceptions runs a number of random programs as FuzzExceptions does.
func TestRandomExceptions(t *testing.T) {
	n := many(60, 4_000)
	if testing.Short() {
		n = 15
	}
	rng := rand.New(rand.NewPCG(9, 10))
	for range n {
		checkThrowing(t, randomBytes(rng))
	}
}
