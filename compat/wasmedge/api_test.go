package wasmedge_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEveryNameOfTheSDKIsThere states that the package has each type, constant, variable
// and function in testdata/api.txt, functions with the same types.
func TestEveryNameOfTheSDKIsThere(t *testing.T) {
	have := declared(t)
	list, err := os.ReadFile("testdata/api.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		names++
		for _, want := range declarations(t, source(line)) {
			if !have[want] {
				t.Errorf("there is no %s", want)
			}
		}
	}
	if names < 300 {
		t.Errorf("the list has %d names", names)
	}
}

// TestNothingBesidesTheSDKIsExported states that the package exports nothing that a program
// could take for a part of the SDK, save [wasmedge.Result.Unwrap], which [errors.As] calls.
func TestNothingBesidesTheSDKIsExported(t *testing.T) {
	list, err := os.ReadFile("testdata/api.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"func (*Result) Unwrap() (error)": true, "func (*hostFailure) Error() (string)": true}
	for line := range strings.Lines(string(list)) {
		for _, d := range declarations(t, source(strings.TrimSpace(line))) {
			want[d] = true
		}
	}
	for d := range declared(t) {
		if !want[d] {
			t.Errorf("the SDK has no %s", d)
		}
	}
}

// source is a line of the list as Go: what a type is in C does not matter.
func source(line string) string {
	words := strings.Fields(line)
	if len(words) > 1 && words[0] == "type" {
		return "type " + words[1] + " int"
	}
	if len(words) > 1 && words[0] != "func" {
		return words[0] + " " + words[1] + " = 0"
	}
	return line
}

// declared is what the package exports.
func declared(t *testing.T) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range declarations(t, string(text)) {
			have[d] = true
		}
	}
	return have
}

// declarations are the exported names that Go source declares, functions with their types.
func declarations(t *testing.T, text string) (list []string) {
	t.Helper()
	if !strings.Contains(text, "package ") {
		text = "package p\n" + text
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				list = append(list, "func "+receiver(d)+d.Name.Name+"("+fields(d.Type.Params)+") ("+fields(d.Type.Results)+")")
			}
		case *ast.GenDecl:
			list = append(list, general(d)...)
		}
	}
	return list
}

func general(d *ast.GenDecl) (list []string) {
	for _, s := range d.Specs {
		var names []*ast.Ident
		switch s := s.(type) {
		case *ast.TypeSpec:
			names = []*ast.Ident{s.Name}
		case *ast.ValueSpec:
			names = s.Names
		}
		for _, n := range names {
			if n.IsExported() {
				list = append(list, d.Tok.String()+" "+n.Name)
			}
		}
	}
	return list
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	return "(" + fields(d.Recv) + ") "
}

// fields are the types of parameters.
func fields(l *ast.FieldList) string {
	if l == nil {
		return ""
	}
	var list []string
	for _, f := range l.List {
		list = append(list, slices.Repeat([]string{types.ExprString(f.Type)}, max(len(f.Names), 1))...)
	}
	return strings.Join(list, ", ")
}
