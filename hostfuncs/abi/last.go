package abi

import (
	"strconv"
	"strings"
)

// Made is a call that a guest has made.
type Made struct {
	Function *Function
	args     [maxRemembered]uint64
	result   uint64
	returned bool
}

// maxRemembered is how many arguments of a call are remembered.
const maxRemembered = 9

// last are the last calls of a guest.
type last struct {
	calls []Made // a ring
	made  int
}

func (l *last) begin(f *Function, stack []uint64) {
	m := &l.calls[l.made%len(l.calls)]
	m.Function, m.returned = f, false
	copy(m.args[:], stack[:len(f.Type.Params)])
	l.made++
}

func (l *last) end(stack []uint64) {
	m := &l.calls[(l.made-1)%len(l.calls)]
	m.returned = true
	if len(m.Function.Type.Results) > 0 {
		m.result = stack[0]
	}
}

// Last are the last calls of g, the last one last, as far as they are remembered, and how
// many there were in all.
func (g *Guest) Last() (calls []Made, all int) {
	if g.last == nil {
		return nil, 0
	}
	n := min(g.last.made, len(g.last.calls))
	for k := g.last.made - n; k < g.last.made; k++ {
		calls = append(calls, g.last.calls[k%len(g.last.calls)])
	}
	return calls, g.last.made
}

// LastTexts is Last as traces show the calls.
func (g *Guest) LastTexts() (texts []string, all int) {
	calls, all := g.Last()
	for n := range calls {
		texts = append(texts, calls[n].String())
	}
	return texts, all
}

// String is the call as traces show it, less what was in memory.
func (m *Made) String() string {
	f := m.Function
	if len(f.Type.Params) > maxRemembered {
		return f.Name + "(...)"
	}
	names := strings.Fields(f.params)
	var line string
	if len(names) == len(f.details) {
		line = f.Name + "(" + tracedArgs(Memory{}, f, names, m.args[:len(f.details)]) + ")"
	} else {
		line = f.Name + "(" + numbers(f, m.args[:len(f.details)]) + ")"
	}
	switch {
	case !m.returned:
		return line + " = ?"
	case len(f.Type.Results) == 0:
		return line
	case m.result != 0 && f.text != nil:
		return line + " = " + strconv.Itoa(int(int32(m.result))) + " (" + f.text(m.result) + ")"
	}
	return line + " = " + strconv.Itoa(int(int32(m.result)))
}

// numbers are args of f, of which the parameters have no names.
func numbers(f *Function, args []uint64) string {
	var list []string
	for n, v := range args {
		if f.details[n].kind == I32 {
			list = append(list, strconv.Itoa(int(int32(v))))
		} else {
			list = append(list, strconv.FormatInt(int64(v), 10))
		}
	}
	return strings.Join(list, ", ")
}
