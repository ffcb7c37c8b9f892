package spectest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// instance is the instance of that identifier, or without one the current.
func (r *runner) instance(id string) (*instance, error) {
	inst := r.current
	if id != "" {
		inst = r.instances[id]
	}
	if inst == nil {
		return nil, fmt.Errorf("no instance $%s", id)
	}
	return inst, inst.skip
}

// act calls an export or reads a global.
func (r *runner) act(ctx context.Context, a *wat.Action) ([]value.Value, error) {
	inst, err := r.instance(a.Module)
	if err != nil {
		return nil, err
	}
	if a.Get {
		v, ok := inst.Global(a.Field)
		if !ok {
			return nil, fmt.Errorf("no global %q", a.Field)
		}
		return []value.Value{v.Get()}, nil
	}
	args := make([]value.Value, len(a.Args))
	for i, arg := range a.Args {
		args[i] = argument(arg)
	}
	return inst.Invoke(ctx, a.Field, args...)
}

// scriptTypes are the types that values of a script name: none that a module defines.
var scriptTypes = &wasm.TypeSpace{}

// argument is a value of a script as compat takes it. The number n of a reference
// to the host is the engine's n+1, since 0 is null.
func argument(v wat.Value) value.Value {
	a := value.Value{Kind: compat.KindOf(v.Type, scriptTypes), Lo: v.Lo, Hi: v.Hi}
	switch v.Ref {
	case "":
	case "null":
		a.Lo, a.Null = 0, true
	default:
		a.Lo = v.Lo + 1
	}
	return a
}

// match compares results with patterns.
func match(got []value.Value, want []wat.Value) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d results, want %d", len(got), len(want))
	}
	for i := range got {
		if !matches(got[i], &want[i]) {
			return fmt.Errorf("result %d is %s %#x %#x (null %v), want %+v", i, got[i].Kind, got[i].Lo, got[i].Hi, got[i].Null, want[i])
		}
	}
	return nil
}

// matches reports whether got is what the pattern want asks for.
func matches(got value.Value, want *wat.Value) bool {
	if want.Either != nil {
		for i := range want.Either {
			if matches(got, &want.Either[i]) {
				return true
			}
		}
		return false
	}
	kind := compat.KindOf(want.Type, scriptTypes)
	if want.Type != wasm.Bottom && got.Kind != kind {
		return false
	}
	switch {
	case want.Ref == "":
		return want.MatchBits(got.Lo, got.Hi)
	case want.Ref == "null":
		return got.Null
	case want.AnyRef:
		return !got.Null
	}
	return !got.Null && got.Lo == want.Lo+1
}

// assertFailure wants an action to trap, to run out of stack, or to throw, or a
// module to trap while it is instantiated.
func (r *runner) assertFailure(ctx context.Context, c *wat.Command) error {
	var err error
	if c.Module != nil {
		current := r.current
		err = r.module(ctx, c.Module, "")
		r.current = current
	} else {
		_, err = r.act(ctx, c.Action)
	}
	if _, skip := errors.AsType[*errSkip](err); skip {
		return err
	}
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		return fmt.Errorf("no failure; want %s %q", c.Kind, c.Text)
	case !ok:
		return err
	}
	switch c.Kind {
	case wat.AssertException:
		ok = e.Code == fault.UncaughtException
	case wat.AssertExhaustion:
		ok = e.Code == fault.RuntimeError
	default:
		ok = sameText(e.Code, c.Text)
	}
	if !ok {
		return fmt.Errorf("%w; want %s %q", err, c.Kind, c.Text)
	}
	return nil
}

// otherWords are texts of the scripts for which WasmEdge has other words, or the
// engine no means to tell two reasons apart.
var otherWords = map[string][]fault.Code{
	"undefined":                 {fault.UninitializedElement},
	"data segment does not fit": {fault.MemoryOutOfBounds}, // 1.0 checked segments when linking
	"elements segment does not": {fault.TableOutOfBounds},
	"null reference":            {fault.AccessNullFunc, fault.AccessNullStruct, fault.AccessNullArray, fault.AccessNullI31, fault.AccessNullException},
}

// sameText reports whether code is what a script's text asks for. Texts go by
// their beginning: one of the two may say more.
func sameText(code fault.Code, text string) bool {
	message := code.Message()
	if strings.HasPrefix(message, text) || strings.HasPrefix(text, message) {
		return true
	}
	for words, codes := range otherWords {
		if !strings.HasPrefix(text, words) {
			continue
		}
		for _, c := range codes {
			if c == code {
				return true
			}
		}
	}
	return false
}
