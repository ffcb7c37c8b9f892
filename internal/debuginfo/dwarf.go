package debuginfo

import (
	"debug/dwarf"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxDebug is how many bytes of DWARF are read.
const maxDebug = 512 << 20

// lines is what the DWARF of a module says.
type lines struct {
	data                *dwarf.Data
	loc, loclists, addr []byte // sections about where variables are
	size                int    // of the section of entries, in bytes
	read                int    // entries that were read for variables
}

// readLines reads the DWARF of m; nil if there is none that can be read.
func readLines(m *wasm.Module) (l *lines) {
	defer func() {
		if recover() != nil {
			l = nil
		}
	}()
	sections, size := map[string][]byte{}, 0
	for _, c := range m.Customs {
		sections[c.Name] = c.Data
		size += len(c.Data)
	}
	if sections[".debug_info"] == nil || sections[".debug_line"] == nil || size > maxDebug {
		return nil
	}
	d, err := dwarf.New(sections[".debug_abbrev"], nil, nil, sections[".debug_info"], sections[".debug_line"], nil,
		sections[".debug_ranges"], sections[".debug_str"])
	if err != nil {
		return nil
	}
	for _, name := range []string{".debug_addr", ".debug_line_str", ".debug_str_offsets", ".debug_rnglists"} {
		if b := sections[name]; b != nil {
			if err := d.AddSection(name, b); err != nil {
				return nil
			}
		}
	}
	return &lines{data: d, size: len(sections[".debug_info"]), loc: sections[".debug_loc"], loclists: sections[".debug_loclists"], addr: sections[".debug_addr"]}
}

// places are those of pc, an offset in the code section.
func (l *lines) places(pc uint64) []Place {
	unit, entry := l.line(pc)
	if unit == nil {
		return nil
	}
	here := Place{File: entry.File.Name, Line: entry.Line, Column: entry.Column}
	var found []Place
	for _, f := range l.around(unit, pc) {
		here.Function, here.Inlined = l.name(f.entry, 0), f.entry.Tag == dwarf.TagInlinedSubroutine
		found = append(found, here)
		here = Place{File: l.file(unit, f.entry), Line: number(f.entry, dwarf.AttrCallLine), Column: number(f.entry, dwarf.AttrCallColumn)}
	}
	if len(found) == 0 {
		return []Place{here}
	}
	return found
}

// line finds the row of the line tables for pc, and its unit. Of the sequences that have pc it
// is the one which begins last: those of functions that the linker has dropped begin at 0.
func (l *lines) line(pc uint64) (unit *dwarf.Entry, best dwarf.LineEntry) {
	start := uint64(0)
	r, last := l.data.Reader(), (*dwarf.Entry)(nil)
	for next := l.forward(r); ; {
		skip(r, last, next)
		u, err := next()
		if err != nil || u == nil {
			return unit, best
		}
		last = u
		if u.Tag != dwarf.TagCompileUnit {
			continue
		}
		rows, err := l.data.LineReader(u)
		if err != nil || rows == nil {
			continue
		}
		var before, row dwarf.LineEntry
		first, within := uint64(0), false
		for rows.Next(&row) == nil {
			if !within {
				first = row.Address
			} else if before.Address <= pc && pc < row.Address && (unit == nil || first > start) && before.File != nil {
				unit, best, start = u, before, first
			}
			before, within = row, !row.EndSequence
		}
	}
}

// forward is r.Next for a walk through the entries, of which there are no more than bytes: the reader
// goes on for ever in some that are malformed.
func (l *lines) forward(r *dwarf.Reader) func() (*dwarf.Entry, error) {
	left := l.size
	return func() (*dwarf.Entry, error) {
		if left--; left < 0 {
			return nil, nil
		}
		return r.Next()
	}
}

// skip has r, which has read e last, go on behind its children, which next reads. Unlike the
// reader's own, it never goes back, and so comes to an end whatever the entries say.
func skip(r *dwarf.Reader, e *dwarf.Entry, next func() (*dwarf.Entry, error)) {
	if e == nil || !e.Children {
		return
	}
	if at, ok := e.Val(dwarf.AttrSibling).(dwarf.Offset); ok && at > e.Offset {
		r.Seek(at)
		return
	}
	for depth := 1; depth > 0; {
		child, err := next()
		switch {
		case err != nil || child == nil:
			return
		case child.Tag == 0:
			depth--
		case child.Children:
			depth++
		}
	}
}

// function is a function that has been compiled, or one inlined into another.
type function struct {
	entry *dwarf.Entry
	low   uint64
}

// around are the functions of unit with pc, the innermost first.
func (l *lines) around(unit *dwarf.Entry, pc uint64) []function {
	r := l.data.Reader()
	r.Seek(unit.Offset)
	next := l.forward(r)
	if _, err := next(); err != nil {
		return nil
	}
	var chain []function
	low := uint64(0)
	for {
		e, err := next()
		if err != nil || e == nil || e.Tag == dwarf.TagCompileUnit {
			break
		}
		if e.Tag != dwarf.TagSubprogram && e.Tag != dwarf.TagInlinedSubroutine {
			continue
		}
		begin, ok := l.has(e, pc)
		switch {
		case !ok:
			if e.Tag == dwarf.TagSubprogram && len(chain) == 0 {
				continue
			}
		case e.Tag == dwarf.TagSubprogram && (len(chain) == 0 || begin >= low):
			chain, low = []function{{e, begin}}, begin
		case e.Tag == dwarf.TagInlinedSubroutine && len(chain) > 0:
			chain = append([]function{{e, begin}}, chain...)
		}
	}
	return chain
}

// has reports whether pc is in e, and where that begins.
func (l *lines) has(e *dwarf.Entry, pc uint64) (uint64, bool) {
	ranges, err := l.data.Ranges(e)
	if err != nil {
		return 0, false
	}
	for _, r := range ranges {
		if r[0] <= pc && pc < r[1] {
			return r[0], true
		}
	}
	return 0, false
}

// maxOrigins is how far the name of a function may be away from it.
const maxOrigins = 8

// name is that of e, or of what e is a copy of.
func (l *lines) name(e *dwarf.Entry, depth int) string {
	for _, a := range []dwarf.Attr{dwarf.AttrLinkageName, dwarf.AttrName} {
		if s, ok := e.Val(a).(string); ok {
			return demangled(s)
		}
	}
	for _, a := range []dwarf.Attr{dwarf.AttrAbstractOrigin, dwarf.AttrSpecification} {
		if at, ok := e.Val(a).(dwarf.Offset); ok && depth < maxOrigins {
			r := l.data.Reader()
			r.Seek(at)
			if o, err := r.Next(); err == nil && o != nil {
				return l.name(o, depth+1)
			}
		}
	}
	return ""
}

// file is the one that e was called in.
func (l *lines) file(unit, e *dwarf.Entry) string {
	n := number(e, dwarf.AttrCallFile)
	rows, err := l.data.LineReader(unit)
	if err != nil || rows == nil {
		return ""
	}
	if files := rows.Files(); n >= 0 && n < len(files) && files[n] != nil {
		return files[n].Name
	}
	return ""
}

func number(e *dwarf.Entry, a dwarf.Attr) int {
	n, _ := e.Val(a).(int64)
	return int(n)
}
