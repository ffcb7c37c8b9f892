package engine

import (
	"context"
	"sort"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// TellsStacks says that [Instance.Stack] does where code is compiled.
func TellsStacks() bool { return private.TellsStacks && private.Contract() == nil }

// outerFrames is how many frames are told beyond those that wazero tells: the
// outermost ones.
const outerFrames = 256

// unwind completes the frames that wazero has given of the failed call f of i. It tells where they return to, for code without positions, and
// appends those that wazero has left out, save for what lies in the middle of a
// very deep stack. wazero has no way to ask for any of this; but what it unwinds
// itself, it keeps in f. Frames of other modules than f's and pieces are not found.
func (i *Instance) unwind(f api.Function, frames []Frame) []Frame {
	c, ok := private.CallOf(f)
	if !ok || len(frames) < private.TextFrames && c.Placed {
		return frames
	}
	var codes []private.Code
	for _, p := range i.pieces {
		code, _ := private.CodeAmong(p.module)
		codes = append(codes, code)
	}
	var outer []Frame
	n := 0
	c.WalkAmong(codes, func(r private.Return, piece int, ok bool) {
		frame := Frame{Label: i.label, Function: i.function(r.Function), Offset: r.Offset, Return: r.In}
		if piece >= 0 {
			frame.Label, frame.Function = i.pieces[piece].label, r.Function
		} else if ok && i.offsets != nil && frame.Offset < 0 {
			if offset, ours := i.offsets(r.Function-c.Imported, r.In); ours {
				frame.Offset, frame.Return = offset, -1
			}
		}
		switch {
		case n < len(frames) && ok && frame.Function == frames[n].Function && frame.Label == frames[n].Label:
			frames[n].Return = frame.Return
			if frames[n].Offset < 0 {
				frames[n].Offset = frame.Offset
			}
		case n >= private.TextFrames && ok:
			if outer = append(outer, frame); len(outer) > 2*outerFrames {
				outer = append(outer[:0], outer[outerFrames:]...)
			}
		}
		n++
	})
	return append(frames, outer[max(0, len(outer)-outerFrames):]...)
}

// function is what the function f of i stands for.
func (i *Instance) function(f int64) int64 {
	at := sort.Search(len(i.aliases), func(k int) bool { return int64(i.aliases[k].Index) >= f })
	if at < len(i.aliases) && int64(i.aliases[at].Index) == f {
		return int64(i.aliases[at].Of)
	}
	return f
}

// Stack is the functions that are active in i, innermost first, by index among the
// module's own, for a host function that i has called. It is empty where that cannot
// be told, as when code is interpreted. The functions of other modules are left out.
func (i *Instance) Stack() []int64 {
	if !i.known {
		return nil
	}
	c, ok := private.CallOf(i.calling)
	if !ok {
		return nil
	}
	var stack []int64
	c.Walk(func(r private.Return, ok bool) {
		if ok {
			stack = append(stack, i.function(r.Function)-c.Imported)
		}
	})
	return stack
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
	if private.Contract() != nil {
		return offsets
	}
	r := New(ctx, Config{})
	defer r.Close(ctx)
	code, err := r.CompileWith(ctx, wasm, CompileOptions{Positions: true})
	if err != nil {
		return offsets
	}
	if c, ok := private.CodeOf(code.module); ok {
		for i, f := range frames {
			offsets[i] = c.Position(f.Function, f.Return)
		}
	}
	return offsets
}
