package arrows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wellKnown are methods that the standard library, or the Node of a language, says the meaning of.
var wellKnown = map[string]bool{"Error": true, "String": true, "Unwrap": true, "Is": true, "Span": true, "Less": true, "Len": true, "Swap": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true, "Read": true, "Write": true, "Close": true}

// publicFolders are the folders of packages that others can import.
func publicFolders(t *testing.T) []string {
	t.Helper()
	var dirs []string
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			if ext := filepath.Ext(p); ext == ".go" && !slices.Contains(dirs, filepath.Dir(p)) {
				dirs = append(dirs, filepath.Dir(p))
			}
			return nil
		}
		name := d.Name()
		_, mod := os.Stat(filepath.Join(p, "go.mod"))
		if p != root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"testdata", "internal", "node_modules"}, name) || mod == nil) {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// undocumented collects the exported names of a package that nothing is said of.
type undocumented struct {
	fset *token.FileSet
	n    int
	list []string
}

// TestDocumented: every exported name of a public package, and every field, says what it holds. Constants may be said together; the fields of a
// struct on one line, by the comment of the type.
func TestDocumented(t *testing.T) {
	u := &undocumented{fset: token.NewFileSet()}
	for _, dir := range publicFolders(t) {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(u.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if f.Name.Name != "main" {
				files = append(files, f)
			}
		}
		u.files(files)
	}
	for _, l := range u.list {
		t.Error(l)
	}
	if u.n < 1500 {
		t.Errorf("only %d names were looked at", u.n)
	}
}

func (u *undocumented) files(files []*ast.File) {
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type)) && !wellKnown[d.Name.Name] {
					u.name(d.Name, "", d.Doc)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						u.name(s.Name, "", s.Doc, s.Comment, d.Doc)
						if s.Name.IsExported() {
							u.fields(s.Type, s.Name.Name, s.Doc, s.Comment, d.Doc)
						}
					case *ast.ValueSpec:
						for _, n := range s.Names {
							u.name(n, "", s.Doc, s.Comment, d.Doc)
						}
					}
				}
			}
		}
	}
}

// receiver is the name of the type of a method.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// fields looks at the fields of a struct and the methods of an interface, those of types written inside too.
func (u *undocumented) fields(e ast.Expr, in string, docs ...*ast.CommentGroup) {
	var list *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		list = e.Fields
	case *ast.InterfaceType:
		list = e.Methods
	case *ast.ArrayType:
		u.fields(e.Elt, in)
	case *ast.MapType:
		u.fields(e.Value, in)
	case *ast.StarExpr:
		u.fields(e.X, in)
	}
	if list == nil {
		return
	}
	together := docs
	if u.fset.Position(list.Opening).Line != u.fset.Position(list.Closing).Line {
		together = nil
	}
	for _, f := range list.List {
		for _, n := range f.Names {
			u.name(n, in, append(slices.Clone(together), f.Doc, f.Comment)...)
			if n.IsExported() {
				u.fields(f.Type, in+"."+n.Name)
			}
		}
	}
}

// name looks at one name: a comment must say more than the name itself does.
func (u *undocumented) name(n *ast.Ident, in string, docs ...*ast.CommentGroup) {
	if !n.IsExported() {
		return
	}
	u.n++
	for _, d := range docs {
		if d != nil && says(n.Name, in, d.Text()) {
			return
		}
	}
	if in != "" {
		in += "."
	}
	u.list = append(u.list, u.fset.Position(n.Pos()).String()+": "+in+n.Name+" does not say what it holds")
}

// words of a comment or a name: "MaxSpan" has two.
var words = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z]+`)

// says tells whether a text says something about a name that is not the name: "Name is the name" does not.
func says(name, in, text string) bool {
	known := map[string]bool{"is": true, "are": true, "the": true, "a": true, "an": true, "of": true, "its": true, "holds": true, "returns": true}
	for _, w := range words.FindAllString(name+" "+in, -1) {
		known[strings.ToLower(w)] = true
	}
	for _, w := range words.FindAllString(text, -1) {
		if !known[strings.ToLower(w)] {
			return true
		}
	}
	return strings.ContainsAny(text, `"/`) // a literal form
}

// TestSays: the test can fail.
func TestSays(t *testing.T) {
	for _, tt := range []struct {
		name, in, text string
		want           bool
	}{
		{"Name", "Tool", "Name is the name of the tool.", false}, {"Name", "", "", false}, {"MaxSpan", "", "MaxSpan is a max span", false},
		{"Name", "Tool", "of the program", true}, {"Since", "", "the first version, from 1", true},
	} {
		if got := says(tt.name, tt.in, tt.text); got != tt.want {
			t.Errorf("%s: %q says something: %v", tt.name, tt.text, got)
		}
	}
}
