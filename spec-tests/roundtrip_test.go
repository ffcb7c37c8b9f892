package spectest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

const everything = wasm.Wasm3 | wasm.Threads

// TestRoundTrip holds every module of the scripts that decodes to come back from
// its text as the same module.
func TestRoundTrip(t *testing.T) {
	list, _ := scripts(t)
	for _, s := range list {
		t.Run(key(s), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(s.Path())
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := wat.ParseScript(src)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range parsed.Commands {
				if c.Module == nil {
					continue
				}
				bin := c.Module.Data
				if c.Module.Form != wat.BinaryModule {
					m, err := c.Module.Parse()
					if err != nil {
						continue // is not to parse
					}
					bin = wasm.Encode(m)
				}
				if err := roundTrip(bin); err != "" {
					t.Errorf("%s: %s", place(s, c.Line), err)
				}
			}
		})
	}
}

// TestRoundTripGuests is TestRoundTrip for the binary modules of testdata.
func TestRoundTripGuests(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "*", "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no guests: %v", err)
	}
	for _, f := range files {
		bin, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := roundTrip(bin); err != "" {
			t.Errorf("%s: %s", f, err)
		}
	}
}

// roundTrip takes a module through text and says what differs. Modules that do not
// decode pass.
func roundTrip(bin []byte) string {
	m, err := wasm.Decode(bin, everything)
	if err != nil || m.CheckBodies(everything) != nil {
		return ""
	}
	var text strings.Builder
	if err := wat.Print(&text, m); err != nil {
		return "does not print: " + err.Error()
	}
	again, err := wat.Parse([]byte(text.String()))
	if err != nil {
		return "the text does not parse: " + err.Error() + "\n" + text.String()
	}
	again, err = wasm.Decode(wasm.Encode(again), everything)
	if err != nil {
		return "the text makes a module that does not decode: " + err.Error() + "\n" + text.String()
	}
	want, got := wasm.Encode(canonical(m)), wasm.Encode(canonical(again))
	if !bytes.Equal(want, got) {
		var b strings.Builder
		_ = wat.Print(&b, again)
		return "another module comes back\n" + text.String() + "then\n" + b.String()
	}
	return ""
}

// canonical is m with one form for what can be written in several: sections that
// are empty, a data count that nothing needs, the flags of segments, declarations
// of locals, numbers longer than needed, and the order of custom sections.
func canonical(m *wasm.Module) *wasm.Module {
	out := *m
	out.Sections = nil
	out.DataCount = nil
	if n := uint32(m.Datas.Len()); n > 0 {
		out.DataCount = &n
	}
	out.Customs = slices.Clone(m.Customs)
	for i := range out.Customs {
		out.Customs[i].Before = 0
	}
	slices.SortStableFunc(out.Customs, func(a, b wasm.Custom) int { return strings.Compare(a.Name, b.Name) })
	out.Globals = slices.Clone(m.Globals)
	for i := range out.Globals {
		out.Globals[i].Init = canonicalExpr(out.Globals[i].Init)
	}
	out.Tables = slices.Clone(m.Tables)
	for i := range out.Tables {
		out.Tables[i].Init = canonicalExpr(out.Tables[i].Init)
	}
	out.Elems = slices.Clone(m.Elems)
	for i := range out.Elems {
		s := &out.Elems[i]
		s.Offset = canonicalExpr(s.Offset)
		s.Exprs = slices.Clone(s.Exprs)
		for j := range s.Exprs {
			s.Exprs[j] = canonicalExpr(s.Exprs[j])
		}
		if s.Mode == wasm.Active && s.Table == 0 && (s.Flags&4 == 0 || s.Type == wasm.FuncRef) {
			s.Flags &^= 2
		}
	}
	datas := m.Datas.Slice()
	for i := range datas {
		datas[i].Offset = canonicalExpr(datas[i].Offset)
		if datas[i].Mode == wasm.Active && datas[i].Memory == 0 {
			datas[i].Flags = 0
		}
	}
	out.Datas = wasm.DataSegmentsOf(datas)
	out.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range m.Bodies {
		out.Bodies[i] = wasm.Body{Code: canonicalBody(m.Bodies[i])}
	}
	return &out
}

func canonicalExpr(e wasm.Expr) wasm.Expr {
	if e.Code == nil {
		return e
	}
	return wasm.Expr{Code: rewrite(nil, wasm.NewReader(e.Code, 0, everything))}
}

func canonicalBody(b wasm.Body) []byte {
	runs, r, err := b.Locals(everything)
	if err != nil {
		panic("spectest: " + err.Error())
	}
	var merged []wasm.LocalRun
	for _, run := range runs {
		switch n := len(merged); {
		case run.N == 0:
		case n > 0 && merged[n-1].Type == run.Type:
			merged[n-1].N += run.N
		default:
			merged = append(merged, run)
		}
	}
	return rewrite(wasm.AppendLocals(nil, merged), r)
}

func rewrite(dst []byte, r *wasm.Reader) []byte {
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			panic("spectest: " + err.Error())
		}
		dst = wasm.AppendInstr(dst, &in)
	}
	return dst
}
