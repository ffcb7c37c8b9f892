package explanation

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
)

var update = flag.Bool("update", false, "write the page of all codes")

// TestEveryCodeIsExplained states that the table has every code of internal/fault, by its
// name, once, in the order of the numbers, and says something of its own of each.
func TestEveryCodeIsExplained(t *testing.T) {
	declared := declaredCodes(t)
	meanings := map[string]string{}
	for n, e := range Codes() {
		if n > 0 && codes[n-1].Code >= e.Code {
			t.Errorf("%s: out of order", e.Name)
		}
		if code, ok := declared[e.Name]; !ok || code != e.Code {
			t.Errorf("%s: 0x%03x, declared as 0x%03x (%t)", e.Name, uint32(e.Code), uint32(code), ok)
		}
		delete(declared, e.Name)
		for _, text := range []string{e.Meaning, e.Cause, e.Remedy} {
			if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ")") || strings.ContainsAny(text, "|\n`") {
				t.Errorf("%s: %q is no sentence", e.Name, text)
			}
		}
		if other, ok := meanings[e.Meaning]; ok {
			t.Errorf("%s and %s mean the same", e.Name, other)
		}
		meanings[e.Meaning] = e.Name
	}
	for name := range declared {
		t.Errorf("%s is not explained", name)
	}
}

// declaredCodes are the constants of internal/fault.
func declaredCodes(t *testing.T) map[string]fault.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../fault/code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]fault.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if number, ok := spec.Values[0].(*ast.BasicLit); ok && number.Kind == token.INT {
			v, err := strconv.ParseUint(number.Value, 0, 32)
			if err != nil {
				t.Fatal(err)
			}
			list[spec.Names[0].Name] = fault.Code(v)
		}
		return true
	})
	if len(list) < 100 {
		t.Fatalf("only %d codes", len(list))
	}
	return list
}

// TestFind states by what people find explanations.
func TestFind(t *testing.T) {
	for words, want := range map[string][]string{
		"0x302": {"UnknownImport"}, "302": {"UnknownImport"}, "770": {"UnknownImport"}, "UnknownImport": {"UnknownImport"},
		"unknown import": {"UnknownImport"}, " Unknown   IMPORT ": {"UnknownImport"}, "0X40A": {"Unreachable"}, "unreachable": {"Unreachable"},
		"type mismatch": {"TypeCheckFailed", "ArgTypeMismatch"}, "null reference": {"CastNullToNonNull"},
		"unaligned":      {"UnalignedAtomicAccess"},
		"1":              {"Terminated", "status 1"},
		"134":            {"status 134"},
		"exit 1":         {"status 1"},
		"exit status 70": {"status 70"},
		"exit 302":       nil, "0xfff": nil, "": nil, "no such words": nil, "-1": nil, "99999999999999999999": nil,
	} {
		entries, statuses := Find(words)
		var got []string
		for _, e := range entries {
			got = append(got, e.Name)
		}
		for _, s := range statuses {
			got = append(got, "status "+s.Status)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Find(%q) = %q, want %q", words, got, want)
		}
	}
}

// TestPage states that docs/ERRORS.md is what the table says.
func TestPage(t *testing.T) {
	const page = "../../docs/ERRORS.md"
	if *update {
		if err := os.WriteFile(page, []byte(Markdown()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != Markdown() {
		t.Error("docs/ERRORS.md is not what the table says: go test ./internal/explanation -update")
	}
}
