package native_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// A random program is made of the bytes of a source, which ends in zeros. Its loops end; bits
// of NaNs, which the specification leaves open, get nowhere where they could be seen.
type program struct {
	strings.Builder
	b       []byte
	types   []string // of the locals of the function at hand
	params  int
	labels  int // open blocks that may be branched to
	loops   int
	vectors bool     // that may be used
	heads   []int    // labels that were open in each of them
	calls   []string // signatures of the functions that may be called
	first   int      // of these
	size    int
}

var valueTypes = []string{"i32", "i64", "f32", "f64"}

func (p *program) below(n int) int {
	if len(p.b) == 0 {
		return 0
	}
	v := int(p.b[0])
	p.b = p.b[1:]
	if n > 256 && len(p.b) > 0 {
		v = v<<8 | int(p.b[0])
		p.b = p.b[1:]
	}
	return v % n
}

func (p *program) pick(list ...string) string { return list[p.below(len(list))] }

func (p *program) typ() string { return valueTypes[[...]int{0, 0, 0, 0, 1, 1, 2, 3}[p.below(8)]] }

const programFunctions = 5

func generate(b []byte) string {
	p := &program{b: b}
	p.vectors = p.below(2) == 1
	p.WriteString("(module (memory (export \"memory\") 1 3)\n")
	for i := range 6 {
		t := valueTypes[i%4]
		fmt.Fprintf(p, "(global $g%d (export \"g%d\") (mut %s) (%s.const %d))\n", i, i, t, t, i)
	}
	var sigs [][2][]string
	for range programFunctions {
		var params, results []string
		for range p.below(10) {
			params = append(params, p.typ())
		}
		for range 1 + p.below(2)*p.below(4) {
			results = append(results, p.typ())
		}
		sigs = append(sigs, [2][]string{params, results})
	}
	fmt.Fprintf(p, "(table %d funcref) (elem (i32.const 0)", programFunctions+1)
	for i := range programFunctions {
		fmt.Fprintf(p, " $f%d", i)
	}
	p.WriteString(")\n")
	signature := func(s [2][]string) string {
		return "(param " + strings.Join(s[0], " ") + ") (result " + strings.Join(s[1], " ") + ")"
	}
	for i := range programFunctions { // each calls only those behind it
		p.types = append([]string(nil), sigs[i][0]...)
		p.params = len(p.types)
		for range 1 + p.below(8) {
			p.types = append(p.types, p.typ())
		}
		if p.vectors {
			p.types = append(p.types, "v128", "v128")
		}
		p.types = append(p.types, "i32", "i32", "i32") // these count loops
		fmt.Fprintf(p, "(func $f%d (export \"f%d\") %s (local %s)\n", i, i, signature(sigs[i]), strings.Join(p.types[p.params:], " "))
		p.calls, p.first, p.size, p.loops, p.labels, p.heads = nil, i+1, 0, 0, 0, nil
		for _, s := range sigs[i+1:] {
			p.calls = append(p.calls, signature(s))
		}
		p.steps(2+p.below(10), 3, sigs)
		for _, t := range sigs[i][1] {
			p.WriteString(p.seen(t, p.expr(t, 3)))
		}
		p.WriteString(")\n")
	}
	p.WriteString(")")
	return p.String()
}

// seen is the expression x of type t such that a NaN is always the same.
func (p *program) seen(t, x string) string {
	if t[0] != 'f' {
		return x
	}
	return fmt.Sprintf("(call $canon_%s %s)", t, x)
}

