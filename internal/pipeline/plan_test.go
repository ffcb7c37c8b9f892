package pipeline

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// encoded is p's encoding.
func encoded(t *testing.T, p *Plan) string {
	t.Helper()
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEveryFieldCounts changes every field of a plan, and everything that it is made
// of, in all ways that there are for its kind: no two encodings are the same.
func TestEveryFieldCounts(t *testing.T) {
	var p Plan
	seen := map[string]string{}
	note := func(what string) {
		text := encoded(t, &p)
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s have the same encoding", what, other)
		}
		seen[text] = what
		if again := encoded(t, &p); again != text {
			t.Errorf("%s: encoded twice, it differs", what)
		}
	}
	note("the zero plan")
	changes(t, reflect.ValueOf(&p).Elem(), "Plan", note)
	if encoded(t, &p) != encoded(t, &Plan{}) {
		t.Error("the changes were not undone")
	}
}

// changes sets v, which is zero, and every value within, to others in turn, calls
// note for each, and makes it zero again. A kind that it does not know is an error:
// it might not count.
func changes(t *testing.T, v reflect.Value, name string, note func(string)) {
	t.Helper()
	defer v.SetZero()
	set := func(x any) {
		v.Set(reflect.ValueOf(x).Convert(v.Type()))
		note(fmt.Sprintf("%s = %v", name, x))
	}
	switch v.Kind() {
	case reflect.Bool:
		set(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		for bit := range v.Type().Bits() - 1 {
			set(int64(1) << bit)
			set(-int64(1) << bit)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		for bit := range v.Type().Bits() {
			set(uint64(1) << bit)
		}
	case reflect.String:
		for _, s := range []string{"a", "b", "aa", "\x00"} {
			set(s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				t.Errorf("%s.%s is not exported, and cannot be encoded", name, f.Name)
				continue
			}
			changes(t, v.Field(i), name+"."+f.Name, note)
		}
	case reflect.Array:
		for i := range v.Len() {
			if i == 0 || i == v.Len()-1 || v.Len() < 16 || i%37 == 0 {
				changes(t, v.Index(i), fmt.Sprintf("%s[%d]", name, i), note)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		note(name + " = a pointer to zero")
		changes(t, v.Elem(), "*"+name, note)
	case reflect.Map:
		changesOfMap(t, v, name, note)
	case reflect.Slice:
		for n := 1; n <= 2; n++ {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			note(fmt.Sprintf("%s of %d zeros", name, n))
			changes(t, v.Index(n-1), fmt.Sprintf("%s[%d of %d]", name, n-1, n), note)
		}
	default:
		t.Errorf("%s is a %s, which this test cannot change", name, v.Type())
	}
}

// changesOfMap is changes for a map whose keys are strings.
func changesOfMap(t *testing.T, v reflect.Value, name string, note func(string)) {
	for _, keys := range [][]string{{""}, {"a"}, {"b"}, {"a", "b"}} {
		v.Set(reflect.MakeMap(v.Type()))
		for i := len(keys) - 1; i >= 0; i-- {
			v.SetMapIndex(reflect.ValueOf(keys[i]), reflect.Zero(v.Type().Elem()))
		}
		note(fmt.Sprintf("%s with %q", name, keys))
		element := reflect.New(v.Type().Elem()).Elem()
		changes(t, element, fmt.Sprintf("%s with %q, the last", name, keys), func(what string) {
			v.SetMapIndex(reflect.ValueOf(keys[len(keys)-1]), element)
			note(what)
		})
	}
}

// TestEqualPlansEncodeEqually holds that where pointers point and in which order maps
// were filled does not count.
func TestEqualPlansEncodeEqually(t *testing.T) {
	var plans [2]Plan
	for i := range plans {
		pages := uint32(7)
		plans[i].MemoryPages = &pages
		plans[i].Metering.Costs = &limits.Costs{Host: map[string]uint64{}}
		names := []string{"a", "b", "c", "d", "e"}
		if i == 1 {
			slices.Reverse(names)
		}
		for _, n := range names {
			plans[i].Metering.Costs.Host[n] = uint64(n[0])
		}
	}
	if encoded(t, &plans[0]) != encoded(t, &plans[1]) {
		t.Error("equal plans are encoded differently")
	}
}

// TestUnencodableTypesAreErrors holds that nothing is left out silently.
func TestUnencodableTypesAreErrors(t *testing.T) {
	for _, v := range []any{
		struct{ hidden int }{}, struct{ F func() }{}, struct{ I any }{}, struct{ X float64 }{},
		map[int]int{}, struct{ C chan int }{}, []any{1},
	} {
		if b, err := appendValue(nil, reflect.ValueOf(v)); err == nil {
			t.Errorf("%T is encoded as %x, want an error", v, b)
		}
	}
}

// TestVariants holds what a listing of entries tells of their options.
func TestVariants(t *testing.T) {
	pages := uint32(9)
	for _, tc := range []struct {
		plan Plan
		want string
	}{
		{Plan{}, "default"},
		{Plan{Generic: true}, "generic"},
		{Plan{Linked: true}, "linked"},
		{Plan{Metering: limits.Variant{Gas: true, Checked: true, Limited: true, Precise: true}}, "small gas limit"},
		{Plan{Metering: limits.Variant{Gas: true, Checked: true, Limited: true}, MemoryPages: &pages}, "gas limit, memory pages 9"},
		{Plan{Metering: limits.Variant{Checked: true, MaxDepth: 5}, TableElements: 3}, "time limit, call depth 5, table elements 3"},
		{Plan{Metering: limits.Variant{Instructions: true, Gas: true}}, "instructions, gas"},
	} {
		tc.plan.Features = wasm.Wasm3
		if got := tc.plan.Variant(); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.plan, got, tc.want)
		}
	}
}
