package arrows

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// limitRow is a row of docs/limits.md: "| what | 64 MiB | … | `file.go constant` |".
var limitRow = regexp.MustCompile("(?m)^\\|.*\\| ([0-9,]+)( [KM]iB)? \\|[^|]*\\| `([^ `]+\\.go) ([A-Za-z]+)` \\|$")

// TestLimits: the numbers of docs/limits.md are those of the code.
func TestLimits(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "limits.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := limitRow.FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), ".go "); n != len(rows) || n < 20 {
		t.Errorf("%d rows are understood, %d name a constant", len(rows), n)
	}
	for _, row := range rows {
		want, err := strconv.ParseInt(strings.ReplaceAll(row[1], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		want <<= map[string]int{"": 0, " KiB": 10, " MiB": 20}[row[2]]
		if got, ok := constantOf(t, row[3], row[4]); !ok || got != want {
			t.Errorf("%s: %s is %d (found: %v), docs/limits.md says %d", row[3], row[4], got, ok, want)
		}
	}
}

// constantOf is the value of a constant of the package that a file belongs to, as the file writes it.
func constantOf(t *testing.T, file, name string) (int64, bool) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join("..", "..", filepath.FromSlash(file)), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return 0, false
	}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, n := range v.Names {
				if n.Name != name || i >= len(v.Values) {
					continue
				}
				x, err := types.Eval(fset, nil, token.NoPos, types.ExprString(v.Values[i]))
				if err != nil || x.Value == nil {
					return 0, false
				}
				return constant.Int64Val(constant.ToInt(x.Value))
			}
		}
	}
	return 0, false
}
