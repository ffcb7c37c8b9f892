package compat_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
)

// TestReferences states that a reference to a function, exported, hidden in a table or of
// the host's, has its type and can be called, in both engines.
func TestReferences(t *testing.T) {
	for _, interpreter := range []bool{false, true} {
		r, m := compile(t, compat.Config{Interpreter: interpreter}, `(module
			(table (export "t") 2 funcref) (elem (i32.const 1) $hidden)
			(func $hidden (param v128 i64) (result i64 v128) (local.get 1) (local.get 0))
			(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
			(func (export "trap") (unreachable)))`)
		host := compat.NewHostModule("host").Typed("half", compat.Func1(func(_ context.Context, _ *compat.Caller, n int32) (int32, error) {
			return n / 2, nil
		}))
		s := r.NewStore(compat.StoreConfig{Hosts: []*compat.HostModule{host}})
		ctx := t.Context()
		// Before there is an instance.
		half, err := s.Reference(ctx, host, "half")
		if err != nil {
			t.Fatal(err)
		}
		inst, err := s.Instantiate(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		add, err1 := inst.Reference(ctx, "add")
		trap, err2 := inst.Reference(ctx, "trap")
		_, err3 := inst.Reference(ctx, "absent")
		if err := errors.Join(err1, err2); err != nil || !errors.Is(err3, compat.FuncNotFound) {
			t.Fatal(err, err3)
		}
		table, _ := inst.Table("t")
		hidden, _ := table.Get(1)
		vector := value.Value{Kind: value.V128, Lo: 1, Hi: 2}
		for _, row := range []struct {
			ref        value.Value
			args, want []value.Value
		}{
			{half, []value.Value{value.OfI32(8)}, []value.Value{value.OfI32(4)}},
			{add, []value.Value{value.OfI32(8), value.OfI32(1)}, []value.Value{value.OfI32(9)}},
			{hidden, []value.Value{vector, value.OfI64(5)}, []value.Value{value.OfI64(5), vector}},
		} {
			ft, ok := s.ReferenceType(ctx, row.ref)
			if !ok {
				t.Fatal("a reference without type")
			}
			got, err := s.CallReference(ctx, row.ref, ft, row.args...)
			if err != nil || !slices.Equal(got, row.want) {
				t.Errorf("interpreter %v: got %v, %v; want %v", interpreter, got, err, row.want)
			}
			_, err = s.CallReference(ctx, row.ref, ft)
			if !errors.Is(err, compat.FuncSigMismatch) {
				t.Errorf("without arguments: %v", err)
			}
		}
		if _, err := s.CallReference(ctx, trap, compat.FuncType{}); !errors.Is(err, compat.Unreachable) {
			t.Errorf("a trap: %v", err)
		}
		if _, err := s.CallReference(ctx, add, compat.FuncType{}); !errors.Is(err, compat.IndirectCallTypeMismatch) {
			t.Errorf("another type: %v", err)
		}
		if _, err := s.CallReference(ctx, value.Value{Kind: value.FuncRef, Null: true}, compat.FuncType{}); !errors.Is(err, compat.AccessNullFunc) {
			t.Errorf("a null reference: %v", err)
		}
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}

// TestObjectsFromOutside states that tables grow within their bounds, and that globals of
// vectors are read and written whole.
func TestObjectsFromOutside(t *testing.T) {
	_, m := compile(t, compat.Config{}, `(module (table (export "t") 1 4 externref) (memory 1)
		(global (export "v") (mut v128) (v128.const i64x2 1 2))
		(func (export "size") (result i32) (table.size 0)) (func (export "v2") (result v128) (global.get 0)))`)
	inst, err := m.Instantiate(t.Context(), compat.StoreConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer inst.Close(t.Context())
	table, _ := inst.Table("t")
	for _, row := range []struct {
		by, before uint64
		ok         bool
	}{{2, 1, true}, {2, 3, false}, {1, 3, true}, {1 << 40, 4, false}, {0, 4, true}} {
		if before, ok := table.Grow(row.by); before != row.before || ok != row.ok {
			t.Errorf("growing by %d: %d, %v", row.by, before, ok)
		}
	}
	size, err := inst.Invoke(t.Context(), "size")
	if err != nil || size[0] != value.OfI32(4) {
		t.Errorf("size %v, %v", size, err)
	}
	global, _ := inst.Global("v")
	if got := global.Get(); got.Lo != 1 || got.Hi != 2 {
		t.Errorf("vector %v", got)
	}
	want := value.Value{Kind: value.V128, Lo: 3, Hi: 4}
	if !global.Set(want) {
		t.Error("a vector cannot be set")
	}
	if got, err := inst.Invoke(t.Context(), "v2"); err != nil || got[0] != want {
		t.Errorf("vector %v, %v", got, err)
	}
	if first, ok := inst.MemoryAt(0); !ok || first.Pages() != 1 {
		t.Error("the first memory, which is not exported")
	}
	if _, ok := inst.MemoryAt(1); ok {
		t.Error("a second memory")
	}
}

// TestOffers states that guests find those of the modules of every store that it offers,
// those of the embedder's that it is given later, and not those that are taken away; and
// that WASI can be changed.
func TestOffers(t *testing.T) {
	ctx := t.Context()
	r, m := compile(t, compat.Config{}, `(module
		(import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
		(import "host" "m" (memory 1))
		(func (export "argc") (result i32) (drop (call $sizes (i32.const 0) (i32.const 4))) (i32.load (i32.const 0))))`)
	offered := false
	s := r.NewStore(compat.StoreConfig{Offers: func(string) bool { return offered }, WASI: &compat.WASIConfig{Args: []string{"one"}}})
	defer s.Close(ctx)
	host := compat.NewHostModule("host").Memory("m", 1, 1)
	want := func(code error) {
		t.Helper()
		if _, err := s.Instantiate(ctx, m); !errors.Is(err, code) {
			t.Errorf("got %v, want %v", err, code)
		}
	}
	want(compat.UnknownImport)
	offered = true
	want(compat.UnknownImport)
	s.Offer(host)
	objects, err := s.Objects(ctx, host)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"one"}, {"one", "two", "three"}} {
		if err := s.SetWASI(compat.WASIConfig{Args: args}); err != nil {
			t.Fatal(err)
		}
		inst, err := s.Instantiate(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inst.Invoke(ctx, "argc")
		if err != nil || got[0] != value.OfI32(int32(len(args))) {
			t.Errorf("%d arguments: %v, %v", len(args), got, err)
		}
	}
	if memory, ok := objects.Memory("m"); !ok || memory.Bytes()[0] != 3 {
		t.Error("the guest has another memory than the host")
	}
	s.Unlink("host")
	want(compat.UnknownImport)
	if len(compat.BuiltIn("wasi_snapshot_preview1")) == 0 || len(compat.BuiltIn("wasmedge_process")) == 0 || len(compat.BuiltIn("absent")) != 0 {
		t.Error("functions of modules that every store has")
	}
}
