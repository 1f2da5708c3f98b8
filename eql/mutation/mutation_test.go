package mutation

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/search"
)

// texts of the mutants of a query that are neither equivalent nor twice there, by kind.
func mutants(t *testing.T, src string, kinds ...Kind) []string {
	t.Helper()
	q, issues := eql.Parse(src)
	if len(issues) > 0 {
		t.Fatalf("%s: %v", src, issues)
	}
	info, _ := eql.Check(q, nil)
	f := NewFilter(q)
	var out []string
	for _, m := range Of(q, Options{Info: info}) {
		m.Apply()
		if !f.Redundant(m) && (len(kinds) == 0 || slices.Contains(kinds, m.Kind)) {
			out = append(out, m.Text(src))
		}
		m.Revert()
	}
	return out
}

func TestMutants(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		kind        Kind
		want        []string
	}{
		{"clause of and", `any where a == 1 and b == 2 and c == 3`, DropClause, []string{
			`any where b == 2 and c == 3`, `any where a == 1 and c == 3`, `any where a == 1 and b == 2`}},
		{"clause of or in and", `any where a == 1 and (b == 2 or c == 3)`, DropClause, []string{
			`any where (b == 2 or c == 3)`, `any where a == 1`, `any where a == 1 and (c == 3)`, `any where a == 1 and (b == 2)`}},
		{"negation", `any where a == 1 and not b : "x" and c in (1, 2) and d not in (3, 4)`, Negate, []string{
			`any where a != 1 and not b : "x" and c in (1, 2) and d not in (3, 4)`,
			`any where a == 1 and b : "x" and c in (1, 2) and d not in (3, 4)`,
			`any where a == 1 and not b : "x" and c not in (1, 2) and d not in (3, 4)`,
			`any where a == 1 and not b : "x" and c in (1, 2) and d in (3, 4)`}},
		{"negation of an ordering", `any where a > 1`, Negate, []string{`any where not a > 1`}},
		{"and, or", `any where a == 1 and b == 2 or c == 3`, AndOr, []string{
			`any where a == 1 or b == 2 or c == 3`, `any where a == 1 and b == 2 and c == 3`}},
		{"members", `any where a : ("x", "y*") and b in (1, 2)`, DropMember, []string{
			`any where a : ("y*") and b in (1, 2)`, `any where a : ("x") and b in (1, 2)`,
			`any where a : ("x", "y*") and b in (2)`, `any where a : ("x", "y*") and b in (1)`}},
		{"blocks", `any where cidrMatch(a, "10.0.0.0/8", "::1/128")`, DropMember, []string{
			`any where cidrMatch(a, "::1/128")`, `any where cidrMatch(a, "10.0.0.0/8")`}},
		{"wildcards", `any where a : ("/tmp/*", "?x", "plain")`, Wildcard, []string{
			`any where a : ("*/tmp/*", "?x", "plain")`, `any where a : ("/tmp/", "?x", "plain")`,
			`any where a : ("/tmp/*", "*x", "plain")`, `any where a : ("/tmp/*", "?x*", "plain")`}},
		{"functions", `any where startsWith(a, "x") and stringContains~(b, "y")`, Wildcard, []string{
			`any where stringContains(a, "x") and stringContains~(b, "y")`,
			`any where startsWith(a, "x") and startsWith~(b, "y")`, `any where startsWith(a, "x") and endsWith~(b, "y")`}},
		{"case", `any where a == "x" and b != "y" and c : "z*" and d in ("u", "v") and e like~ "w" and startsWith(f, "s") and g regex "r"`, Case, []string{
			`any where a : "x" and b != "y" and c : "z*" and d in ("u", "v") and e like~ "w" and startsWith(f, "s") and g regex "r"`,
			`any where a == "x" and not b: "y" and c : "z*" and d in ("u", "v") and e like~ "w" and startsWith(f, "s") and g regex "r"`,
			`any where a == "x" and b != "y" and c like "z*" and d in ("u", "v") and e like~ "w" and startsWith(f, "s") and g regex "r"`,
			`any where a == "x" and b != "y" and c : "z*" and d in~ ("u", "v") and e like~ "w" and startsWith(f, "s") and g regex "r"`,
			`any where a == "x" and b != "y" and c : "z*" and d in ("u", "v") and e like "w" and startsWith(f, "s") and g regex "r"`,
			`any where a == "x" and b != "y" and c : "z*" and d in ("u", "v") and e like~ "w" and startsWith~(f, "s") and g regex "r"`,
			`any where a == "x" and b != "y" and c : "z*" and d in ("u", "v") and e like~ "w" and startsWith(f, "s") and g regex~ "r"`}},
		{"case without blanks", `any where a:"z*" or b:("x","y")`, Case, []string{
			`any where a like "z*" or b:("x","y")`, `any where a:"z*" or b like ("x","y")`}},
		{"case of a text with wildcards", `any where a == "x*"`, Case, []string{`any where a in~ ("x*")`}},
		{"no letters", `any where a == "1.2" and b : "10.*" and c in ("::", "-") and startsWith(d, "/")`, Case, nil},
		{"numbers", `any where a > 5 and b <= 7 and 3 < c and d == 9 and length(e) >= 2`, Number, []string{
			`any where a >= 5 and b <= 7 and 3 < c and d == 9 and length(e) >= 2`,
			`any where a > 6 and b <= 7 and 3 < c and d == 9 and length(e) >= 2`,
			`any where a > 5 and b < 7 and 3 < c and d == 9 and length(e) >= 2`,
			`any where a > 5 and b <= 8 and 3 < c and d == 9 and length(e) >= 2`,
			`any where a > 5 and b <= 7 and 4 < c and d == 9 and length(e) >= 2`,
			`any where a > 5 and b <= 7 and 3 <= c and d == 9 and length(e) >= 2`,
			`any where a > 5 and b <= 7 and 3 < c and d == 10 and length(e) >= 2`,
			`any where a > 5 and b <= 7 and 3 < c and d == 9 and length(e) > 2`,
			`any where a > 5 and b <= 7 and 3 < c and d == 9 and length(e) >= 1`}},
		{"category", `process where true`, Category, []string{`any where true`}},
		{"category that the condition asks for", `process where event.category == "process" and a == 1`, Category, nil},
		{"maxspan", `sequence with maxspan=1m [any where a] [any where b]`, MaxSpan, []string{
			`sequence with maxspan=30s [any where a] [any where b]`, `sequence with maxspan=2m [any where a] [any where b]`}},
		{"shortest maxspan", `sequence with maxspan = 1 ms [any where a] [any where b]`, MaxSpan, []string{
			`sequence with maxspan =2ms [any where a] [any where b]`}},
		{"keys", `sequence by h, u [any where a] by x [any where b] by y until [any where c] by z`, JoinKey, []string{
			`sequence by u [any where a] by x [any where b] by y until [any where c] by z`,
			`sequence by h [any where a] by x [any where b] by y until [any where c] by z`,
			`sequence by h, u [any where a] [any where b] until [any where c]`}},
		{"the only key", `sequence by h with maxspan=5s [any where a] [any where b]`, JoinKey, []string{
			`sequence with maxspan=5s [any where a] [any where b]`}},
		{"the only key of a sample", `sample by h [any where a] [any where b]`, JoinKey, nil},
		{"steps", `sequence [any where a] [any where b] [any where c]`, DropStep, []string{
			`sequence [any where b] [any where c]`, `sequence [any where a] [any where c]`, `sequence [any where a] [any where b]`}},
		{"two steps", `sequence [any where a] [any where b]`, DropStep, nil},
		{"until", `sequence [any where a] [any where b] until [any where c]`, Until, []string{`sequence [any where a] [any where b]`}},
		{"until that is never met", `sequence [any where a] [any where b] until [process where false]`, Until, nil},
		{"runs", `sequence [any where a] with runs=3 [any where b]`, Runs, []string{
			`sequence [any where a] with runs=2 [any where b]`, `sequence [any where a] with runs=4 [any where b]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, mutants(t, tt.query, tt.kind)); d != "" {
				t.Errorf("mutants (-want +got):\n%s", d)
			}
		})
	}
}

func TestEquivalent(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		kind        Kind
		want        int
	}{
		{"member under a wildcard", `any where a : ("cmd.exe", "*.exe")`, DropMember, 1},
		{"member in other case", `any where a : ("X", "x")`, DropMember, 0},
		{"member in other case counts", `any where a like ("X", "x")`, DropMember, 2},
		{"wildcard under a wildcard", `any where a : ("/tmp/*/x*", "/tmp/*")`, Wildcard, 3},
		{"twice a star", `any where a : "x**"`, Wildcard, 1},
		{"clause implied", `any where a == "x" and a : "*"`, DropClause, 1},
		{"clause implied by a number", `any where a == "5" and a : "5"`, DropClause, 2},
		{"negated clause implied", `any where not a : "x*" and a != "xy"`, DropClause, 1},
		{"positive does not imply negated, there are arrays", `any where a == "x" and a != "y"`, DropClause, 2},
		{"other field", `any where a == "x" and b : "*"`, DropClause, 2},
		{"or of less", `any where a : "x*" or a == "xy"`, DropClause, 1},
		{"block inside of another", `any where cidrMatch(a, "10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12")`, DropMember, 2},
		{"dead branch", `any where false and a == "x" and b == 2`, DropClause, 1},
		{"same clause twice", `any where a > 1 and a > 1`, DropClause, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mutants(t, tt.query, tt.kind); len(got) != tt.want {
				t.Errorf("got %d mutants, want %d: %q", len(got), tt.want, got)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	src := "process where process.name in (\"curl\", \"wget\") and\n  process.parent.name == \"bash\""
	q, _ := eql.Parse(src)
	got := map[Kind]string{}
	for _, m := range Of(q, Options{}) {
		if got[m.Kind] == "" {
			got[m.Kind] = m.Diff(src)
		}
	}
	want := map[Kind]string{
		Category:   `[-process-]{+any+} where process.name in ("curl", "wget") …`,
		Case:       `process where process.name in{+~+} ("curl", "wget") and …`,
		DropMember: `process where process.name in ([-"curl", -]"wget") and process.parent.name == …`,
		DropClause: `process where [-process.name in ("curl", "wget") and -]process.parent.name == "bash"`,
		AndOr:      `… where process.name in ("curl", "wget") [-and-]{+or+} process.parent.name == "bash"`,
		Negate:     `process where process.name {+not +}in ("curl", "wget") and …`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("diffs (-want +got):\n%s", d)
	}
}

// TestTextIsTree: what a mutant shows is what it does, and reverting it restores the query.
func TestTextIsTree(t *testing.T) {
	n := 0
	for name, src := range queries(t) {
		n += textIsTree(t, name, src, 30)
	}
	t.Logf("%d mutants", n)
}

// FuzzMutants holds any query to the same.
func FuzzMutants(f *testing.F) {
	for _, q := range []string{
		`process where a == "x" and not (b != "y*" or c in~ ("u", "v")) and 3 < d`, `any where a:"z?*" or b:("x","y") | head 5`,
		`sequence by h, u with maxspan=90s [any where a] by x with runs=3 ![any where b] by y [any where d] by w until [any where c] by z`,
		`sample by h [any where startsWith~(a, "x")] [any where b not in (1, 2.5, -3)] [any where length(c) >= 2]`,
		"any where a regex (\"x|y\", \"[a-z]\") and (b == 1) == true and cidrMatch(c, \"10.0.0.0/8\", \"::1\") and - 4 == d % 7",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) < 2000 {
			textIsTree(t, "fuzz", src, 50)
		}
	})
}

func hasError(issues []eql.Issue) bool {
	return slices.ContainsFunc(issues, func(i eql.Issue) bool { return i.Level == eql.Error })
}

// textIsTree tries at most limit mutants and returns how many it were.
func textIsTree(t *testing.T, name, src string, limit int) int {
	t.Helper()
	q, issues := eql.Parse(src)
	if hasError(issues) {
		return 0
	}
	original := shape(q)
	mutants := search.Sample(Of(q, Options{}), limit)
	for _, m := range mutants {
		text := m.Text(src)
		_ = m.Diff(src)
		changed, issues := eql.Parse(text)
		if hasError(issues) {
			t.Errorf("%s: %s: mutant does not parse: %v\n%s", name, m.Kind, issues, text)
			continue
		}
		m.Apply()
		got := shape(q)
		m.Revert()
		if want := shape(changed); want != got {
			t.Errorf("%s: %s: tree differs from text (-text +tree):\n%s", name, m.Kind, cmp.Diff(want, got))
		}
	}
	if shape(q) != original {
		t.Errorf("%s: query is not restored", name)
	}
	return len(mutants)
}

// shape is a query in a form that does not show parentheses and the nesting of chains.
func shape(q *eql.Query) string {
	var b strings.Builder
	if s, ok := q.Body.(*eql.Sequence); ok && s.MaxSpan != nil {
		b.WriteString(s.MaxSpan.Unit)
	}
	f := NewFilter(q)
	for i := range f.terms {
		b.WriteString("\n" + strings.ReplaceAll(f.form(i), "\x00", " "))
	}
	for _, t := range eql.Terms(q.Body) {
		b.WriteString("\n" + strings.Repeat("+", t.Count()))
		for _, k := range t.By {
			b.WriteString(" by " + eql.FormatExpr(k))
		}
	}
	head := eql.Format(q)
	if i := strings.IndexByte(head, '['); i > 0 {
		b.WriteString("\n" + head[:i])
	}
	return b.String()
}

// queries are those of the examples, and of the public rules where they are at hand.
func queries(t *testing.T) map[string]string {
	out := map[string]string{}
	for _, root := range []string{"../../../examples/rules", "../../../../shared/corpus"} {
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".toml" {
				return nil
			}
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if f, _ := rule.Parse(path, src); f.Query != nil && f.Rule.Language == "eql" {
				out[path] = f.Query.Value
			}
			return nil
		})
	}
	return out
}
