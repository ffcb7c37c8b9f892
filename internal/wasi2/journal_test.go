package wasi2

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
)

// readAnswer is the value of type t that b is, if it is one.
func readAnswer(b []byte, t types.ValType) (exec.Value, bool) {
	r := answerReader{rest: b, ok: true}
	v := r.value(t)
	return v, r.ok && len(r.rest) == 0
}

// TestAnswersAreKept states that a result is read from a journal as what it was, and that a part
// of it is not taken for one.
func TestAnswersAreKept(t *testing.T) {
	scope := map[string]*types.Type{}
	for _, c := range []struct{ notation, text string }{
		{"bool", "true"}, {"u8", "255"}, {"s8", "-128"}, {"u16", "65535"}, {"s16", "-1"}, {"u32", "4294967295"}, {"s32", "-2147483648"},
		{"u64", "18446744073709551615"}, {"s64", "-9223372036854775808"}, {"f32", "1.5"}, {"f64", "-inf"}, {"char", "'☃'"},
		{"string", `"a☃"`}, {"list<u8>", "[1, 2, 3]"}, {"list<s64>", "[-1]"}, {"list<string>", `["", "b"]`},
		{"list<tuple<string, string>>", `[("a", "b"), ("c", "")]`}, {"option<string>", `some("x")`}, {"option<u8>", "none"},
		{"result<u64, enum{a, b}>", "err(b)"}, {"result", "ok"}, {"flags{a, b, c}", "{a, c}"},
		{"record{a: option<u8>, b: list<bool>}", "{a: some(1), b: [true, false]}"}, {"variant{x, y(tuple<u16, u16>)}", "y((1, 2))"},
	} {
		r := reader{c.notation, scope}
		typ := r.typ()
		v, err := wave.Parse(c.text, typ, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.notation, err)
		}
		b := appendAnswer(nil, &v, typ)
		again, ok := readAnswer(b, typ)
		if got := wave.Format(again, typ); !ok || got != c.text {
			t.Errorf("%s of %s is read as %s, %v", c.text, c.notation, got, ok)
		}
		for n := range b {
			if _, ok := readAnswer(b[:n], typ); ok {
				t.Errorf("%s of %s: %d bytes of %d will do", c.text, c.notation, n, len(b))
			}
		}
	}
}

// TestJournalledCalls states that a component which is answered from a journal sees, and says, what
// it did when the journal was written, of whatever call and ending; and that another call is told apart.
func TestJournalledCalls(t *testing.T) {
	r := reader{"(a: u32, b: list<string>) -> result<string, u8>", nil}
	typ := r.function()
	list := func(texts ...string) exec.Value {
		var l exec.Value
		for _, s := range texts {
			l.List = append(l.List, exec.Text(s))
		}
		return l
	}
	type call struct {
		args   []exec.Value
		result exec.Value
		err    error
	}
	calls := []call{
		{[]exec.Value{Number(uint8(7)), list("a", "b")}, OK(exec.Text("yes")), nil},
		{[]exec.Value{Number(uint8(8)), list()}, Failed(Number(uint8(9))), nil},
		{[]exec.Value{Number(uint8(0)), list()}, exec.Value{}, exec.Trapf("no %d", 1)},
		{[]exec.Value{Number(uint8(0)), list()}, exec.Value{}, fault.New(fault.HostFuncError, "a line")},
		{[]exec.Value{Number(uint8(0)), list()}, exec.Value{}, &Exit{3}},
	}
	perform := func(c Config, k *call, args []exec.Value) (exec.Value, error) {
		h := New(abi.NewGuest(abi.GuestConfig{}), c)
		defer h.Close()
		return (&Call{t.Context(), h}).answer("a:b/c", &Function{Name: "f", Call: func(c *Call, _ []exec.Value) (exec.Value, error) {
			if c.config.Record == nil {
				t.Error("the function is called again")
				return exec.Value{}, nil
			}
			c.config.Record.Say([]byte("said"), 1)
			return k.result, k.err
		}}, typ, args)
	}
	for n := range calls {
		k := &calls[n]
		m := journal.NewMemory()
		perform(Config{Record: journal.NewWriter(m, nil)}, k, k.args)
		player := journal.NewPlayer(m)
		var out bytes.Buffer
		player.Out[1] = &out
		v, err := perform(Config{Player: player}, nil, k.args)
		if k.err == nil && (err != nil || !reflect.DeepEqual(v, k.result)) {
			t.Errorf("call %d: %v, %v", n, v, err)
		}
		if k.err != nil && (err == nil || reflect.TypeOf(err) != reflect.TypeOf(k.err) || err.Error() != k.err.Error()) {
			t.Errorf("call %d: ended by %v, want %v", n, err, k.err)
		}
		if out.String() != "said" || !player.Ended() {
			t.Errorf("call %d says %q; at the end: %v", n, &out, player.Ended())
		}
		other := []exec.Value{k.args[0], list("a", "c")}
		if _, err := perform(Config{Player: journal.NewPlayer(m)}, nil, other); !errors.As(err, new(*journal.Divergence)) {
			t.Errorf("call %d with another argument: %v", n, err)
		}
	}
}

// FuzzAnswers: whatever a record says that a function has returned is a value of its type or is
// found to be none, and is read from what it is written as.
func FuzzAnswers(f *testing.F) {
	all := everything()
	var results []types.ValType
	for name := range all.all {
		for _, e := range all.make(name).typ.Exports.List {
			if e.Func != nil && e.Func.Result != nil {
				results = append(results, *e.Func.Result)
			}
		}
	}
	f.Add([]byte{0, 1, 3, 'a', 'b', 'c'})
	f.Add(bytes.Repeat([]byte{1}, 20))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, typ := range results {
			v, ok := readAnswer(b, typ)
			if !ok {
				continue
			}
			if _, err := wave.Append(nil, v, typ, nil); err != nil {
				t.Error(err)
			}
			again, ok := readAnswer(appendAnswer(nil, &v, typ), typ)
			if !ok || !bytes.Equal(appendAnswer(nil, &again, typ), appendAnswer(nil, &v, typ)) {
				t.Errorf("%x is written as what is no %s", b, typ)
			}
			for n := range b { // parts are no more than their bytes say
				readAnswer(b[:n], typ)
			}
		}
		m := journal.NewPlayer(raw(b))
		m.Answer(&journal.Function{Module: "m", Name: "f"}, nil, &answerMemory{}, nil)
	})
}

// raw is a journal of any bytes.
type raw []byte

// Open implements [journal.Journal].
func (r raw) Open() (io.Reader, error) { return bytes.NewReader(r), nil }
