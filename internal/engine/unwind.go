package engine

import (
	"context"
	"encoding/binary"
	"reflect"
	"sort"

	"github.com/tetratelabs/wazero/api"
)

// textFrames is how many frames wazero gives at most in the text of an error.
const textFrames = 30

// outerFrames is how many frames are told beyond textFrames: the outermost ones.
const outerFrames = 256

// unwind completes the frames that wazero has given of the failed call f of the
// module label. It tells where they return to, for code without positions, and
// appends those that wazero has left out, save for what lies in the middle of a
// very deep stack. wazero has no way to ask for any of this; but what it unwinds
// itself, it keeps in f. Frames of other modules than f's are not found. Where
// anything looks other than in the version of wazero that this was written for,
// frames stay as they are.
func unwind(f api.Function, label string, frames []Frame) []Frame {
	c, ok := calledCode(f)
	if !ok || len(frames) < textFrames && c.addresses.Len() > 0 {
		return frames
	}
	var outer []Frame
	n := 0
	show := func(address uintptr) {
		frame, ok := c.frame(address)
		frame.Label = label
		switch {
		case n < len(frames) && ok && frame.Function == frames[n].Function && label == frames[n].Label:
			frames[n].Return = frame.Return
		case n >= textFrames && ok:
			if outer = append(outer, frame); len(outer) > 2*outerFrames {
				outer = append(outer[:0], outer[outerFrames:]...)
			}
		}
		n++
	}
	show(c.last) // the innermost frame is not on the stack
	c.walk(show)
	return append(frames, outer[max(0, len(outer)-outerFrames):]...)
}

// Stack is the functions that are active in i, innermost first, by index among the
// module's own, for a host function that i has called. It is empty where that cannot
// be told, as when code is interpreted. The functions of other modules are left out.
func (i *Instance) Stack() []int64 {
	c, ok := calledCode(i.calling)
	if !ok {
		return nil
	}
	var stack []int64
	show := func(address uintptr) {
		if f, ok := c.frame(address); ok {
			stack = append(stack, f.Function-c.imported)
		}
	}
	show(c.last)
	c.walk(show)
	return stack
}

// called is a call into compiled code and the code.
type called struct {
	stack     []byte
	base      uintptr // address of stack
	sp, fp    uintptr
	last      uintptr // where the call that has failed, or the trap, returns to
	code      uintptr // where the code begins
	size      uintptr
	functions reflect.Value // []int: where each function begins
	imported  int64
	addresses reflect.Value // []uintptr, sorted
	positions reflect.Value // []uint64: offsets in the code section
}

// calledCode reads wazero's call engine.
func calledCode(f api.Function) (c called, ok bool) {
	call := reflect.ValueOf(f)
	if c, ok = codeOf(field(call, "parent", "parent")); !ok {
		return c, false
	}
	context, stack := field(call, "execCtx"), field(call, "stack")
	sp, fp := field(context, "stackPointerBeforeGoCall"), field(context, "framePointerBeforeGoCall")
	last := field(context, "goCallReturnAddress")
	if stack.Kind() != reflect.Slice || stack.Type().Elem().Kind() != reflect.Uint8 ||
		sp.Kind() != reflect.Pointer || fp.Kind() != reflect.Uintptr || last.Kind() != reflect.Pointer {
		return c, false
	}
	c.stack, c.base = stack.Bytes(), stack.Pointer()
	c.sp, c.fp, c.last = sp.Pointer(), uintptr(fp.Uint()), last.Pointer()
	return c, true
}

// codeOf reads wazero's compiled module.
func codeOf(m reflect.Value) (c called, ok bool) {
	executable, imported := field(m, "executables", "executable"), field(m, "module", "ImportFunctionCount")
	c = called{
		functions: field(m, "functionOffsets"),
		addresses: field(m, "sourceMap", "executableOffsets"),
		positions: field(m, "sourceMap", "wasmBinaryOffsets"),
	}
	if !isSlice(executable, reflect.Uint8) || !isSlice(c.functions, reflect.Int) ||
		!isSlice(c.addresses, reflect.Uintptr) || !isSlice(c.positions, reflect.Uint64) ||
		c.addresses.Len() != c.positions.Len() || imported.Kind() != reflect.Uint32 {
		return c, false
	}
	c.code, c.size = executable.Pointer(), uintptr(executable.Len())
	c.imported = int64(imported.Uint())
	return c, true
}

func isSlice(v reflect.Value, of reflect.Kind) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() == of
}

// field follows names from v through pointers and interfaces; it is the zero Value
// where there is no such field.
func field(v reflect.Value, names ...string) reflect.Value {
	for _, name := range names {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		v = v.FieldByName(name)
	}
	return v
}

// word is the machine word at an address of the stack, and whether it is one.
func (c *called) word(address uintptr) (uintptr, bool) {
	if address < c.base || address-c.base > uintptr(len(c.stack))-8 {
		return 0, false
	}
	return uintptr(binary.LittleEndian.Uint64(c.stack[address-c.base:])), true
}

// frame is the frame whose call returns to address, unless that is in other code.
func (c *called) frame(address uintptr) (Frame, bool) {
	if address < c.code || address-c.code >= c.size {
		return Frame{}, false
	}
	n := sort.Search(c.functions.Len(), func(i int) bool { return uintptr(c.functions.Index(i).Int()) > address-c.code }) - 1
	if n < 0 {
		return Frame{}, false
	}
	start := uintptr(c.functions.Index(n).Int())
	f := Frame{Function: c.imported + int64(n), Offset: c.position(address), Return: int64(address - c.code - start)}
	return f, true
}

// position is the position of the instruction before address, or -1.
func (c *called) position(address uintptr) int64 {
	at := sort.Search(c.addresses.Len(), func(i int) bool { return uintptr(c.addresses.Index(i).Uint()) >= address }) - 1
	if at < 0 {
		return -1
	}
	return int64(c.positions.Index(at).Uint())
}

// Positions finds out what frames without an Offset would have if the module had
// been compiled with positions: wasm is that module, of which only the functions
// of the frames need have their bodies. The offsets are from the start of the
// contents of wasm's code section, or -1.
func Positions(ctx context.Context, wasm []byte, frames []Frame) []int64 {
	offsets := make([]int64, len(frames))
	for i := range offsets {
		offsets[i] = -1
	}
	r := New(ctx, Config{})
	defer r.Close(ctx)
	code, err := r.CompileWith(ctx, wasm, CompileOptions{Positions: true})
	if err != nil {
		return offsets
	}
	for _, m := range mapValues(field(reflect.ValueOf(code.module), "compiledEngine", "compiledModules")) {
		c, ok := codeOf(m)
		if !ok {
			break
		}
		for i, f := range frames {
			if n := f.Function - c.imported; f.Return >= 0 && n >= 0 && n < int64(c.functions.Len()) {
				start := uintptr(c.functions.Index(int(n)).Int())
				offsets[i] = c.position(c.code + start + uintptr(f.Return))
			}
		}
	}
	return offsets
}

// mapValues are the values of m, if it is a map with one entry.
func mapValues(m reflect.Value) []reflect.Value {
	if m.Kind() != reflect.Map || m.Len() != 1 {
		return nil
	}
	it := m.MapRange()
	it.Next()
	return []reflect.Value{it.Value()}
}