func (p *program) local(t string) int {
	var list []int
	for i, x := range p.types[:len(p.types)-3] {
		if x == t {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return -1
	}
	return list[p.below(len(list))]
}

var interesting = map[string][]string{
	"i32": {"0", "1", "-1", "2", "7", "31", "32", "255", "65532", "65535", "65536", "131068", "-4", "0x7fffffff", "0x80000000", "12345", "-12345", "3", "5", "10"},
	"i64": {"0", "1", "-1", "63", "64", "0x7fffffffffffffff", "0x8000000000000000", "0xffffffff", "0x100000000", "-0x80000001", "1000", "0x123456789abcdef"},
	"f32": {"0", "-0", "1", "-1.5", "inf", "-inf", "nan", "0x1p31", "-0x1p31", "0x1p63", "1e-40", "3.25", "0x1.fffffep30", "4294967040", "-0.75"},
	"f64": {"0", "-0", "1", "-1.5", "inf", "-inf", "nan", "0x1p31", "-0x1p31", "2147483647.5", "-2147483648.5", "4294967295.5", "0x1p63", "-0x1p63", "0x1p64", "1e-310", "0.5", "-0.75"},
}

func (p *program) expr(t string, depth int) string {
	p.size++
	if depth <= 0 || p.size > 400 {
		if l := p.local(t); l >= 0 && p.below(3) > 0 {
			return fmt.Sprintf("(local.get %d)", l)
		}
		return p.constant(t)
	}
	e := func(t string) string { return p.expr(t, depth-1) }
	if t == "v128" {
		if x := p.vector(e); x != "" {
			return x
		}
	}
	if t[0] == 'i' {
		switch p.below(16) {
		case 0, 1, 2, 3:
			return fmt.Sprintf("(%s.%s %s %s)", t, p.pick("add", "sub", "mul", "and", "or", "xor", "add", "and"), e(t), e(t))
		case 4, 5:
			return fmt.Sprintf("(%s.%s %s %s)", t, p.pick("shl", "shr_s", "shr_u", "rotl", "rotr"), e(t), e(t))
		case 6:
			by := e(t)
			if p.below(5) > 0 {
				by = fmt.Sprintf("(%s.or %s (%s.const %d))", t, by, t, 1+p.below(40))
			}
			return fmt.Sprintf("(%s.%s %s %s)", t, p.pick("div_s", "div_u", "rem_s", "rem_u"), e(t), by)
		case 7:
			return fmt.Sprintf("(%s.%s %s)", t, p.pick("clz", "ctz", "popcnt", "extend8_s", "extend16_s"), e(t))
		case 8, 9:
			if t == "i64" {
				return fmt.Sprintf("(i64.%s %s)", p.pick("extend_i32_s", "extend_i32_u"), e("i32"))
			}
			x := p.typ()
			if x[0] == 'f' {
				return fmt.Sprintf("(i32.%s %s %s)", "eqz (i32.eqz ("+x+"."+p.pick("lt", "le", "gt", "ge", "eq", "ne"), e(x), e(x)+"))")
			}
			return fmt.Sprintf("(%s.%s %s %s)", x, p.pick("eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"), e(x), e(x))
		case 13:
			return fmt.Sprintf("(%s.sub (%s.const %s) %s)", t, t, p.pick("0", "0", "1", "-1"), e(t))
		case 14:
			if !p.vectors {
				return e(t)
			}
			if t == "i64" {
				return fmt.Sprintf("(i64x2.extract_lane %d %s)", p.below(2), e("v128"))
			}
			return p.pick(fmt.Sprintf("(i8x16.extract_lane_s %d ", p.below(16)), fmt.Sprintf("(i16x8.extract_lane_u %d ", p.below(8)),
				fmt.Sprintf("(i32x4.extract_lane %d ", p.below(4)), "(v128.any_true ", "(i8x16.all_true ", "(i8x16.bitmask ", "(i32x4.bitmask ") + e("v128") + ")"
		case 10:
			if t == "i32" {
				return p.pick("(i32.eqz "+e("i32")+")", "(i64.eqz "+e("i64")+")", "(i32.wrap_i64 "+e("i64")+")", "(memory.size)")
			}
			return "(i64.extend32_s " + e("i64") + ")"
		case 11:
			f := p.pick("f32", "f64")
			return fmt.Sprintf("(%s.trunc%s_%s_%s %s)", t, p.pick("_sat", "_sat", "_sat", "_sat", "_sat", ""), f, p.pick("s", "u"), e(f))
		case 12:
			if t == "i32" {
				return "(i32.reinterpret_f32 " + p.seen("f32", e("f32")) + ")"
			}
			return "(i64.reinterpret_f64 " + p.seen("f64", e("f64")) + ")"
		}
	} else if t[0] == 'f' {
		switch p.below(12) {
		case 0, 1, 2:
			return fmt.Sprintf("(%s.%s %s %s)", t, p.pick("add", "sub", "mul", "div", "min", "max"), e(t), e(t))
		case 3:
			return fmt.Sprintf("(%s.copysign %s %s)", t, e(t), p.seen(t, e(t)))
		case 4, 5:
			return fmt.Sprintf("(%s.%s %s)", t, p.pick("abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"), e(t))
		case 6, 7:
			i := p.pick("i32", "i64")
			return fmt.Sprintf("(%s.convert_%s_%s %s)", t, i, p.pick("s", "u"), e(i))
		case 8:
			if t == "f32" {
				return "(f32.demote_f64 " + e("f64") + ")"
			}
			return "(f64.promote_f32 " + e("f32") + ")"
		case 9:
			if t == "f32" {
				return "(f32.reinterpret_i32 " + e("i32") + ")"
			}
			return "(f64.reinterpret_i64 " + e("i64") + ")"
		}
	}
	switch p.below(6) {
	case 0:
		if s := p.alike(t, e); s != "" {
			return s
		}
		return fmt.Sprintf("(select %s %s %s)", e(t), e(t), e("i32"))
	case 1:
		return fmt.Sprintf("(if (result %s) %s (then %s) (else %s))", t, e("i32"), e(t), e(t))
	case 2:
		op := "load"
		if t == "i32" {
			op = p.pick("load", "load", "load8_s", "load8_u", "load16_s", "load16_u")
		} else if t == "i64" {
			op = p.pick("load", "load8_s", "load8_u", "load16_s", "load16_u", "load32_s", "load32_u")
		}
		return fmt.Sprintf("(%s.%s %s %s)", t, op, p.offset(), p.address(depth))
	case 3:
		for i := range 4 {
			if g := (p.below(6) + i) % 6; valueTypes[g%4] == t {
				return fmt.Sprintf("(global.get $g%d)", g)
			}
		}
	}
	if l := p.local(t); l >= 0 {
		return fmt.Sprintf("(local.get %d)", l)
	}
	return p.constant(t)
}

// alike is made of values that are nearly the same as others, or of halves and negations as programs of Go have
// them; or it is empty.
func (p *program) alike(t string, e func(string) string) string {
	switch c := p.local("i32"); {
	case t == "i32" && p.below(3) == 0:
		half := func() string {
			return p.pick("(i64.extend_i32_u "+e("i32")+")", "(i64.extend_i32_s "+e("i32")+")", p.constant("i64"))
		}
		return fmt.Sprintf("(i32.wrap_i64 (i64.%s %s %s))", p.pick("add", "sub", "mul", "and", "or", "xor", "shl"), half(), p.pick(half(), e("i64")))
	case t == "i32" && p.below(3) == 0:
		return fmt.Sprintf("(i32.eqz (i64.%s (i64.extend_i32_u (%s))))", p.pick("eqz", "eqz", "ne (i64.const 0)"), p.pick("i64.eqz "+e("i64"), "i32.eqz "+e("i32"), "i32.lt_s "+e("i32")+" "+e("i32")))
	case t[0] == 'i' && c >= 0 && p.below(2) == 0:
		k := p.constant(t)
		return fmt.Sprintf("(%[1]s.xor (select %[2]s %[3]s (local.get %[5]d)) (select %[2]s %[4]s (local.get %[5]d)))", t, k, e(t), e(t), c)
	}
	return ""
}

func (p *program) constant(t string) string {
	if t == "v128" {
		list := interesting["i64"]
		return fmt.Sprintf("(v128.const i64x2 %s %s)", list[p.below(len(list))], list[p.below(len(list))])
	}
	return fmt.Sprintf("(%s.const %s)", t, interesting[t][p.below(len(interesting[t]))])
}

// vector is a vector made of others, or empty. Lanes are integers, as there are no bits of NaNs in them.
func (p *program) vector(e func(string) string) string {
	shape := p.pick("i8x16", "i16x8", "i32x4", "i64x2")
	switch p.below(12) {
	case 0, 1:
		return fmt.Sprintf("(%s.%s %s %s)", shape, p.pick("add", "sub", "eq", "ne"), e("v128"), e("v128"))
	case 2:
		return fmt.Sprintf("(v128.%s %s %s)", p.pick("and", "or", "xor", "andnot"), e("v128"), e("v128"))
	case 3:
		return fmt.Sprintf("(v128.bitselect %s %s %s)", e("v128"), e("v128"), e("v128"))
	case 4:
		return fmt.Sprintf("(%s.%s %s %s)", p.pick("i16x8", "i32x4", "i64x2"), p.pick("shl", "shr_u", "shr_s"), e("v128"), e("i32"))
	case 5:
		return fmt.Sprintf("(%s.%s %s %s)", p.pick("i8x16", "i16x8", "i32x4"), p.pick("min_s", "max_u", "gt_s", "le_u", "ge_s", "lt_u"), e("v128"), e("v128"))
	case 6:
		form := "(i8x16.shuffle"
		for range 16 {
			form += fmt.Sprint(" ", p.below(32))
		}
		return fmt.Sprintf("%s %s %s)", form, e("v128"), e("v128"))
	case 7:
		return p.pick("(i8x16.splat "+e("i32")+")", "(i32x4.splat "+e("i32")+")", "(i64x2.splat "+e("i64")+")")
	case 8:
		return p.pick(fmt.Sprintf("(i32x4.replace_lane %d %s %s)", p.below(4), e("v128"), e("i32")),
			fmt.Sprintf("(i64x2.replace_lane %d %s %s)", p.below(2), e("v128"), e("i64")))
	case 9:
		return fmt.Sprintf("(%s.%s %s)", shape, p.pick("neg", "abs"), e("v128"))
	case 10:
		return fmt.Sprintf("(%s %s %s)", p.pick("i64x2.mul", "i32x4.mul", "i16x8.mul", "i32x4.dot_i16x8_s", "i8x16.swizzle", "i8x16.narrow_i16x8_u", "i64x2.extmul_high_i32x4_s"),
			e("v128"), e("v128"))
	}
	return ""
}

func (p *program) offset() string {
	return p.pick("", "", "offset=4", "offset=8", "offset=1", "offset=65528", "offset=100000")
}

// address is mostly one in the memory.
func (p *program) address(depth int) string {
	x := p.expr("i32", depth-1)
	switch p.below(8) {
	case 0:
		return x
	case 1:
		return fmt.Sprintf("(i32.and %s (i32.const 65535))", x)
	case 2:
		return fmt.Sprintf("(i32.shr_u %s (i32.const 15))", x)
	case 3:
		return fmt.Sprintf("(i32.rem_u %s (i32.const 65000))", x)
	case 4:
		return fmt.Sprintf("(local.get %d)", len(p.types)-1-p.below(3))
	}
	return fmt.Sprintf("(i32.and %s (i32.const 4095))", x)
}

func (p *program) steps(n, depth int, sigs [][2][]string) {
	for range n {
		p.step(depth, sigs)
	}
}

func (p *program) set(t string) string {
	if l := p.local(t); l >= 0 {
		return fmt.Sprintf("(local.set %d)", l)
	}
	return "(drop)"
}

func (p *program) step(depth int, sigs [][2][]string) {
	if p.size > 600 {
		return
	}
	t := p.typ()
	if p.vectors && p.below(6) == 0 {
		t = "v128"
	}
	switch p.below(18) {
	case 16:
		p.fields()
	case 17:
		p.exchange(depth, sigs)
	case 0, 1, 2, 3:
		fmt.Fprintf(p, "%s %s\n", p.expr(t, 3), p.set(t))
	case 4, 5:
		op := "store"
		if t == "i32" {
			op = p.pick("store", "store", "store8", "store16")
		} else if t == "i64" {
			op = p.pick("store", "store8", "store16", "store32")
		}
		fmt.Fprintf(p, "(%s.%s %s %s %s)\n", t, op, p.offset(), p.address(2), p.seen(t, p.expr(t, 2)))
	case 6:
		g := p.below(6)
		fmt.Fprintf(p, "(global.set $g%d %s)\n", g, p.seen(valueTypes[g%4], p.expr(valueTypes[g%4], 2)))
	case 7, 8:
		if depth == 0 || p.loops == 3 {
			return
		}
		c := len(p.types) - 1 - p.loops
		p.loops++
		fmt.Fprintf(p, "(local.set %d (i32.const 0))\n(block (loop\n", c)
		p.labels += 2
		p.heads = append(p.heads, p.labels)
		p.steps(1+p.below(5), depth-1, sigs)
		p.labels -= 2
		p.heads = p.heads[:len(p.heads)-1]
		if p.below(3) == 0 {
			fmt.Fprintf(p, "(br_if 1 %s)\n", p.expr("i32", 2))
		}
		fmt.Fprintf(p, "(br_if 0 (i32.lt_u (local.tee %d (i32.add (local.get %d) (i32.const %s))) (i32.const %d)))))\n", c, c, p.pick("1", "4", "3"), 1+p.below(40))
		p.loops--
	case 9, 10:
		if depth == 0 {
			return
		}
		fmt.Fprintf(p, "(if %s (then\n", p.expr("i32", 2))
		p.labels++
		p.steps(1+p.below(4), depth-1, sigs)
		if p.below(2) == 0 {
			p.WriteString(") (else\n")
			p.steps(1+p.below(4), depth-1, sigs)
		}
		p.labels--
		p.WriteString("))\n")
	case 11:
		if depth == 0 {
			return
		}
		p.WriteString("(block (block (block\n")
		p.labels += 3
		p.steps(1, depth-1, sigs)
		fmt.Fprintf(p, "(br_table %s %s)\n", p.pick("0 1 2", "2 1 0", "0 0 1 1 2 2", "1", "2 0 1 2 1 0 2"), p.expr("i32", 2))
		p.WriteString(")\n")
		p.labels--
		p.steps(1, depth-1, sigs)
		p.WriteString(")\n")
		p.labels--
		p.steps(1, depth-1, sigs)
		p.WriteString(")\n")
		p.labels--
	case 12, 13:
		if len(p.calls) == 0 || p.loops > 1 {
			return
		}
		k := p.below(len(p.calls))
		s := sigs[p.first+k]
		for _, t := range s[0] {
			p.WriteString(p.expr(t, 2))
		}
		if p.below(2) == 0 {
			fmt.Fprintf(p, "(call $f%d)\n", p.first+k)
		} else {
			at := p.first + k
			if p.below(10) == 0 {
				at = p.first + p.below(8) // most likely a trap
			}
			fmt.Fprintf(p, "(i32.const %d) (call_indirect %s)\n", at, p.calls[k])
		}
		for i := len(s[1]) - 1; i >= 0; i-- {
			p.WriteString(p.set(s[1][i]))
		}
	case 14:
		switch p.below(6) {
		case 0:
			fmt.Fprintf(p, "(drop (memory.grow (i32.and %s (i32.const 1))))\n", p.expr("i32", 1))
		case 1, 2:
			fmt.Fprintf(p, "(memory.fill %s %s (i32.and %s (i32.const 127)))\n", p.address(2), p.expr("i32", 1), p.expr("i32", 1))
		default:
			fmt.Fprintf(p, "(memory.copy %s %s (i32.and %s (i32.const 255)))\n", p.address(2), p.address(2), p.expr("i32", 1))
		}
	case 15:
		if p.loops > 0 { // goes on with one of the loops around, which counts that
			k := p.below(p.loops)
			c := len(p.types) - 1 - k
			fmt.Fprintf(p, "(if %s (then (br_if %d (i32.lt_u (local.tee %d (i32.add (local.get %d) (i32.const 1))) (i32.const %d)))))\n",
				p.expr("i32", 2), 1+p.labels-p.heads[k], c, c, 1+p.below(20))
			return
		}
		if p.labels > 0 && p.below(2) == 0 && p.loops == 0 {
			fmt.Fprintf(p, "(br_if %d %s)\n", p.below(p.labels), p.expr("i32", 2))
		} else if p.below(20) == 0 {
			fmt.Fprintf(p, "(if %s (then (unreachable)))\n", p.expr("i32", 2))
		}
	}
}

// fields reads and writes what is behind one address, at its end or its beginning first, as programs do
// with records; the address is near the end of the memory now and then.
func (p *program) fields() {
	l := p.local("i32")
	if l < 0 {
		return
	}
	at := p.address(2)
	if p.below(3) == 0 {
		at = fmt.Sprintf("(i32.add (i32.and %s (i32.const 63)) (i32.const %s))", p.expr("i32", 1), p.pick("65473", "65500", "-64"))
	}
	fmt.Fprintf(p, "(local.set %d %s)\n", l, at)
	for range 2 + p.below(4) {
		address := fmt.Sprintf("(local.get %d)", l)
		if p.below(2) == 0 {
			address = fmt.Sprintf("(i32.add %s (i32.const %s))", address, p.pick("4", "8", "16", "-4", "-8"))
		}
		offset := p.pick("", "offset=4", "offset=12", "offset=24", "offset=32")
		if p.below(2) == 0 {
			fmt.Fprintf(p, "(i32.store %s %s %s)\n", offset, address, p.expr("i32", 1))
		} else {
			fmt.Fprintf(p, "(i32.load %s %s) %s\n", offset, address, p.set("i32"))
		}
	}
}

// exchange has two locals begin as one and change places in a loop.
func (p *program) exchange(depth int, sigs [][2][]string) {
	if depth == 0 || p.loops == 3 {
		return
	}
	a, b := p.local("i32"), p.local("i32")
	if a < 0 {
		return
	}
	c := len(p.types) - 1 - p.loops
	p.loops++
	fmt.Fprintf(p, "(local.set %d (local.get %d)) (local.set %d (i32.const 0))\n(block (loop\n", a, b, c)
	p.labels += 2
	p.heads = append(p.heads, p.labels)
	if p.below(2) == 0 {
		p.step(depth-1, sigs)
	}
	fmt.Fprintf(p, "(i32.store8 (i32.and (local.get %d) (i32.const 4095)) (local.get %d))\n", a, b)
	fmt.Fprintf(p, "(local.get %d) (local.get %d) (local.set %d) (local.set %d)\n", a, b, a, b)
	p.labels -= 2
	p.heads = p.heads[:len(p.heads)-1]
	fmt.Fprintf(p, "(br_if 0 (i32.lt_u (local.tee %d (i32.add (local.get %d) (i32.const 1))) (i32.const %d)))))\n", c, c, 1+p.below(5))
	p.loops--
}

const canon = `(func $canon_f32 (param f32) (result f32)
  (select (local.get 0) (f32.const nan) (f32.eq (local.get 0) (local.get 0))))
(func $canon_f64 (param f64) (result f64)
  (select (local.get 0) (f64.const nan) (f64.eq (local.get 0) (local.get 0))))
)`

// outcome is what is to be seen of a call: results, memory, globals, and of a trap its
// reason and its frames.
func outcome(i *engine.Instance, name string, args []uint64, narrow func(stack []uint64), places bool) string {
	s := make([]uint64, 16)
	copy(s, args)
	err := i.Call(context.Background(), name, s)
	var ending string
	if err != nil {
		ending = failed(err, places)
	} else {
		narrow(s)
		ending = fmt.Sprint(s[:4])
	}
	var globals []uint64
	for g := range 6 {
		v, _ := i.Global(fmt.Sprint("g", g))
		globals = append(globals, v)
	}
	return ending + state(i.Memory(), globals)
}

// failed is the error of a call, with the places of a trap.
func failed(err error, places bool) string {
	text := err.Error()
	var t *engine.Trap
	if errors.As(err, &t) && places {
		for _, f := range t.Frames {
			text += fmt.Sprintf(" %d@%x", f.Function, f.Offset)
		}
	}
	return text
}

// forSeconds has check check what is random of a seed and a number, for the seconds that the variable of that name
// gives. It reports whether that is set.
func forSeconds(t *testing.T, variable string, check func(t *testing.T, n int, rng *rand.Rand)) bool {
	seconds, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		return false
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed) // at once, for what ends the process
	n := 0
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end) && !t.Failed(); n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) { check(t, n, rand.New(rand.NewPCG(seed, uint64(n)))) })
	}
	t.Logf("%d of seed %d", n, seed)
	return true
}

