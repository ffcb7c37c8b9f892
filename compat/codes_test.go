package compat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// constants are the names of the exported constants in a file.
func constants(t *testing.T, file string) map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, s := range g.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					names[n.Name] = n.IsExported()
				}
			}
		}
	}
	return names
}

// TestEveryCodeHasAPublicName lets embedders compare with every code.
func TestEveryCodeHasAPublicName(t *testing.T) {
	public := constants(t, "codes.go")
	for name, exported := range constants(t, "../internal/fault/code.go") {
		if exported && !public[name] {
			t.Errorf("no %s", name)
		}
	}
}
