package eql_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rulevet/rulevet/eql"
)

// TestIssueIDsAreComplete looks for ids in the package's sources that IssueIDs does not list.
func TestIssueIDsAreComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, id := range eql.IssueIDs() {
		if listed[id.ID] || id.Level == 0 || id.Title == "" {
			t.Errorf("incomplete or listed twice: %v", id)
		}
		listed[id.ID] = true
	}
	found := 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			for _, id := range idsOf(n) {
				if found++; !listed[id] {
					t.Errorf("%s: id %q is not listed", name, id)
				}
			}
			return true
		})
	}
	if found < len(listed)/2 {
		t.Errorf("only %d ids found in the sources: are the reporting methods renamed?", found)
	}
}

func idsOf(n ast.Node) (ids []string) {
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			ids = append(ids, strings.Trim(lit.Value, `"`))
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "report" || sel.Sel.Name == "verify") {
			add(n.Args[0])
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "ID" {
			add(n.Value)
		}
	case *ast.AssignStmt:
		for i, x := range n.Lhs {
			sel, ok := x.(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "ID" && i < len(n.Rhs) {
				add(n.Rhs[i])
			}
		}
	}
	return ids
}
