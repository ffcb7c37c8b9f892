package abi

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxTracedText is how much of a text a line of the trace shows.
const maxTracedText = 256

// trace is a call with a line for it:
//
//	fd_write(fd=1, iovs=0x400, iovs_len=1) = 0 nwritten=6 <4.1µs>
//	path_open(fd=3, lookupflags=0x1, path="a.txt", ...) = 44 (NOENT) <9µs>
//
// A call that does not return ends with "= ?" and why.
func (g *Guest) trace(f *Function, state any, c Caller, stack []uint64) {
	names := strings.Fields(f.params)
	args := append([]uint64(nil), stack[:len(f.details)]...)
	line := f.Name + "(" + tracedArgs(c.Memory, f, names, args) + ")"
	start := time.Now()
	defer func() {
		if r := recover(); r != nil {
			g.traceLine("%s = ? (%v) <%v>\n", line, r, time.Since(start))
			panic(r)
		}
	}()
	if err := g.answer(f, state, c, stack); err != nil {
		panic(err)
	}
	if len(f.Type.Results) > 0 {
		line += " = " + f.tracedResult(c.Memory, names, args, stack[0])
	}
	g.traceLine("%s <%v>\n", line, time.Since(start))
}

func (g *Guest) traceLine(format string, args ...any) {
	g.tracing.Lock()
	defer g.tracing.Unlock()
	fmt.Fprintf(g.config.Trace, format, args...)
}

// tracedArgs shows the arguments: texts, addresses and sets of bits in hexadecimal,
// and other numbers in decimal. Places for results are left out.
func tracedArgs(m Memory, f *Function, names []string, args []uint64) string {
	var list []string
	for i := 0; i < len(names); i++ {
		kind, name, marked := strings.Cut(names[i], ".")
		if !marked {
			kind, name = "", names[i]
		}
		v := args[i]
		if f.details[i].kind == I32 {
			v = uint64(uint32(v)) // what is above means nothing
		}
		switch {
		case kind == "result":
		case kind == "text" && i+1 < len(names):
			list = append(list, name+"="+tracedText(m, Ptr(args[i]), Size(args[i+1])))
			i++
		case kind == "bits" || f.details[i].address:
			list = append(list, name+"=0x"+strconv.FormatUint(v, 16))
		case f.details[i].kind == I32:
			list = append(list, name+"="+strconv.Itoa(int(int32(args[i]))))
		default:
			list = append(list, name+"="+strconv.FormatInt(int64(args[i]), 10))
		}
	}
	return strings.Join(list, ", ")
}

func tracedText(m Memory, p Ptr, n Size) string {
	b, ok := m.Bytes(p, n)
	if !ok {
		return fmt.Sprintf("0x%x+%d", p, n)
	}
	if len(b) > maxTracedText {
		return strconv.Quote(string(b[:maxTracedText])) + "..."
	}
	return strconv.Quote(string(b))
}

// tracedResult shows what a call has returned and, if it has succeeded, the numbers
// that it has written to its caller's memory.
func (f *Function) tracedResult(m Memory, names []string, args []uint64, result uint64) string {
	line := strconv.Itoa(int(int32(result)))
	switch {
	case result == 0:
		return line + f.tracedPlaces(m, names, args)
	case f.text != nil:
		return line + " (" + f.text(result) + ")"
	default:
		return line
	}
}

func (f *Function) tracedPlaces(m Memory, names []string, args []uint64) string {
	var out strings.Builder
	for i, name := range names {
		kind, name, _ := strings.Cut(name, ".")
		if kind != "result" {
			continue
		}
		var v uint64
		if f.details[i].mask == 7 {
			b, ok := m.U64(Ptr64(args[i]))
			if !ok {
				continue
			}
			v = Get64(b)
		} else {
			b, ok := m.U32(Ptr32(args[i]))
			if !ok {
				continue
			}
			v = uint64(Get32(b))
		}
		out.WriteString(" " + name + "=" + strconv.FormatUint(v, 10))
	}
	return out.String()
}