// state is what is to be seen of memory and globals.
func state(memory []byte, globals []uint64) string {
	var b strings.Builder
	h := fnv.New64a()
	h.Write(memory)
	fmt.Fprintf(&b, " memory %d %x", len(memory), h.Sum64())
	for g, v := range globals {
		if g%4 == 0 || g%4 == 2 {
			v = uint64(uint32(v))
		}
		fmt.Fprintf(&b, " %x", v)
	}
	return b.String()
}

// trapTexts are what engines say of the codes of traps.
var trapTexts = map[int]fault.Code{3: fault.Unreachable, 4: fault.MemoryOutOfBounds, 7: fault.TableOutOfBounds, 8: fault.TableOutOfBounds,
	9: fault.IndirectCallTypeMismatch, 10: fault.DivideByZero, 11: fault.IntegerOverflow, 12: fault.InvalidConvToInt}

// evaluation is a program as it is behind each pass, in the hands of an evaluator.
type evaluation struct {
	stages []string
	list   []*native.Evaluator
}

// evaluators are those of the program bin; nil for one with vectors, which are not evaluated.
func evaluators(t testing.TB, bin []byte, text string) *evaluation {
	e := &evaluation{stages: native.Stages()}
	for n := range e.stages {
		x, err := native.NewEvaluator(bin, n)
		if err != nil {
			if !strings.Contains(text, "v128") {
				t.Fatalf("not evaluated: %v\n%s", err, text)
			}
			return nil
		}
		x.Limit, x.Steps = 3, 2_000_000
		for g, kind := range []string{"i32", "i64", "f32", "f64", "i32", "i64"} {
			v := uint64(g)
			switch kind {
			case "f32":
				v = uint64(math.Float32bits(float32(g)))
			case "f64":
				v = math.Float64bits(float64(g))
			}
			x.Globals = append(x.Globals, v)
		}
		for i := range programFunctions {
			x.Table = append(x.Table, i)
		}
		x.Table = append(x.Table, -1)
		e.list = append(e.list, x)
	}
	return e
}

