package private

import (
	"cmp"
	"encoding/binary"
	"reflect"
	"slices"
	"sort"

	"github.com/tetratelabs/wazero/api"
)

// Call is a call into compiled code: one that has failed, or is in a host function.
type Call struct {
	Code

	stack  []byte
	base   uintptr // address of stack
	sp, fp uintptr
	last   uintptr // where the call of the host function, or the trap, returns to
}

// CallOf reads wazero's call engine of f. ok is false where it looks other than in
// [Version], as where code is interpreted.
func CallOf(f api.Function) (c Call, ok bool) {
	call := reflect.ValueOf(f)
	if c.Code, ok = codeOf(field(call, "parent", "parent")); !ok {
		return c, false
	}
	context, stack := field(call, "execCtx"), field(call, "stack")
	sp, fp := field(context, "stackPointerBeforeGoCall"), field(context, "framePointerBeforeGoCall")
	last := field(context, "goCallReturnAddress")
	if !isSlice(stack, reflect.Uint8) || sp.Kind() != reflect.Pointer || fp.Kind() != reflect.Uintptr || last.Kind() != reflect.Pointer {
		return Call{}, false
	}
	c.stack, c.base = stack.Bytes(), stack.Pointer()
	c.sp, c.fp, c.last = sp.Pointer(), uintptr(fp.Uint()), last.Pointer()
	return c, true
}

// Walk shows where the active functions return to, innermost first; ok is false for
// what is in other code than the module's.
func (c *Call) Walk(show func(r Return, ok bool)) {
	c.WalkAmong(nil, func(r Return, _ int, ok bool) { show(r, ok) })
}

// WalkAmong is Walk with further codes that returns may be in: n is the place in the list, -1
// for the module's own.
func (c *Call) WalkAmong(others []Code, show func(r Return, n int, ok bool)) {
	order := make([]int, len(others))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(others[a].begin, others[b].begin) })
	tell := func(address uintptr) {
		r, ok := c.At(address)
		n := -1
		if at := sort.Search(len(order), func(k int) bool { return others[order[k]].begin > address }); !ok && at > 0 {
			if r, ok = others[order[at-1]].At(address); ok {
				n = order[at-1]
			}
		}
		show(r, n, ok)
	}
	tell(c.last) // the innermost is not on the stack
	c.walk(tell)
}

// word is the machine word at an address of the stack, and whether it is one.
func (c *Call) word(address uintptr) (uintptr, bool) {
	if address < c.base || address-c.base > uintptr(len(c.stack))-8 {
		return 0, false
	}
	return uintptr(binary.LittleEndian.Uint64(c.stack[address-c.base:])), true
}
