package wasi2

import (
	"context"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// caller calls the functions of a host as a component would, without the values' way through
// its memory.
type caller struct {
	testing.TB
	*Call
	functions map[string]func(*Call, []exec.Value) (exec.Value, error)
}

// newCaller is a component that finds c. Its host is closed at the end of the test.
func newCaller(t testing.TB, c Config) *caller {
	return newCallerIn(t, abi.GuestConfig{}, c)
}

func newCallerIn(t testing.TB, g abi.GuestConfig, c Config) *caller {
	h := New(abi.NewGuest(g), c)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &caller{t, &Call{context.Background(), h}, map[string]func(*Call, []exec.Value) (exec.Value, error){}}
	for name, i := range everything().all {
		for _, f := range i.Functions {
			w.functions[name+"#"+f.Name] = f.Call
		}
	}
	return w
}

// call calls a function. Arguments are values, or what [value] makes one of.
func (w *caller) call(name string, args ...any) (exec.Value, error) {
	w.Helper()
	f := w.functions["wasi:"+name]
	if f == nil {
		w.Fatalf("no function %s", name)
	}
	values := make([]exec.Value, len(args))
	for n, a := range args {
		values[n] = w.value(a)
	}
	return f(w.Call, values)
}

// value is a as a value.
func (w *caller) value(a any) exec.Value {
	switch a := a.(type) {
	case exec.Value:
		return a
	case string:
		return exec.Text(a)
	case int:
		return Number(a)
	case uint64:
		return Number(a)
	case []byte:
		return Bytes(a)
	}
	w.Fatalf("%T is no value", a)
	return exec.Value{}
}

// must calls a function that has to give a result without an error, which it returns.
func (w *caller) must(name string, args ...any) exec.Value {
	w.Helper()
	v, err := w.call(name, args...)
	if err != nil || v.Bits != 0 {
		w.Fatalf("%s%v = %v, %v", name, args, v, err)
	}
	if len(v.List) == 0 {
		return exec.Value{}
	}
	return v.List[0]
}

// failing calls a function whose result is to be an error, and is that error's name, or "ok".
func (w *caller) failing(name string, args ...any) string {
	w.Helper()
	v, err := w.call(name, args...)
	if err != nil {
		w.Fatalf("%s%v: %v", name, args, err)
	}
	if v.Bits == 0 {
		return "ok"
	}
	if strings.HasPrefix(name, "sockets/") {
		return netErrors[v.List[0].Bits].name
	}
	return fileErrors[v.List[0].Bits].name
}

// drop gives up a handle, as its owner does.
func (w *caller) drop(v exec.Value) { w.remove(v.Bits) }
