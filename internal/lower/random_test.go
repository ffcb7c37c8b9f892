package lower_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
)

// A random program works on registers, four references and three numbers in each
// function, with steps that exist twice: as text, for the passes and the engine,
// and as a method of the model, which has Go's objects and Go's collector.

// step is an instruction of a random program.
type step struct {
	kind       stepKind
	a, b, c, n int
	body       []step
}

type stepKind int

const (
	newA stepKind = iota
	newB
	newC
	newRefs
	newWords
	newI31
	setNull
	move
	getX
	setX
	getP
	setP
	getQ
	setQ
	getZ
	setZ
	getElem
	setElem
	copyElems
	fillWords
	getWord
	setTable
	getTable
	setGlobal
	getGlobal
	compute
	testB
	equal
	external
	castC // traps if it is none
	throw
	try
	tryRef
	rethrow
	callDirect
	callTable
	callRef
	loop
	fixedRefs
	dataWords
	initWords
	moveWords
	stepKinds
)

// arrayData is what a segment of the program holds.
const arrayData = "0123456789abcdefghijklmn"

const (
	refRegisters = 4
	numRegisters = 3
	tableSize    = 5
)

// source is where a generator takes its decisions from; it ends in zeros.
type source struct{ b []byte }

func (s *source) below(n int) int {
	if len(s.b) == 0 {
		return 0
	}
	v := int(s.b[0])
	s.b = s.b[1:]
	return v % n
}

// generate makes the functions of a program. Each calls only those behind it.
func generate(s *source) [][]step {
	functions := make([][]step, 1+s.below(4))
	for i := range functions {
		functions[i] = s.steps(3+s.below(12), len(functions)-1-i, 2)
	}
	return functions
}

func (s *source) steps(n, callees, depth int) []step {
	var list []step
	for range n {
		st := step{kind: stepKind(s.below(int(stepKinds))), a: s.below(60), b: s.below(60), c: s.below(60), n: s.below(256)}
		switch st.kind {
		case try, tryRef, loop:
			if depth == 0 {
				continue
			}
			st.body = s.steps(1+s.below(5), callees, depth-1)
		case callDirect, callTable, callRef:
			if callees == 0 {
				continue
			}
			st.n = st.n%callees + 1
		}
		list = append(list, st)
	}
	return list
}

