package eval

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/schema"
)

// TestCorpusAgainstReference compiles every condition of the public rules, of each step of a sequence on its own, with the
// types of the rule's indexes and without, and compares it with the reference over events made from its own literals.
func TestCorpusAgainstReference(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "corpus", "detection-rules")
	catalog, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	queries, sum := 0, tally{}
	_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, _ error) error {
		if !strings.HasSuffix(path, ".toml") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, _ := rule.Parse(path, src)
		if file.Rule.Language != "eql" {
			return nil
		}
		q, _ := eql.Parse(file.Rule.Query)
		view := catalog.View(schema.Request{Indexes: file.Rule.Index, Packages: file.Metadata.Integration}, "")
		g := &gen{rand.New(rand.NewPCG(*seed, 1<<44|uint64(queries))), false, Options{}}
		for _, filter := range filters(q) {
			for _, g.mapped = range []bool{false, true} {
				sum.add(g.compareFilter(t, path, filter, view))
			}
		}
		queries++
		return nil
	})
	if queries == 0 {
		t.Skip("no corpus")
	}
	t.Logf("%d queries: %+v", queries, sum)
	if sum.matched*20 < sum.compared {
		t.Errorf("the events are lopsided: %d of %d match", sum.matched, sum.compared)
	}
}

func filters(q *eql.Query) (out []*eql.EventQuery) {
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.EventQuery); ok && enter {
			out = append(out, f)
		}
		return true
	})
	return out
}

func (g *gen) compareFilter(t *testing.T, path string, filter *eql.EventQuery, view eql.Fields) (sum tally) {
	t.Helper()
	q := &eql.Query{Body: &eql.EventQuery{Category: eql.Category{Any: true}, Cond: filter.Cond}}
	ref := &reference{now: time.Date(2024, 2, 4, 12, 30, 0, 0, time.UTC)}
	var info *eql.Info
	if g.mapped {
		ref.fields = known(q, view)
		info, _ = eql.Check(q, ref.fields)
	}
	p, err := Compile(q, info, Options{Now: ref.now})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	pools := literalsOf(filter.Cond)
	dec, rec := event.NewDecoder(p.Layout()), new(event.Record)
	for range max(3, *programs/1000) {
		d := g.eventOf(pools)
		text := g.encode(d)
		if err := dec.Decode([]byte(text), rec); err != nil {
			t.Fatal(err)
		}
		ok, err := p.Match(rec)
		got := possibleOf(ok)
		if err != nil {
			got = canFail
			sum.failed++
		} else if ok {
			sum.matched++
		}
		if want := ref.verdict(filter.Cond, d); got&want == 0 {
			t.Errorf("%s, mapping %v: a condition on\n%s\nis %s, the reference says %s", path, g.mapped, text, got, want)
		}
		sum.compared++
	}
	return sum
}

// known are the fields of a query that its indexes certainly have.
func known(q *eql.Query, view eql.Fields) fieldMap {
	out := fieldMap{}
	eql.Inspect(q, func(n eql.Node, enter bool) bool {
		if f, ok := n.(*eql.Field); ok && enter {
			info, p := view.Lookup(f.Name)
			if p == eql.Present && info.Type != eql.TypeUnknown && info.Type != eql.TypeUnsupported {
				info.Target, info.Exact, info.NullValue = "", "", ""
				out[f.Name] = info
			} else if !f.Optional {
				out[f.Name] = eql.FieldInfo{Type: eql.TypeKeyword}
			}
		}
		return true
	})
	return out
}

// literalsOf collects for each field texts that its conditions look for.
func literalsOf(e eql.Expr) map[string][]any {
	pools := map[string][]any{}
	eql.Inspect(e, func(n eql.Node, enter bool) bool {
		x, ok := n.(eql.Expr)
		if !ok || !enter {
			return true
		}
		var fields []string
		var values []any
		switch x.(type) {
		case *eql.Binary, *eql.Match, *eql.In, *eql.Call, *eql.Field:
			eql.Inspect(x, func(n eql.Node, enter bool) bool {
				switch n := n.(type) {
				case *eql.Field:
					fields = append(fields, n.Name)
				case *eql.Literal:
					values = append(values, instances(n)...)
				case *eql.Binary:
					return n.Op != eql.And && n.Op != eql.Or
				}
				return true
			})
		}
		for _, f := range fields {
			if len(pools[f]) < 400 {
				pools[f] = append(pools[f], values...)
			}
		}
		return true
	})
	return pools
}

// instances are values that a literal, read as a text, a pattern or a block, lets through or nearly so.
func instances(l *eql.Literal) []any {
	switch l.Kind {
	case eql.IntLiteral:
		return []any{l.Int, l.Int + 1, l.Int - 1}
	case eql.BoolLiteral:
		return []any{true, false}
	case eql.FloatLiteral:
		return []any{l.Float}
	case eql.StringLiteral:
		address, _, block := strings.Cut(l.Str, "/")
		out := []any{l.Str, strings.NewReplacer("*", "", "?", "x").Replace(l.Str), strings.NewReplacer("*", "zz", "?", "é").Replace(l.Str),
			strings.NewReplacer(".*", "q", "\\", "", "^", "", "$", "", "+", "", "(", "", ")", "").Replace(l.Str)}
		if block && strings.Trim(address, "0123456789abcdef.:") == "" {
			out = append(out, address)
		}
		return out
	}
	return nil
}

func (g *gen) eventOf(pools map[string][]any) refDoc {
	d := refDoc{}
	for _, name := range sortedNames(pools) {
		for range pick(g, 0, 1, 1, 1, 1, 2) {
			v := any(pick[any](g, "other", "10.1.2.3", int64(3), "C:\\Windows\\System32\\cmd.exe", "2024-02-03T04:05:06Z"))
			if len(pools[name]) > 0 && !g.chance(6) {
				v = pick(g, pools[name]...)
			}
			if s, ok := v.(string); ok && g.chance(3) {
				v = strings.Map(func(r rune) rune { return pick(g, unicode.ToUpper(r), unicode.ToLower(r), r) }, s)
			}
			d[name] = append(d[name], v)
		}
	}
	return d
}

func sortedNames(m map[string][]any) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
