package inspection

import (
	"encoding/binary"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxProducers is how many producers are told: no tools add as many.
const maxProducers = 64

// producersOf are the producers that the custom section of that name tells, as the tool
// conventions have it: fields, each with names and versions. What is malformed, and all
// behind it, is left out.
func producersOf(m *wasm.Module) (list []Producer) {
	data := custom(m, "producers")
	fields, data, ok := count(data)
	for ; ok && fields > 0; fields-- {
		var field string
		var values uint64
		if field, data, ok = text(data); !ok {
			break
		}
		for values, data, ok = count(data); ok && values > 0; values-- {
			p := Producer{Field: field}
			if p.Name, data, ok = text(data); ok {
				p.Version, data, ok = text(data)
			}
			if !ok || len(list) == maxProducers {
				return list
			}
			list = append(list, p)
		}
	}
	return list
}

// custom is the first custom section of that name, or nothing.
func custom(m *wasm.Module, name string) []byte {
	for i := range m.Customs {
		if m.Customs[i].Name == name {
			return m.Customs[i].Data
		}
	}
	return nil
}

// count reads a number.
func count(b []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return 0, nil, false
	}
	return n, b[size:], true
}

// text reads a text behind its length.
func text(b []byte) (s string, rest []byte, ok bool) {
	n, b, ok := count(b)
	if !ok || n > uint64(len(b)) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

// debugOf are the kinds of debugging information that m has.
func debugOf(m *wasm.Module, names *wasm.Names) (kinds []string) {
	if len(names.Funcs) > 0 {
		kinds = append(kinds, "names")
	}
	for i := range m.Customs {
		if strings.HasPrefix(m.Customs[i].Name, ".debug_info") {
			kinds = append(kinds, "dwarf")
			break
		}
	}
	if custom(m, "sourceMappingURL") != nil {
		kinds = append(kinds, "sourceMap")
	}
	return kinds
}
