package arrows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// engine are public packages whose types show those of the engine on purpose: their programs and conditions can be run by everyone, but
// made by the languages of this module alone.
var engine = map[string]bool{"search": true}

// TestInternalTypes: an exported function of a public package takes and returns no type that its caller cannot name.
func TestInternalTypes(t *testing.T) {
	n := 0
	for _, dir := range publicFolders(t) {
		rel, err := filepath.Rel(filepath.Join("..", ".."), dir)
		if err != nil {
			t.Fatal(err)
		}
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || engine[filepath.ToSlash(rel)] {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			hidden := hiddenImports(f)
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || !fn.Name.IsExported() || fn.Recv != nil && !ast.IsExported(receiver(fn.Recv.List[0].Type)) {
					continue
				}
				n++
				ast.Inspect(fn.Type, func(x ast.Node) bool {
					if sel, ok := x.(*ast.SelectorExpr); ok {
						if pkg, ok := sel.X.(*ast.Ident); ok && hidden[pkg.Name] != "" {
							t.Errorf("%s: %s shows %s.%s of %s, which others cannot import", fset.Position(x.Pos()), fn.Name.Name, pkg.Name, sel.Sel.Name, hidden[pkg.Name])
						}
					}
					return true
				})
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d functions were looked at", n)
	}
}

// hiddenImports are the internal packages that a file imports, by the name they have there.
func hiddenImports(f *ast.File) map[string]string {
	hidden := map[string]string{}
	for _, imp := range f.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil || !strings.Contains(p, "/internal/") {
			continue
		}
		name := p[strings.LastIndexByte(p, '/')+1:]
		if imp.Name != nil {
			name = imp.Name.Name
		}
		hidden[name] = p
	}
	return hidden
}
