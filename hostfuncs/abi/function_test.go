package abi

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// code is an error number of a namespace.
type code uint16

func (c code) String() string { return [...]string{"ok", "bad", "odd"}[c] }

// The wasm type is that of the Go function's parameters and result.
func TestTypesFollowFromGo(t *testing.T) {
	f := Fn5("f", "a b c d e", func(_ *dice, _ Memory, a uint8, b int64, c Ptr64, d uint64, e code) code { return 0 })
	want := Signature{[]ValueType{I32, I64, I32, I64, I32}, []ValueType{I32}}
	if !f.Type.Equal(want) {
		t.Errorf("type %v, want %v", f.Type, want)
	}
	long := Fn0("g", func(*dice, Memory) int64 { return -1 })
	if want := (Signature{Results: []ValueType{I64}}); !long.Type.Equal(want) {
		t.Errorf("type %v, want %v", long.Type, want)
	}
}

// What is above the bits of a parameter is cut off; a negative result has its own 32
// bits and no more.
func TestWordsAreCut(t *testing.T) {
	f := Fn2("f", "a b", func(_ *dice, _ Memory, a uint8, b int32) int32 { return int32(a) + b })
	stack := []uint64{0x101, 1<<32 - 3}
	if err := f.Invoke(&dice{}, Caller{}, stack); err != nil || stack[0] != 1<<32-2 {
		t.Errorf("%#x, %v", stack[0], err)
	}
}

// An address that is not aligned is refused before the function is called, where the
// namespace has a number for that.
func TestAlignment(t *testing.T) {
	called := 0
	row := func() Function {
		return Fn3("f", "a b c", func(_ *dice, _ Memory, _ Ptr16, _ Ptr32, _ Ptr64) code { called++; return 0 })
	}
	careful, careless := NewTable("m", row()).Misaligned(2), NewTable("m", row())
	for _, c := range []struct {
		args []uint64
		want uint64
	}{
		{[]uint64{2, 4, 8}, 0}, {[]uint64{1, 4, 8}, 2}, {[]uint64{2, 6, 8}, 2}, {[]uint64{2, 4, 12}, 2},
	} {
		for _, table := range []*Table{careful, careless} {
			f, _ := table.Function("f", Signature{})
			stack := slices.Clone(c.args)
			called = 0
			want := c.want
			if table == careless {
				want = 0
			}
			if err := f.Invoke(&dice{}, Caller{}, stack); err != nil || stack[0] != want || (called == 1) != (want == 0) {
				t.Errorf("%v: %d, called %d times, %v; want %d", c.args, stack[0], called, err, want)
			}
		}
	}
}

// A line of the trace shows what marks of names and types say.
func TestTrace(t *testing.T) {
	var out bytes.Buffer
	g := NewGuest(GuestConfig{Trace: &out})
	m := &testMemory{b: make([]byte, 256)}
	copy(m.b[16:], "a \"b\"")
	table := NewTable("m",
		Fn6("f", "text.name name_len bits.flags n at result.size", func(_ *dice, m Memory, p Ptr, n Size, flags uint64, x int32, at Ptr, size Ptr64) code {
			if b, ok := m.U64(size); ok {
				Put64(b, 1<<40)
			}
			return code(x & 1)
		}),
		Raw("end", "status", Signature{Params: []ValueType{I32}}, func(_ *dice, _ Caller, s []uint64) error { return Exit(uint32(s[0])) }),
	)
	call := func(name string, args ...uint64) {
		f, _ := table.Function(name, Signature{})
		defer func() { recover() }()
		g.Call(f, &dice{}, Caller{Memory: MemoryOf(m)}, append(args, 0))
	}
	call("f", 16, 5, 0x80, 1<<32-2, 64, 128)
	call("f", 500, 5, 0, 1, 0, 500)
	call("end", 3)
	got := regexp.MustCompile(`<[0-9.]+[nµm]?s>`).ReplaceAllString(out.String(), "<time>")
	want := strings.Join([]string{
		`f(name="a \"b\"", flags=0x80, n=-2, at=0x40) = 0 size=1099511627776 <time>`,
		`f(name=0x1f4+5, flags=0x0, n=1, at=0x0) = 1 (bad) <time>`,
		`end(status=3) = ? (module closed with exit_code(3)) <time>`,
	}, "\n") + "\n"
	if got != want {
		t.Errorf("trace:\n%s\nwant:\n%s", got, want)
	}
}

// A guest in the engine calls what it imports, and nothing else is there.
func TestInstantiate(t *testing.T) {
	ctx := t.Context()
	rt := engine.New(context.Background(), engine.Config{})
	defer rt.Close(ctx)
	spent := 0
	g := NewGuest(GuestConfig{Spent: func(time.Duration) { spent++ }})
	host, err := g.Instantiate(ctx, rt, diceTable, &dice{thrown: 41}, []Import{{Name: "throw"}, {Name: "count"}, {Name: "count"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(host.Wazero().ExportedFunctionDefinitions()); n != 2 {
		t.Errorf("%d functions, want 2", n)
	}
	m, err := wat.Parse([]byte(`(module (import "dice" "throw" (func $throw (param i32 i32) (result i32)))
		(import "dice" "count" (func $count (result i32))) (memory 1)
		(func (export "f") (result i32) (drop (call $throw (i32.const 8) (i32.const 1))) (i32.add (call $count) (i32.load8_u (i32.const 8)))))`))
	if err != nil {
		t.Fatal(err)
	}
	code, err := rt.Compile(ctx, wasm.Encode(m), 1)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(ctx, code, engine.Options{Imports: func(string) *engine.Instance { return host }})
	if err != nil {
		t.Fatal(err)
	}
	stack := []uint64{0}
	if err := inst.Call(ctx, "f", stack); err != nil || stack[0] != 84 || spent != 2 {
		t.Errorf("%d, %v, told of %d calls", stack[0], err, spent)
	}
	end := errors.New("the end")
	g.Interrupt(end)
	g.Interrupt(errors.New("another"))
	if err := inst.Call(ctx, "f", stack); !errors.Is(err, end) {
		t.Errorf("after an interruption: %v", err)
	}
	if _, err := g.Instantiate(ctx, rt, diceTable, &dice{}, []Import{{Name: "nothing"}}, nil); err == nil {
		t.Error("a function that does not exist is there")
	}
}

// A call allocates nothing.
func TestCallsDoNotAllocate(t *testing.T) {
	m := &testMemory{b: make([]byte, 256)}
	d, stack := &dice{}, []uint64{8, 8}
	f, _ := diceTable.Function("throw", Signature{})
	for name, c := range map[string]GuestConfig{"plain": {}, "timed": {Spent: func(time.Duration) {}}, "interruptible": {Interruptible: true}} {
		g := NewGuest(c)
		n := testing.AllocsPerRun(100, func() {
			stack[0], stack[1] = 8, 8
			g.Call(f, d, Caller{Memory: MemoryOf(m)}, stack)
		})
		if n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
