package debuginfo

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// TestVLQ states how numbers are written in a segment.
func TestVLQ(t *testing.T) {
	for _, row := range []struct {
		segment string
		want    []int64
		ok      bool
	}{
		{"", nil, true},
		{"A", []int64{0}, true},
		{"C", []int64{1}, true},
		{"D", []int64{-1}, true},
		{"B", []int64{0}, true}, // minus nought
		{"gB", []int64{16}, true},
		{"hB", []int64{-16}, true},
		{"ggC", []int64{1024}, true},
		{"EAUD", []int64{2, 0, 10, -1}, true},
		{"+/////D", []int64{1<<31 - 1}, true},
		{"g", nil, false}, // ends within a number
		{"Ag", nil, false},
		{"A B", nil, false},
		{"gggggggggggA", nil, false}, // longer than a number may be
	} {
		got, ok := vlq(row.segment)
		if ok != row.ok || ok && !slices.Equal(got, row.want) {
			t.Errorf("%q: %v, %v", row.segment, got, ok)
		}
	}
}

// TestPlacesOfSourceMap states which place an offset has: that of the segment at it or before,
// none in front of the first, behind a segment without a place, and in a map that is malformed.
func TestPlacesOfSourceMap(t *testing.T) {
	const good = "KAAA,IACE,E,ICEF"
	text := func(mappings string) string {
		return fmt.Sprintf(`{"version":3,"sources":["a.ts","b.ts"],"names":[],"mappings":%q}`, mappings)
	}
	for _, row := range []struct {
		name, file string
		offset     int64
		want       Place
	}{
		{"in front", text(good), 4, Place{}},
		{"at a segment", text(good), 5, Place{File: "a.ts", Line: 1, Column: 1}},
		{"behind one", text(good), 8, Place{File: "a.ts", Line: 1, Column: 1}},
		{"the next", text(good), 9, Place{File: "a.ts", Line: 2, Column: 3}},
		{"without a place", text(good), 12, Place{}},
		{"behind that", text(good), 15, Place{File: "b.ts", Line: 4, Column: 1}},
		{"with a name", text("KAAAA"), 5, Place{File: "a.ts", Line: 1, Column: 1}},
		{"a comma too many", text(",KAAA,"), 5, Place{File: "a.ts", Line: 1, Column: 1}},
		{"not in order", text("KAAA,JACA"), 1, Place{File: "a.ts", Line: 2, Column: 1}},
		{"another line is none of the module", text("KAAA;AACA"), 9, Place{File: "a.ts", Line: 1, Column: 1}},
		{"a source that is not there", text("KEAA"), 5, Place{}},
		{"a source below nought", text("KDAA"), 5, Place{}},
		{"a line below nought", text("KADA"), 5, Place{}},
		{"a column below nought", text("KAAD"), 5, Place{}},
		{"a letter that is none", text("KAAA,!"), 5, Place{}},
		{"a number without its end", text("KAAA,g"), 5, Place{}},
		{"two numbers", text("KA"), 5, Place{}},
		{"another version", `{"version":2,"sources":["a.ts"],"mappings":"KAAA"}`, 5, Place{}},
		{"no mappings", `{"version":3,"sources":["a.ts"]}`, 5, Place{}},
		{"too many segments", text("KAAA" + strings.Repeat(",C", maxRows)), 5, Place{}},
		{"a part", text(good)[:30], 5, Place{}},
		{"nothing", "", 5, Place{}},
	} {
		i := &Info{maps: parseSourceMap([]byte(row.file))}
		if got := i.Places(0, row.offset); len(got) != 1 || got[0] != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

// TestSourceMapIsBeside states that of what a module names only the last element counts, so that no
// module has a file read that is not in its directory.
func TestSourceMapIsBeside(t *testing.T) {
	for url, want := range map[string]string{
		"a.wasm.map":                 "a.wasm.map",
		"./a.wasm.map":               "a.wasm.map",
		"../a.wasm.map":              "a.wasm.map",
		"../../etc/passwd":           "passwd",
		"/etc/passwd":                "passwd",
		`..\..\secret`:               "secret",
		`C:\secret`:                  "secret",
		"https://example.com/a.map":  "a.map",
		"file:///etc/passwd":         "passwd",
		"":                           "",
		"..":                         "",
		"a/..":                       "",
		"/":                          "",
		string(make([]byte, 200)):    "",
		"a.map\x00/../../etc/shadow": "shadow",
	} {
		m := &wasm.Module{Customs: []wasm.Custom{{Name: "sourceMappingURL", Data: append([]byte{byte(len(url))}, url...)}}}
		asked := ""
		New(m, 0, func(name string) []byte { asked = name; return nil })
		if asked != want {
			t.Errorf("%q: %q is read, want %q", url, asked, want)
		}
		if asked != "" && !fs.ValidPath(asked) {
			t.Errorf("%q is no name of a file", asked)
		}
	}
}

// FuzzSourceMap states that whatever a map has in it, places are told or not, and those that are told can be: a file that the
// map names, and a line and a column from 1 on.
func FuzzSourceMap(f *testing.F) {
	f.Add(`{"version":3,"sources":["a.ts","b.ts"],"mappings":"4BAAA,CCEA,EACC,G;AAAA"}`, int64(30))
	f.Add(`{"version":3,"sources":[],"mappings":"AAAA"}`, int64(0))
	f.Add(`{"version":3,"sources":["a.ts"],"mappings":"AADDDA,ggggggE,,D"}`, int64(-1))
	f.Add(`{"version":3,"sources":["a.ts"],"mappings":"AA+/////DA,A+/////DA+/////D"}`, int64(1<<40))
	f.Fuzz(func(t *testing.T, text string, offset int64) {
		s := parseSourceMap([]byte(text))
		if s == nil {
			return
		}
		if !slices.IsSortedFunc(s.rows, func(a, b row) int { return cmp.Compare(a.offset, b.offset) }) {
			t.Fatal("rows are not in the order of their offsets")
		}
		if p, ok := s.place(offset); ok && (p.Line < 1 || p.Column < 1 || !slices.Contains(s.sources, p.File)) {
			t.Fatalf("%d is at %v", offset, p)
		}
	})
}