var places = regexp.MustCompile(` -?\d+@-?[0-9a-f]+`)

// check calls function f behind each pass, and compares that with want. It reports whether that
// makes sense for further calls.
func (e *evaluation) check(t testing.TB, f int, args []uint64, want, text string) bool {
	want = places.ReplaceAllString(want, "")
	for n, x := range e.list {
		results, trap, err := x.Call(f, args)
		if errors.Is(err, native.ErrSteps) || errors.Is(err, native.ErrDepth) || errors.Is(err, native.ErrUnknown) {
			return false
		}
		s := make([]uint64, 16)
		copy(s, args)
		copy(s, results)
		got := fmt.Sprint(s[:4])
		switch {
		case err != nil:
			t.Fatalf("behind %s: f%d%v: %v\n%s", e.stages[n], f, args, err, text)
		case trap >= 0:
			got = trapTexts[trap].Error()
		}
		if got += state(x.Memory, x.Globals); got != want {
			t.Fatalf("behind %s: f%d%v = %s\nwant %s\n%s", e.stages[n], f, args, got, want, text)
		}
	}
	return true
}

// mended is bin without what the engine's compilers get wrong (docs/ENGINE.md), which modules are without before
// anything is compiled.
func mended(t testing.TB, bin []byte) []byte {
	m, err := wasm.Decode(bin, wasm.Wasm3|wasm.Threads)
	for _, pass := range []func(*wasm.Module) (*wasm.Module, error){lower.Compares, lower.Conversions, lower.Selects, lower.InPlace, lower.Remainders, lower.Popcnt, lower.Bitmasks} {
		if err == nil {
			m, err = pass(m)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return wasm.Encode(m)
}

func checkProgram(t testing.TB, b []byte) {
	text := generate(b)
	text = strings.TrimSuffix(text, ")") + canon
	raw := assemble(t, text)
	bin := mended(t, raw)
	var direct *engine.Instance // of what the engine miscompiles
	if i, made := optimized(t, raw, native.Options{}, nil); len(made.Kept) == 0 {
		direct = i
	}
	// One of two globals is carried.
	counts := func(*wasm.Module) (uint32, bool) { return uint32(1 + len(b)%2*4), true }
	ours, res := optimized(t, bin, native.Options{}, nil)
	for _, r := range res.Reasons {
		if strings.Contains(r.Error(), "defect") {
			t.Fatalf("%v\n%s", r, text)
		}
		t.Log(r)
	}
	if err := native.ReadBack(bin); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var others []*engine.Instance
	for k, o := range ways(native.Options{Counter: counts, Only: func(i int) bool { return i%2 == len(b)%2 }}) {
		mixed, _ := optimized(t, bin, o, nil)
		others = append(others, mixed)
		if k > 0 {
			o.Only, o.Counter = nil, counts
			guarded, _ := optimized(t, bin, o, nil)
			others = append(others, guarded)
		}
	}
	theirs, interpreted := plain(t, bin, false), plain(t, raw, true)
	rng := rand.New(rand.NewPCG(uint64(len(b)), 5))
	evaluated := evaluators(t, bin, text)
	for f := range programFunctions {
		for range 3 {
			args := make([]uint64, 10)
			for k := range args {
				args[k] = rng.Uint64() >> (rng.UintN(8) * 8)
				if rng.UintN(3) == 0 {
					args[k] = uint64(rng.UintN(100))
				}
			}
			narrow(text, f, args)
			name := fmt.Sprint("f", f)
			run := func(i *engine.Instance, places bool) string {
				return outcome(i, name, args, func(s []uint64) { i.Narrow(name, s) }, places)
			}
			want := run(theirs, true)
			if strings.Contains(want, "exhausted") {
				evaluated = nil // what they have left behind differs
				continue
			}
			if evaluated != nil && !evaluated.check(t, f, args, want, text) {
				evaluated = nil
			}
			if got := run(ours, true); got != want {
				t.Fatalf("%s%v = %s\nwant %s\n%s", name, args, got, want, text)
			}
			for k, other := range others {
				if got := run(other, true); got != want {
					t.Fatalf("%s: %s%v = %s\nwant %s\n%s", [...]string{"mixed", "mixed, guarded", "guarded"}[k], name, args, got, want, text)
				}
			}
			want = strings.Join(strings.Fields(want), " ")
			if direct != nil {
				if got := run(direct, true); strings.Join(strings.Fields(places.ReplaceAllString(got, "")), " ") != strings.Join(strings.Fields(places.ReplaceAllString(want, "")), " ") {
					t.Fatalf("direct: %s%v = %s\nwant %s\n%s", name, args, got, want, text)
				}
			}
			if got := run(interpreted, false); !strings.Contains(want, "@") && strings.Join(strings.Fields(got), " ") != want {
				t.Fatalf("interpreter: %s%v = %s\nours %s\n%s", name, args, got, want, text)
			}
		}
	}
}

// narrow clears the upper halves of the parameters of 32 bits of function f of the text.
func narrow(text string, f int, s []uint64) {
	_, sig, _ := strings.Cut(text, fmt.Sprintf("(func $f%d ", f))
	_, sig, _ = strings.Cut(sig, "(param ")
	sig, _, _ = strings.Cut(sig, ")")
	for k, t := range strings.Fields(sig) {
		if t == "f32" || t == "i32" {
			s[k] = uint64(uint32(s[k]))
		}
	}
}

func randomBytes(rng *rand.Rand) []byte {
	b := make([]byte, 300+rng.IntN(3000))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestRandomPrograms compares our code with the engine's and the interpreter's. The
// variable WAZEDGE_RANDOM gives the seconds that it takes.
func TestRandomPrograms(t *testing.T) {
	if forSeconds(t, "WAZEDGE_RANDOM", func(t *testing.T, _ int, rng *rand.Rand) { checkProgram(t, randomBytes(rng)) }) {
		return
	}
	rng := rand.New(rand.NewPCG(1, 2))
	n := 150
	if testing.Short() {
		n = 30
	}
	for range n {
		checkProgram(t, randomBytes(rng))
	}
}

// TestProgramsHitPasses states that random programs have what each pass is for.
func TestProgramsHitPasses(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	hits := map[string]int{}
	for range 80 {
		text := generate(randomBytes(rng))
		bin := assemble(t, strings.TrimSuffix(text, ")")+canon)
		if err := native.Hits(bin, hits); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(hits)
	for _, pass := range []string{"cycles", "hoisted once", "checked by sums", "computed again"} {
		if hits[pass] < 3 {
			t.Errorf("%s: %d times", pass, hits[pass])
		}
	}
}

func FuzzPrograms(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		f.Add(randomBytes(rng))
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkProgram(t, b) })
}
