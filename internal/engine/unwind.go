package engine

import (
	"context"
	"slices"
	"sort"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// TellsStacks says that [Instance.Stack] does where code is compiled.
func TellsStacks() bool { return private.TellsStacks && private.Contract() == nil }

// outerFrames is how many frames are told beyond those that wazero tells: the
// outermost ones.
const outerFrames = 256

// unwind completes the frames that wazero has given of the failed call f of i. It tells where the instructions are, or where frames
// return to, for code without positions, and appends those that wazero has left out, save for what lies in the middle of a
// very deep stack. wazero has no way to ask for any of this; but what it unwinds
// itself, it keeps in f. Frames of other modules than f's and pieces are not appended.
func (i *Instance) unwind(f api.Function, frames []Frame) []Frame {
	c, ok := private.CallOf(f)
	lost := func(f Frame) bool { return f.Function >= 0 && f.Offset < 0 }
	if !ok || len(frames) < private.TextFrames && !slices.ContainsFunc(frames, lost) {
		return frames
	}
	among, pieces := i.among()
	own := i.of
	codes := make([]private.Code, len(among))
	for n, p := range among {
		codes[n], ok = private.CodeAmong(p.module)
		if ok && codes[n].Same(&c.Code) { // f is another module's, which i exports as well
			own = p
		}
	}
	var outer []Frame
	n := 0
	c.WalkAmong(codes, func(r private.Return, other int, ok bool) {
		code, imported := own, c.Imported
		if other >= 0 {
			code, imported = among[other], codes[other].Imported
		}
		frame := code.frame(r, imported)
		switch {
		case n < len(frames) && ok && frame.Function == frames[n].Function && frame.Label == frames[n].Label:
			if frames[n].Offset < 0 {
				frames[n].Offset, frames[n].Return = frame.Offset, frame.Return
			}
		case n >= private.TextFrames && ok && other < pieces:
			if outer = append(outer, frame); len(outer) > 2*outerFrames {
				outer = append(outer[:0], outer[outerFrames:]...)
			}
		}
		n++
	})
	return append(frames, outer[max(0, len(outer)-outerFrames):]...)
}

// among are the pieces of i, and behind them the codes of the other instances of its store.
func (i *Instance) among() (list []*Code, pieces int) {
	list = i.pieces.all()
	pieces = len(list)
	if s := i.thread.store; i.thread == s.first { // the list is its own
		for _, other := range s.instances {
			if other.of != nil && other.of != i.of && !slices.Contains(list, other.of) {
				list = append(list, other.of)
			}
		}
	}
	return list, pieces
}

// frame is the frame of c, which imports so many functions, that r belongs to.
func (c *Code) frame(r private.Return, imported int64) Frame {
	f := Frame{Label: c.label, Function: c.function(r.Function), Offset: r.Offset, Return: r.In}
	if c.offsets != nil && f.Offset < 0 {
		if offset, ours := c.offsets(r.Function-imported, r.In); ours {
			f.Offset, f.Return = offset, -1
		}
	}
	return f
}

// function is what the function f of c stands for.
func (c *Code) function(f int64) int64 {
	at := sort.Search(len(c.aliases), func(k int) bool { return int64(c.aliases[k].Index) >= f })
	if at < len(c.aliases) && int64(c.aliases[at].Index) == f {
		return int64(c.aliases[at].Of)
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
			stack = append(stack, i.of.function(r.Function)-c.Imported)
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
