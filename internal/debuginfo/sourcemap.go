package debuginfo

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// sourceMap is a source map of version 3, in which what was generated is one line whose
// columns are the bytes of the module.
type sourceMap struct {
	sources []string
	rows    []row
}

// row says where what is at an offset and behind comes from.
type row struct {
	offset, source, line, column int64
}

// readSourceMap reads the map that m names, from the module's own directory; nil if there is
// none that can be read.
func readSourceMap(m *wasm.Module, beside func(string) []byte) *sourceMap {
	for _, c := range m.Customs {
		if c.Name != "sourceMappingURL" {
			continue
		}
		if n := len(c.Data); n < 2 || n > 128 || int(c.Data[0]) != n-1 {
			continue // a longer name is none of a file beside
		}
		url := strings.ReplaceAll(string(c.Data[1:]), "\\", "/")
		if name := path.Base(url); url != "" && name != ".." && name != "/" {
			return parseSourceMap(beside(name))
		}
	}
	return nil
}

// nowhere is the source of what comes from none.
const nowhere = -1

// maxRows is how many rows of a map are read: each takes up to 16 times as much as in the file.
const maxRows = 1 << 22

// parseSourceMap reads a map; nil if it is malformed, as what is behind a mistake has wrong places.
func parseSourceMap(b []byte) *sourceMap {
	var file struct {
		Version  int      `json:"version"`
		Sources  []string `json:"sources"`
		Mappings string   `json:"mappings"`
	}
	if json.Unmarshal(b, &file) != nil || file.Version != 3 {
		return nil
	}
	s := &sourceMap{sources: file.Sources}
	line, _, _ := strings.Cut(file.Mappings, ";")
	var at row
	for segment := range strings.SplitSeq(line, ",") {
		fields, ok := vlq(segment)
		if !ok || len(s.rows) == maxRows {
			return nil
		}
		switch len(fields) {
		case 0: // a comma too many
		case 1:
			at.offset += fields[0]
			s.rows = append(s.rows, row{offset: at.offset, source: nowhere})
		case 4, 5: // the fifth is a name
			at.offset += fields[0]
			at.source += fields[1]
			at.line += fields[2]
			at.column += fields[3]
			s.rows = append(s.rows, at)
		default:
			return nil
		}
	}
	slices.SortStableFunc(s.rows, func(a, b row) int { return cmp.Compare(a.offset, b.offset) })
	return s
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// vlq are the numbers of a segment, and whether it is well-formed.
func vlq(segment string) (numbers []int64, ok bool) {
	value, shift := int64(0), 0
	for n := range len(segment) {
		digit := int64(strings.IndexByte(base64, segment[n]))
		if digit < 0 || shift > 30 {
			return nil, false
		}
		value |= digit & 31 << shift
		shift += 5
		if digit&32 != 0 {
			continue
		}
		if value&1 != 0 {
			value = -value
		}
		numbers = append(numbers, value/2)
		value, shift = 0, 0
	}
	return numbers, shift == 0
}

// place is where what is at an offset comes from.
func (s *sourceMap) place(offset int64) (Place, bool) {
	n := sort.Search(len(s.rows), func(n int) bool { return s.rows[n].offset > offset }) - 1
	if n < 0 {
		return Place{}, false
	}
	r := s.rows[n]
	if r.source < 0 || r.source >= int64(len(s.sources)) || r.line < 0 || r.column < 0 {
		return Place{}, false
	}
	return Place{File: s.sources[r.source], Line: int(r.line) + 1, Column: int(r.column) + 1}, true
}