// write writes the program as a module.
func write(functions [][]step) string {
	var b strings.Builder
	b.WriteString(`(module
  (type $a (sub (struct (field $x (mut i32)) (field $p (mut anyref)))))
  (type $b (sub $a (struct (field $x (mut i32)) (field $p (mut anyref)) (field $y (mut i64)) (field $q (mut (ref null $a))))))
  (type $c (sub final $b (struct (field $x (mut i32)) (field $p (mut anyref)) (field $y (mut i64)) (field $q (mut (ref null $a))) (field $z (mut i8)))))
  (type $refs (array (mut anyref)))
  (type $words (array (mut i16)))
  (data $d "` + arrayData + `")
  (type $f (func (param anyref anyref i32 i32) (result anyref i32)))
  (tag $t (param anyref i32))
  (global $g (mut anyref) (ref.null any))
  (table $t 5 anyref)
  (table $funcs funcref (elem`)
	for i := range functions {
		fmt.Fprintf(&b, " $f%d", i)
	}
	b.WriteString("))\n")
	for i, f := range functions {
		fmt.Fprintf(&b, "  (func $f%d (type $f) (param $r0 anyref) (param $r1 anyref) (param $i0 i32) (param $i1 i32) (result anyref i32)\n", i)
		b.WriteString("    (local $r2 anyref) (local $r3 anyref) (local $i2 i32) (local $e exnref) (local $n0 i32) (local $n1 i32) (local $n2 i32)\n")
		w := writer{&b, i}
		w.steps(f, 0)
		b.WriteString("    (local.get $r0) (local.get $i0))\n")
	}
	b.WriteString(`  (func $hash (param $r anyref) (param $depth i32) (result i64) (local $h i64) (local $i i32)
    (if (i32.eqz (local.get $depth)) (then (return (i64.const 1))))
    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
    (if (ref.is_null (local.get $r)) (then (return (i64.const 2))))
    (if (ref.test (ref i31) (local.get $r))
      (then (return (i64.extend_i32_s (i31.get_s (ref.cast (ref i31) (local.get $r)))))))
    (if (ref.test (ref $a) (local.get $r))
      (then
        (local.set $h (i64.mul (i64.const 31) (i64.extend_i32_s (struct.get $a $x (ref.cast (ref $a) (local.get $r))))))
        (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31))
          (call $hash (struct.get $a $p (ref.cast (ref $a) (local.get $r))) (local.get $depth))))))
    (if (ref.test (ref $b) (local.get $r))
      (then
        (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) (struct.get $b $y (ref.cast (ref $b) (local.get $r)))))
        (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31))
          (call $hash (struct.get $b $q (ref.cast (ref $b) (local.get $r))) (local.get $depth))))))
    (if (ref.test (ref $c) (local.get $r))
      (then
        (local.set $h (i64.add (local.get $h) (i64.extend_i32_s (struct.get_s $c $z (ref.cast (ref $c) (local.get $r))))))))
    (if (ref.test (ref array) (local.get $r))
      (then (local.set $h (i64.add (i64.const 77) (i64.extend_i32_s (array.len (ref.cast (ref array) (local.get $r))))))))
    (if (ref.test (ref $refs) (local.get $r))
      (then
        (loop $l
          (if (i32.lt_u (local.get $i) (array.len (ref.cast (ref $refs) (local.get $r))))
            (then
              (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31))
                (call $hash (array.get $refs (ref.cast (ref $refs) (local.get $r)) (local.get $i)) (local.get $depth))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $l))))))
    (if (ref.test (ref $words) (local.get $r))
      (then
        (loop $l
          (if (i32.lt_u (local.get $i) (array.len (ref.cast (ref $words) (local.get $r))))
            (then
              (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31))
                (i64.extend_i32_s (array.get_s $words (ref.cast (ref $words) (local.get $r)) (local.get $i)))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $l))))))
    (local.get $h))
  (func (export "main") (result i64) (local $r anyref) (local $i i32)
    (call $f0 (ref.null any) (ref.i31 (i32.const 5)) (i32.const 3) (i32.const -4))
    (local.set $i) (local.set $r)
    (i64.add (i64.extend_i32_s (local.get $i))
      (i64.add (i64.mul (i64.const 7) (call $hash (local.get $r) (i32.const 5)))
        (i64.add (i64.mul (i64.const 11) (call $hash (global.get $g) (i32.const 5)))
          (i64.mul (i64.const 13) (call $hash (table.get $t (i32.const 1)) (i32.const 5)))))))
)`)
	return b.String()
}

// writer writes the steps of function f.
type writer struct {
	*strings.Builder
	f int
}

func (w writer) steps(list []step, depth int) {
	for _, s := range list {
		w.step(s, depth)
	}
}

