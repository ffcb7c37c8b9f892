package engine

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// labelled is wasm with a name section that names nothing but the module, so that
// the frames of a trap tell modules and functions apart. Custom sections that
// wazero would look at go, and with them, as the module has to be copied then, all
// others: it would read names at every start, and refuses the malformed ones that
// the specification lets pass; it would copy debugging information; and each takes
// it some memory.
//
// Aliases are named for what they stand for.
func labelled(wasm []byte, label string, aliases []Alias) []byte {
	if minded(wasm) {
		wasm = withoutCustoms(wasm)
	}
	subsection := binary.AppendUvarint(nil, uint64(len(label)))
	subsection = append(subsection, label...)
	body := append([]byte("\x04name\x00"), binary.AppendUvarint(nil, uint64(len(subsection)))...)
	body = append(body, subsection...)
	if len(aliases) > 0 {
		names := binary.AppendUvarint(nil, uint64(len(aliases)))
		for _, a := range aliases {
			name := "$" + strconv.FormatUint(uint64(a.Of), 10)
			names = binary.AppendUvarint(names, uint64(a.Index))
			names = append(binary.AppendUvarint(names, uint64(len(name))), name...)
		}
		body = append(binary.AppendUvarint(append(body, 1), uint64(len(names))), names...)
	}
	wasm = append(wasm, 0)
	wasm = binary.AppendUvarint(wasm, uint64(len(body)))
	return append(wasm, body...)
}

// Frame is an active function.
type Frame struct {
	// Label is that of the function's module, see [CompileOptions]; of a host
	// function, something else.
	Label string
	// Function is the index of the function in what the engine was given; -1 for a
	// host function.
	Function int64
	// Offset is that of the instruction, the one that trapped or the call, from the
	// start of the code section's contents; -1 where it is not known.
	Offset int64
	// Return is where the frame goes on, from the start of the function's machine
	// code; -1 where it is not known, or not needed as Offset is. See [Positions].
	Return int64
	// Source is where the instruction is in the file of the module, for frames of which
	// that has been found out; else 0.
	Source int64
}

// frameOf is the frame of what wazero calls a function of a module that has gone
// through labelled: LABEL.$INDEX.
func frameOf(name string) Frame {
	f := Frame{Label: name, Function: -1, Offset: -1, Return: -1}
	dot := strings.LastIndex(name, ".$")
	if dot < 0 || dot+2 == len(name) {
		return f
	}
	index := int64(0)
	for _, digit := range []byte(name[dot+2:]) {
		if digit < '0' || digit > '9' || index > 1<<32 {
			return f
		}
		index = 10*index + int64(digit-'0')
	}
	f.Label, f.Function = name[:dot], index
	return f
}

// section is a section of a module, header and all.
type section struct {
	id       byte
	whole    []byte
	contents []byte
}

// sections calls f for each section of the well-formed module wasm until it returns
// false.
func sections(wasm []byte, f func(section) bool) {
	const preamble = 8
	for at := preamble; at < len(wasm); {
		size, n := binary.Uvarint(wasm[at+1:])
		start := at + 1 + n
		if n <= 0 || size > uint64(len(wasm)-start) {
			return
		}
		end := start + int(size)
		if !f(section{id: wasm[at], whole: wasm[at:end], contents: wasm[start:end]}) {
			return
		}
		at = end
	}
}

// mindedCustoms is how many custom sections do not matter.
const mindedCustoms = 16

// minded reports whether wazero minds the custom sections of wasm.
func minded(wasm []byte) (minds bool) {
	count := 0
	sections(wasm, func(s section) bool {
		if s.id != 0 {
			return true
		}
		count++
		size, n := binary.Uvarint(s.contents)
		if n < 0 {
			minds = true
			return false
		}
		name := string(s.contents[n:min(len(s.contents), n+len(".debug"))])
		minds = size == 4 && strings.HasPrefix(name, "name") || strings.HasPrefix(name, ".debug") || count > mindedCustoms
		return !minds
	})
	return minds
}

// withoutCustoms is a copy of wasm without custom sections, with room for what
// [Runtime.CompileWith] appends.
func withoutCustoms(wasm []byte) []byte {
	size := 8
	sections(wasm, func(s section) bool {
		if s.id != 0 {
			size += len(s.whole)
		}
		return true
	})
	out := append(make([]byte, 0, size+len(private.PositionSections)+256), wasm[:8]...)
	sections(wasm, func(s section) bool {
		if s.id != 0 {
			out = append(out, s.whole...)
		}
		return true
	})
	return out
}
