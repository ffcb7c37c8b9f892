package engine_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
)

// instance is the module of a file below testdata/guests, instantiated.
func instance(t testing.TB, c engine.Config, file string) *engine.Instance {
	t.Helper()
	b, err := os.ReadFile("../../testdata/guests/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return instanceOf(t, c, b)
}

func instanceOf(t testing.TB, c engine.Config, b []byte) *engine.Instance {
	t.Helper()
	rt := engine.New(context.Background(), c)
	t.Cleanup(func() {
		if err := rt.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	code, err := rt.Compile(t.Context(), b, 1)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(t.Context(), code, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

func TestTrapsKnowTheirPlace(t *testing.T) {
	// (func $a unreachable) (func (export "f") nop call $a), with a name section
	// that does not give indices away.
	module := []byte("\x00asm\x01\x00\x00\x00" +
		"\x01\x04\x01\x60\x00\x00" +
		"\x03\x03\x02\x00\x00" +
		"\x07\x05\x01\x01f\x00\x01" +
		"\x0a\x0b\x02\x03\x00\x00\x0b\x05\x00\x01\x10\x00\x0b" +
		"\x00\x0d\x04name\x01\x06\x01\x00\x03odd")
	for _, interpreter := range []bool{false, true} {
		inst := instanceOf(t, engine.Config{Interpreter: interpreter}, module)
		err := inst.Call(t.Context(), "f", nil)
		trap, ok := errors.AsType[*engine.Trap](err)
		if !ok || trap.Code != fault.Unreachable {
			t.Fatalf("interpreter %v: %v, want a trap at unreachable", interpreter, err)
		}
		want := []engine.Frame{{Function: 0, Offset: 3}, {Function: 1, Offset: 8}}
		if len(trap.Frames) != 2 || trap.Frames[0] != want[0] || trap.Frames[1] != want[1] {
			t.Errorf("interpreter %v: frames %v, want %v", interpreter, trap.Frames, want)
		}
	}
}

func TestCallOfWhatIsNotExported(t *testing.T) {
	if err := instance(t, engine.Config{}, "fib.wasm").Call(t.Context(), "nope", nil); !errors.Is(err, engine.ErrNoExport) {
		t.Errorf("Call(nope) = %v, want ErrNoExport", err)
	}
}

// The specification lets a module with a malformed name section pass.
func TestMalformedNamesDoNotMatter(t *testing.T) {
	module := "\x00asm\x01\x00\x00\x00" + "\x00\x06\x04name\x62" // a subsection without a size
	instanceOf(t, engine.Config{}, []byte(module))
	instanceOf(t, engine.Config{}, []byte(module+"\x00\x05\x04name"+"\x00\x06\x04name\xff"))
}