func (w writer) step(s step, depth int) {
	line := func(format string, args ...any) { fmt.Fprintf(w, "    "+format+"\n", args...) }
	ra, rb, rc := fmt.Sprintf("$r%d", s.a%refRegisters), fmt.Sprintf("$r%d", s.b%refRegisters), fmt.Sprintf("$r%d", s.c%refRegisters)
	ia, ib := fmt.Sprintf("$i%d", s.a%numRegisters), fmt.Sprintf("$i%d", s.b%numRegisters)
	// guarded writes text for a register that refers to a $typ, with $typ for R.
	guarded := func(typ, reg, text string) {
		r := fmt.Sprintf("(ref.cast (ref $%s) (local.get %s))", typ, reg)
		line("(if (ref.test (ref $%s) (local.get %s)) (then %s))", typ, reg, strings.ReplaceAll(text, "R", r))
	}
	asA := fmt.Sprintf("(if (result (ref null $a)) (ref.test (ref $a) (local.get %s)) (then (ref.cast (ref $a) (local.get %s))) (else (ref.null $a)))", rc, rc)
	switch s.kind {
	case newA:
		line("(local.set %s (struct.new $a (i32.const %d) (local.get %s)))", ra, s.n, rb)
	case newB:
		line("(local.set %s (struct.new $b (local.get %s) (local.get %s) (i64.const %d) %s))", ra, ia, rb, s.n, asA)
	case newC:
		line("(local.set %s (struct.new $c (local.get %s) (local.get %s) (i64.const %d) %s (i32.const %d)))", ra, ia, rb, s.n, asA, s.n)
	case newRefs:
		line("(local.set %s (array.new $refs (local.get %s) (i32.const %d)))", ra, rb, s.n%9)
		guarded("refs", ra, fmt.Sprintf("(if (array.len R) (then (array.set $refs R (i32.const 0) (local.get %s))))", rc))
	case newWords:
		line("(local.set %s (array.new_default $words (i32.const %d)))", ra, s.n*s.n%3000)
	case newI31:
		line("(local.set %s (ref.i31 (local.get %s)))", ra, ib)
	case setNull:
		line("(local.set %s (ref.null none))", ra)
	case move:
		line("(local.set %s (local.get %s))", ra, rb)
	case getX:
		guarded("a", rb, fmt.Sprintf("(local.set %s (struct.get $a $x R))", ia))
	case setX:
		guarded("a", ra, fmt.Sprintf("(struct.set $a $x R (local.get %s))", ib))
	case getP:
		guarded("a", rb, fmt.Sprintf("(local.set %s (struct.get $a $p R))", ra))
	case setP:
		guarded("a", ra, fmt.Sprintf("(struct.set $a $p R (local.get %s))", rb))
	case getQ:
		guarded("b", rb, fmt.Sprintf("(local.set %s (struct.get $b $q R))", ra))
	case setQ:
		guarded("b", ra, fmt.Sprintf("(struct.set $b $q R %s)", asA))
	case getZ:
		guarded("c", rb, fmt.Sprintf("(local.set %s (struct.get_u $c $z R))", ia))
	case setZ:
		guarded("c", ra, fmt.Sprintf("(struct.set $c $z R (local.get %s))", ib))
	case getElem:
		guarded("refs", rb, fmt.Sprintf("(if (i32.gt_u (array.len R) (i32.const %d)) (then (local.set %s (array.get $refs R (i32.const %d)))))", s.n%9, ra, s.n%9))
	case setElem:
		guarded("refs", ra, fmt.Sprintf("(if (i32.gt_u (array.len R) (i32.const %d)) (then (array.set $refs R (i32.const %d) (local.get %s))))", s.n%9, s.n%9, rb))
	case copyElems: // traps where one of the arrays is too short
		line("(if (i32.and (ref.test (ref $refs) (local.get %s)) (ref.test (ref $refs) (local.get %s)))", ra, rb)
		line("(then (array.copy $refs $refs (ref.cast (ref $refs) (local.get %s)) (i32.const 1) (ref.cast (ref $refs) (local.get %s)) (i32.const 0) (i32.const %d))))", ra, rb, s.n%3)
	case fillWords:
		guarded("words", ra, fmt.Sprintf("(array.fill $words R (i32.const 0) (local.get %s) (i32.shr_u (array.len R) (i32.const 1)))", ib))
	case fixedRefs:
		line("(local.set %s (array.new_fixed $refs 3 (local.get %s) (local.get %s) (local.get %s)))", ra, rb, ra, rc)
	case dataWords:
		line("(local.set %s (array.new_data $words $d (i32.const %d) (i32.const %d)))", ra, s.n%5, s.c%6)
	case initWords: // traps where the array is too short
		guarded("words", ra, fmt.Sprintf("(array.init_data $words $d R (i32.const %d) (i32.const %d) (i32.const 3))", s.n%3, s.c%7))
	case moveWords:
		guarded("words", ra, "(if (array.len R) (then (array.copy $words $words R (i32.const 1) R (i32.const 0) (i32.sub (array.len R) (i32.const 1)))))")
	case getWord:
		guarded("words", rb, fmt.Sprintf("(if (array.len R) (then (local.set %s (array.get_u $words R (i32.const 0)))))", ia))
	case setTable:
		line("(table.set $t (i32.const %d) (local.get %s))", s.n%tableSize, ra)
	case getTable:
		line("(local.set %s (table.get $t (i32.const %d)))", ra, s.n%tableSize)
	case setGlobal:
		line("(global.set $g (local.get %s))", ra)
	case getGlobal:
		line("(local.set %s (global.get $g))", ra)
	case compute:
		line("(local.set %s (i32.add (i32.mul (local.get %s) (i32.const %d)) (local.get %s)))", ia, ib, s.n, ia)
	case testB:
		line("(local.set %s (ref.test (ref null $b) (local.get %s)))", ia, rb)
	case equal:
		line("(if (i32.and (ref.test eqref (local.get %s)) (ref.test eqref (local.get %s))) (then", rb, rc)
		line("(local.set %s (ref.eq (ref.cast eqref (local.get %s)) (ref.cast eqref (local.get %s))))))", ia, rb, rc)
	case external:
		line("(local.set %s (any.convert_extern (extern.convert_any (local.get %s))))", ra, rb)
	case castC:
		line("(if (i32.eq (local.get %s) (i32.const %d)) (then (local.set %s (ref.cast (ref $c) (local.get %s)))))", ia, s.n, ra, rb)
	case throw:
		line("(if (i32.gt_s (local.get %s) (i32.const %d)) (then (throw $t (local.get %s) (local.get %s))))", ia, s.n-128, ra, ib)
	case try:
		line("(block $done (block $h (result anyref i32) (try_table (catch $t $h)")
		w.steps(s.body, depth+1)
		line(") (br $done)) (local.set %s) (local.set %s))", ia, ra)
	case tryRef:
		line("(block $done (block $h (result exnref) (try_table (catch_all_ref $h)")
		w.steps(s.body, depth+1)
		line(") (br $done)) (local.set $e))")
	case rethrow:
		line("(if (i32.eqz (ref.is_null (local.get $e))) (then")
		line("(block $done (block $h (result anyref i32 exnref) (try_table (catch_ref $t $h) (throw_ref (local.get $e)))")
		line("(br $done)) (local.set $e) (local.set %s) (local.set %s))))", ia, ra)
	case callDirect:
		line("(call $f%d (local.get %s) (local.get %s) (local.get %s) (i32.const %d)) (local.set %s) (local.set %s)", w.f+s.n, ra, rb, ia, s.c, ia, rc)
	case callTable:
		line("(call_indirect $funcs (type $f) (local.get %s) (local.get %s) (local.get %s) (i32.const %d) (i32.const %d)) (local.set %s) (local.set %s)",
			ra, rb, ia, s.c, w.f+s.n, ia, rc)
	case callRef:
		line("(call_ref $f (local.get %s) (local.get %s) (local.get %s) (i32.const %d) (ref.func $f%d)) (local.set %s) (local.set %s)",
			ra, rb, ia, s.c, w.f+s.n, ia, rc)
	case loop:
		line("(local.set $n%d (i32.const %d))", depth, s.n%5)
		line("(loop $l%d", depth)
		w.steps(s.body, depth+1)
		line("(br_if $l%d (i32.gt_s (local.tee $n%d (i32.sub (local.get $n%d) (i32.const 1))) (i32.const 0))))", depth, depth, depth)
	}
}

func FuzzGC(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 12 {
		b := make([]byte, 100+rng.IntN(900))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkRandom(t, b) })
}

// TestRandomPrograms runs a number of random programs as FuzzGC does.
func TestRandomPrograms(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 15
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range n {
		b := make([]byte, 200+rng.IntN(1500))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		checkRandom(t, b)
	}
}

// checkRandom compares the engine with the model on the program that b stands for,
// with a heap that is rarely collected and one that is at every allocation.
func checkRandom(t *testing.T, b []byte) {
	functions := generate(&source{b})
	m := machine{functions: functions, fuel: 20000}
	want, ok := m.main()
	if !ok {
		return // it runs too long
	}
	text := write(functions)
	for _, c := range []heap.Config{{}, {Stress: true}} {
		p := run(t, text, false, c)
		if got := p.call("main"); !strings.HasPrefix(got, want) {
			t.Fatalf("stress %v: got %s, want %s\n%s", c.Stress, got, want, text)
		}
		p.close()
	}
}
