package wasi

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// maxTracedPath is how much of a path a line of the trace shows.
const maxTracedPath = 256

// tracedEntry is entry with a line for each call:
//
//	fd_write(fd=1, iovs=0x400, iovs_len=1) = 0 nwritten=6 <4.1µs>
//	path_open(fd=3, lookupflags=0x1, path="a.txt", ...) = 44 (NOENT) <9µs>
//
// A call that does not return ends with "= ?" and why.
func (h *Host) tracedEntry(f *function, holder api.Module) api.GoModuleFunc {
	names := strings.Fields(f.params)
	return func(_ context.Context, mod api.Module, stack []uint64) {
		if holder != nil {
			mod = holder
		}
		m := memoryOf(mod)
		args := append([]uint64(nil), stack[:len(f.types)]...)
		line := f.name + "(" + tracedArgs(m, f, names, args) + ")"
		start := time.Now()
		defer func() {
			if r := recover(); r != nil {
				fmt.Fprintf(h.config.Trace, "%s = ? (%v) <%v>\n", line, r, time.Since(start))
				panic(r)
			}
		}()
		errno := f.invoke(h, m, stack)
		line += " = " + strconv.Itoa(int(errno))
		if errno != Success {
			line += " (" + errno.String() + ")"
		} else {
			line += tracedResults(m, names, args)
		}
		fmt.Fprintf(h.config.Trace, "%s <%v>\n", line, time.Since(start))
		if cause := h.cause.Load(); cause != nil {
			panic(*cause)
		}
		stack[0] = uint64(errno)
	}
}

// tracedArgs shows the arguments: a path as text, addresses and sets of bits in
// hexadecimal, and other numbers in decimal. Places for results are left out.
func tracedArgs(m memory, f *function, names []string, args []uint64) string {
	var list []string
	for i := 0; i < len(names); i++ {
		name, v := names[i], args[i]
		if f.types[i] == api.ValueTypeI32 {
			v = uint64(uint32(v)) // what is above means nothing
		}
		switch {
		case strings.HasPrefix(name, "result"):
		case shownAsText(name) && i+1 < len(names):
			list = append(list, name+"="+tracedPath(m, ptr(args[i]), size(args[i+1])))
			i++
		case shownInHex(name):
			list = append(list, name+"=0x"+strconv.FormatUint(v, 16))
		case f.types[i] == api.ValueTypeI32:
			list = append(list, name+"="+strconv.Itoa(int(int32(args[i]))))
		default:
			list = append(list, name+"="+strconv.FormatInt(int64(args[i]), 10))
		}
	}
	return strings.Join(list, ", ")
}

// shownAsText reports whether a parameter of that name is the address of a text,
// whose length follows.
func shownAsText(name string) bool {
	return strings.HasSuffix(name, "path") || name == "node" || name == "service"
}

// shownInHex reports whether a parameter of that name is an address or a set of bits.
func shownInHex(name string) bool {
	switch name {
	case "argv", "argv_buf", "environ", "environ_buf", "iovs", "buf", "stat", "prestat", "in", "out",
		"address", "address_type", "ri_data", "si_data", "ro_flags", "flag", "hints", "res":
		return true
	}
	return strings.HasSuffix(name, "flags") || strings.Contains(name, "rights")
}

func tracedPath(m memory, p ptr, n size) string {
	b, errno := m.bytes(p, n)
	if errno != Success {
		return fmt.Sprintf("0x%x+%d", p, n)
	}
	if len(b) > maxTracedPath {
		return strconv.Quote(string(b[:maxTracedPath])) + "..."
	}
	return strconv.Quote(string(b))
}

// tracedResults shows the numbers that a call has written to its caller's memory.
func tracedResults(m memory, names []string, args []uint64) string {
	var out strings.Builder
	for i, name := range names {
		kind, name, ok := strings.Cut(name, ".")
		if !ok {
			continue
		}
		var v uint64
		if kind == "result64" {
			b, errno := m.u64(ptr64(args[i]))
			if errno != Success {
				continue
			}
			v = get64(b)
		} else {
			b, errno := m.u32(ptr32(args[i]))
			if errno != Success {
				continue
			}
			v = uint64(get32(b))
		}
		out.WriteString(" " + name + "=" + strconv.FormatUint(v, 10))
	}
	return out.String()
}
