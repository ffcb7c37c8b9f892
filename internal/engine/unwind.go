package engine

import (
	"encoding/binary"
	"reflect"
	"sort"

	"github.com/tetratelabs/wazero/api"
)

// textFrames is how many frames wazero gives at most in the text of an error.
const textFrames = 30

// outerFrames is how many frames are told beyond textFrames: the outermost ones.
const outerFrames = 256

// unwind appends to frames, which wazero has given of the failed call f, those that
// it has left out, save for what lies in the middle of a very deep stack. wazero
// has no way to ask for them; but what it unwinds itself, it keeps in f. Frames of
// other modules than f's are not found. Where anything looks other than in the
// version of wazero that this was written for, frames stay as they are.
func unwind(f api.Function, label string, frames []Frame) []Frame {
	c, ok := calledCode(f)
	if !ok {
		return frames
	}
	var outer []Frame
	n := 0
	c.walk(func(address uintptr) {
		frame, ok := c.frame(address)
		if n++; n < textFrames || !ok { // the first frame is not on the stack
			return
		}
		frame.Label = label
		if outer = append(outer, frame); len(outer) > 2*outerFrames {
			outer = append(outer[:0], outer[outerFrames:]...)
		}
	})
	return append(frames, outer[max(0, len(outer)-outerFrames):]...)
}

// called is a call into compiled code and the code.
type called struct {
	stack     []byte
	base      uintptr // address of stack
	sp, fp    uintptr
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
	context, code := field(call, "execCtx"), field(call, "parent", "parent")
	stack := field(call, "stack")
	executable, module := field(code, "executables", "executable"), field(code, "module")
	c = called{
		functions: field(code, "functionOffsets"),
		addresses: field(code, "sourceMap", "executableOffsets"),
		positions: field(code, "sourceMap", "wasmBinaryOffsets"),
	}
	imported := field(module, "ImportFunctionCount")
	sp, fp := field(context, "stackPointerBeforeGoCall"), field(context, "framePointerBeforeGoCall")
	for v, kind := range map[*reflect.Value]reflect.Kind{
		&stack: reflect.Slice, &executable: reflect.Slice, &c.functions: reflect.Slice,
		&c.addresses: reflect.Slice, &c.positions: reflect.Slice,
		&imported: reflect.Uint32, &sp: reflect.Pointer, &fp: reflect.Uintptr,
	} {
		if v.Kind() != kind {
			return c, false
		}
	}
	if stack.Type().Elem().Kind() != reflect.Uint8 || c.functions.Type().Elem().Kind() != reflect.Int ||
		c.addresses.Type().Elem().Kind() != reflect.Uintptr || c.positions.Type().Elem().Kind() != reflect.Uint64 ||
		c.addresses.Len() != c.positions.Len() {
		return c, false
	}
	c.stack, c.base = stack.Bytes(), stack.Pointer()
	c.code, c.size = executable.Pointer(), uintptr(executable.Len())
	c.imported = int64(imported.Uint())
	c.sp, c.fp = sp.Pointer(), uintptr(fp.Uint())
	return c, true
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
	f := Frame{Function: c.imported + int64(n), Offset: -1}
	at := sort.Search(c.addresses.Len(), func(i int) bool { return uintptr(c.addresses.Index(i).Uint()) >= address }) - 1
	if at >= 0 {
		f.Offset = int64(c.positions.Index(at).Uint())
	}
	return f, true
}
