package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/eqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/checks/kqlquery"
	"github.com/rulevet/rulevet/rule/lint/internal/facts"
)

// Mutators of queries.

// inQuery makes an edit of an EQL query that parses.
func inQuery(name, codes string, find func(q *eql.Query) (eql.Edit, int, bool)) mutator {
	return one("EQL "+name, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
		if f.Query == nil || facts.QueryLanguage(f) != "eql" {
			return nil, 0, false
		}
		q, issues := eql.Parse(f.Query.Value)
		if len(issues) > 0 {
			return nil, 0, false
		}
		e, at, ok := find(q)
		if !ok {
			return nil, 0, false
		}
		edits, err := f.Query.Edits(rule.ValueEdit{Start: e.Span.Start, End: e.Span.End, New: e.New})
		return edits, f.Query.FileSpan(at, at).Start, err == nil
	})
}

// firstEq is the first comparison of a field with a string.
func firstEq(q *eql.Query, op eql.Op) (field *eql.Field, lit *eql.Literal, b *eql.Binary) {
	facts.Inspect(q, func(n *eql.Binary) {
		f, ok1 := n.X.(*eql.Field)
		l, ok2 := n.Y.(*eql.Literal)
		if ok1 && ok2 && b == nil && n.Op == op && l.Kind == eql.StringLiteral && !f.Optional && !l.Raw {
			field, lit, b = f, l, n
		}
	})
	return field, lit, b
}

// atEq makes an edit around the first comparison of a field with a string.
func atEq(name, codes string, edit func(f *eql.Field, l *eql.Literal, b *eql.Binary) (eql.Edit, int)) mutator {
	return inQuery(name, codes, func(q *eql.Query) (eql.Edit, int, bool) {
		f, l, b := firstEq(q, eql.Eq)
		if b == nil {
			return eql.Edit{}, 0, false
		}
		e, at := edit(f, l, b)
		return e, at, true
	})
}

func replaced(s eql.Span, to string) eql.Edit { return eql.Edit{Span: s, New: to} }

func inserted(at int, text string) eql.Edit {
	return eql.Edit{Span: eql.Span{Start: at, End: at}, New: text}
}

// atText replaces the first occurrence of a text outside of strings and comments.
func atText(name, codes, old, to string) mutator {
	return inQuery(name, codes, func(q *eql.Query) (eql.Edit, int, bool) {
		at := strings.Index(facts.Code(q.Source), old)
		if at < 0 {
			return eql.Edit{}, 0, false
		}
		return replaced(eql.Span{Start: at, End: at + len(old)}, to), at + len(old) - len(strings.TrimLeft(old, " ")), true
	})
}

func queryMutators() []mutator {
	return append(append(append(syntaxMutators(), fieldMutators()...), typeSlipMutators()...), append(sequenceMutators(), otherLanguageMutators()...)...)
}

func syntaxMutators() []mutator {
	return []mutator{
		atEq("= for ==", "query/syntax", func(_ *eql.Field, l *eql.Literal, b *eql.Binary) (eql.Edit, int) {
			return replaced(b.OpRange, "="), b.OpRange.Start
		}),
		atEq("=== for ==", "query/syntax", func(_ *eql.Field, l *eql.Literal, b *eql.Binary) (eql.Edit, int) {
			return replaced(b.OpRange, "==="), b.OpRange.Start
		}),
		atEq("single quotes", "query/syntax", func(_ *eql.Field, l *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return replaced(l.Range, "'"+l.Str+"'"), l.Range.Start
		}),
		atEq("no closing quote", "query/syntax", func(_ *eql.Field, l *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return replaced(eql.Span{Start: l.Range.End - 1, End: l.Range.End}, ""), l.Range.Start
		}),
		atEq("no opening quote", "query/syntax", func(_ *eql.Field, l *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return replaced(eql.Span{Start: l.Range.Start, End: l.Range.Start + 1}, ""), l.Range.Start
		}),
		atEq("no quotes", "query/syntax query/field-comparison query/unknown-field", func(_ *eql.Field, l *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return replaced(l.Range, strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' {
					return r
				}
				return 'x'
			}, l.Str)), l.Range.Start
		}),
		atEq("no operator", "query/syntax", func(_ *eql.Field, l *eql.Literal, b *eql.Binary) (eql.Edit, int) {
			return replaced(b.OpRange, ""), l.Range.Start
		}),
		atEq("no value", "query/syntax", func(_ *eql.Field, l *eql.Literal, b *eql.Binary) (eql.Edit, int) {
			return replaced(l.Range, "and"), l.Range.Start
		}),
		atEq("bad escape", "query/syntax", func(_ *eql.Field, l *eql.Literal, b *eql.Binary) (eql.Edit, int) {
			return inserted(l.Range.Start+1, `\q`), l.Range.Start
		}),
		atEq("opening bracket too many", "query/syntax", func(f *eql.Field, _ *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return inserted(f.Range.Start, "("), f.Range.Start
		}),
		atText("AND", "query/syntax", " and ", " AND "),
		atText("OR", "query/syntax", " or ", " OR "),
		atText("NOT", "query/syntax", " not ", " NOT "),
		atText("&&", "query/syntax", " and ", " && "),
		atText("and and", "query/syntax", " and ", " and and "),
		atText("whre", "query/syntax", " where ", " whre "),
		atText("no where", "query/syntax", " where ", " "),
		inQuery("closing bracket missing", "query/syntax", func(q *eql.Query) (eql.Edit, int, bool) {
			src := facts.Code(q.Source)
			at := strings.LastIndexByte(src, ')')
			open := -1
			if at < 0 || strings.Contains(src, "[") {
				return eql.Edit{}, 0, false
			}
			depth := 0
			for i := at; i >= 0; i-- {
				switch src[i] {
				case ')':
					depth++
				case '(':
					if depth--; depth == 0 {
						open = i
						i = 0
					}
				}
			}
			return replaced(eql.Span{Start: at, End: at + 1}, ""), open, open >= 0
		}),
		inQuery("closing bracket too many", "query/syntax", func(q *eql.Query) (eql.Edit, int, bool) {
			at := strings.LastIndexByte(facts.Code(q.Source), ')')
			if at < 0 {
				return eql.Edit{}, 0, false
			}
			return inserted(at+1, ")"), at, true
		}),
		inQuery("trailing comma in a list", "query/syntax", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			facts.Inspect(q, func(n *eql.Match) {
				if !ok && len(n.List) > 1 {
					end := n.List[len(n.List)-1].Range.End
					e, at, ok = inserted(end, ","), end, true
				}
			})
			return e, at, ok
		}),
		inQuery("comma missing in a list", "query/syntax", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			facts.Inspect(q, func(n *eql.Match) {
				if !ok && len(n.List) > 1 {
					s := eql.Span{Start: n.List[0].Range.End, End: n.List[1].Range.Start}
					e, at, ok = replaced(s, " "), s.Start, !strings.Contains(q.Source[s.Start:s.End], "\n") && !strings.Contains(q.Source[s.Start:s.End], "/")
				}
			})
			return e, at, ok
		}),
		inQuery("dangling and", "query/syntax", func(q *eql.Query) (eql.Edit, int, bool) {
			src := strings.TrimRight(q.Source, " \n\t")
			return inserted(len(src), " and"), len(src), len(facts.Code(src)) > 0 && !strings.Contains(src, "[") && !strings.Contains(src, "|") && !strings.Contains(src, "//")
		}),
	}
}

func fieldMutators() []mutator {
	common := map[string]bool{"event.type": true, "process.name": true, "host.os.type": true, "event.action": true, "process.parent.name": true, "file.path": true,
		"process.executable": true, "event.category": true, "registry.path": true, "dns.question.name": true, "file.extension": true, "process.args": true, "user.id": true}
	field := func(name string, to func(string) string) mutator {
		return inQuery("field, "+name, "query/unknown-field", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			facts.Inspect(q, func(n *eql.Field) {
				if !ok && !n.Optional && common[n.Name] {
					e, at, ok = replaced(n.Range, to(n.Name)), n.Range.Start, to(n.Name) != n.Name
				}
			})
			return e, at, ok
		})
	}
	return []mutator{
		field("doubled last", func(s string) string { return s + s[len(s)-1:] }),
		field("dropped last", func(s string) string { return s[:len(s)-1] }),
		field("swapped", func(s string) string { n := len(s) - 2; return s[:n-1] + s[n:n+1] + s[n-1:n] + s[n+1:] }),
		field("case", func(s string) string {
			i := strings.LastIndexByte(s, '.') + 1
			return s[:i] + strings.ToUpper(s[i:i+1]) + s[i+1:]
		}),
		field("underscore", func(s string) string { return strings.Replace(s, ".", "_", 1) }),
		field("dropped in first part", func(s string) string { return s[:1] + s[2:] }),
		field("made up", func(s string) string { i := strings.LastIndexByte(s, '.') + 1; return s[:i] + "zzz" }),
		field("parent missing", func(s string) string { i := strings.IndexByte(s, '.') + 1; return s[i:] }),
	}
}

func typeSlipMutators() []mutator {
	number := func(name, codes string, to func(n *eql.Binary) eql.Edit) mutator {
		return inQuery(name, codes, func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			facts.Inspect(q, func(n *eql.Binary) {
				l, isLit := n.Y.(*eql.Literal)
				f, isField := n.X.(*eql.Field)
				if !ok && isLit && isField && !f.Optional && l.Kind == eql.IntLiteral {
					e, at, ok = to(n), l.Range.Start, true
				}
			})
			return e, at, ok
		})
	}
	cond := func(name, codes, text string) mutator {
		return inQuery(name, codes, func(q *eql.Query) (eql.Edit, int, bool) {
			_, _, b := firstEq(q, eql.Eq)
			if b == nil {
				return eql.Edit{}, 0, false
			}
			return inserted(b.Span().Start, text+" and "), b.Span().Start, true
		})
	}
	return []mutator{
		atEq("number for a string", "query/type-mismatch", func(_ *eql.Field, l *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return replaced(l.Range, "true"), l.Range.Start
		}),
		number("text for a number", "query/type-mismatch", func(n *eql.Binary) eql.Edit { return replaced(n.Y.Span(), `"abc"`) }),
		number("boolean for a number", "query/type-mismatch", func(n *eql.Binary) eql.Edit { return replaced(n.Y.Span(), `true`) }),
		atEq("wildcard in ==", "query/wildcard-in-equality", func(_ *eql.Field, l *eql.Literal, _ *eql.Binary) (eql.Edit, int) {
			return inserted(l.Range.End-1, "*"), l.Range.Start
		}),
		inQuery("duplicate value", "query/duplicate-value", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			facts.Inspect(q, func(n *eql.In) {
				if l, is := n.List[0].(*eql.Literal); is && !ok && len(n.List) > 1 {
					last := n.List[len(n.List)-1].Span()
					e, at, ok = inserted(last.End, ", "+q.Source[l.Range.Start:l.Range.End]), last.End, true
				}
			})
			return e, at, ok
		}),
		inQuery("unknown function", "query/unknown-function", func(q *eql.Query) (e eql.Edit, at int, ok bool) {
			facts.Inspect(q, func(n *eql.Call) {
				if !ok {
					e, at, ok = replaced(n.NameRange, "nosuch"), n.NameRange.Start, true
				}
			})
			return e, at, ok
		}),
		cond("misspelt function", "query/unknown-function", `startWith(process.name, "a")`),
		cond("old function", "query/unknown-function", `wildcard(process.name, "a*")`),
		cond("too few arguments", "query/function-arguments", `startsWith(process.name)`),
		cond("too many arguments", "query/function-arguments", `length(process.name, 3, 4) > 3`),
		cond("wrong argument type", "query/function-arguments query/type-mismatch", `startsWith(process.name, 5)`),
		cond("bad block", "query/function-arguments", `cidrMatch(source.ip, "10.0.0.0/40")`).allow("query/unknown-field query/event-field"),
		cond("bad address block", "query/function-arguments", `cidrMatch(source.ip, "10.0.0/8")`).allow("query/unknown-field query/event-field"),
		cond("cidrMatch of text", "query/function-arguments query/type-mismatch", `cidrMatch(process.name, "10.0.0.0/8")`),
		cond("ordering of constants", "query/const-condition", `true > false`),
		cond("bare field", "query/type-mismatch", `process.name`),
		cond("not of text", "query/type-mismatch", `not process.name`),
		cond("bad regex", "query/regex-syntax", `process.name regex "(abc"`),
		cond("regex class", "query/regex-escape", `process.name regex """\babc"""`),
		cond("regex anchors", "query/regex-anchor", `process.name regex "^abc$"`),
		cond("comparison of fields", "query/field-comparison", `process.name == process.executable`),
		cond("like on a number", "query/type-mismatch", `process.pid like "1*"`),
		cond("division by zero", "query/div-zero", `process.pid / 0 == 1`),
		cond("contradiction", "query/contradiction query/const-condition", `process.pid > 5 and process.pid < 3`),
		cond("address with a wildcard", "query/type-mismatch query/ip-literal", `source.ip : "10.*"`).allow("query/unknown-field query/event-field"),
		cond("no address", "query/type-mismatch query/ip-literal", `source.ip == "10.0.0"`).allow("query/unknown-field query/event-field"),
		cond("empty list", "query/syntax", `process.name in ()`),
		cond("single = in a list", "query/syntax", `process.name in "a"`),
	}
}

func sequenceMutators() []mutator {
	seq := func(name, codes string, find func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool)) mutator {
		return inQuery(name, codes, func(q *eql.Query) (eql.Edit, int, bool) {
			s := eqlquery.Sequence(q)
			if s == nil {
				return eql.Edit{}, 0, false
			}
			return find(q, s)
		})
	}
	span := func(name, to string) mutator {
		return seq("maxspan "+name, "query/sequence-maxspan", func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool) {
			if s.MaxSpan == nil {
				return eql.Edit{}, 0, false
			}
			src := q.Source[s.MaxSpan.Range.Start:s.MaxSpan.Range.End]
			at := s.MaxSpan.Range.Start
			if i := strings.IndexByte(src, '='); i >= 0 {
				at += i + 1
			}
			return replaced(eql.Span{Start: at, End: s.MaxSpan.Range.End}, to), s.MaxSpan.Range.Start, true
		})
	}
	return []mutator{
		span("unit", "5y"), span("no unit", "5"), span("negative", "-5m"), span("text", `"5m"`), span("fraction", "1.5m"), span("zero", "0s"),
		seq("maxspan misspelt", "query/sequence-maxspan query/syntax", func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool) {
			at := strings.Index(facts.Code(q.Source), "maxspan")
			return replaced(eql.Span{Start: at, End: at + 7}, "maxpan"), at, at >= 0
		}),
		seq("closing bracket of a stage", "query/syntax", func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool) {
			at := strings.LastIndexByte(facts.Code(q.Source), ']')
			open := strings.LastIndexByte(facts.Code(q.Source), '[')
			return replaced(eql.Span{Start: at, End: at + 1}, ""), open, at >= 0
		}),
		seq("one stage", "query/single-sequence", func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool) {
			if len(s.Terms) != 2 || s.Terms[0].Runs != nil || s.Terms[0].Missing || s.Until != nil {
				return eql.Edit{}, 0, false
			}
			t := s.Terms[1].Range
			return replaced(t, ""), s.Keyword.Start, true
		}),
		seq("number of keys", "query/sequence-join", func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool) {
			if len(s.Terms) != 2 || len(s.Terms[1].By) != 1 {
				return eql.Edit{}, 0, false
			}
			end := s.Terms[1].By[0].Span().End
			return inserted(end, ", user.id"), s.Terms[1].By[0].Span().Start, true
		}),
		seq("runs = 0", "query/sequence-runs", func(q *eql.Query, s *eql.Sequence) (eql.Edit, int, bool) {
			t := s.Terms[0]
			if t.Runs != nil || t.Missing || len(t.By) > 0 {
				return eql.Edit{}, 0, false
			}
			return inserted(t.Range.End, " with runs=0"), t.Range.End, true
		}),
		inQuery("unknown pipe", "query/pipe", func(q *eql.Query) (eql.Edit, int, bool) {
			src := strings.TrimRight(q.Source, " \n\t")
			return inserted(len(src), "\n| unique host.id"), len(src) + 1, len(q.Pipes) == 0
		}),
	}
}

// firstOpen is the place of the bracket that stays open once the first closing one is lost.
func firstOpen(f *rule.File) int {
	q := kqlquery.KqlCode(f.Query.Value)
	lost := strings.IndexByte(q, ')')
	var open []int
	for i, c := range q {
		switch {
		case c == '(':
			open = append(open, i)
		case c == ')' && i != lost:
			open = open[:len(open)-1]
		}
	}
	return f.Query.FileSpan(open[0], open[0]).Start
}

// strayClose is the place of the closing bracket that is left over once the first opening one is lost.
func strayClose(q string) int {
	depth := 0
	for i := strings.IndexByte(q, '(') + 1; i < len(q); i++ {
		switch q[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return len(q) - 1
}

var esqlStatsBy = regexp.MustCompile(`(?is)\bstats\b.*?\bby\b`)

// otherLanguageMutators break KQL and ES|QL queries.
func otherLanguageMutators() []mutator {
	text := func(lang, name, codes, old, to string) mutator {
		return one(lang+" "+name, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
			if f.Query == nil || facts.QueryLanguage(f) != lang {
				return nil, 0, false
			}
			q := f.Query.Value
			bare := kqlquery.KqlCode(q)
			if lang == "esql" {
				bare = facts.Code(q)
			}
			at := strings.Index(bare, old)
			if at < 0 {
				return nil, 0, false
			}
			edits, err := f.Query.Edits(rule.ValueEdit{Start: at, End: at + len(old), New: to})
			place := at + len(old) - len(strings.TrimLeft(old, " "))
			return edits, f.Query.FileSpan(place, place).Start, err == nil
		})
	}
	// value changes the first value of a pattern in the query, which the pattern's group is.
	value := func(lang, name, codes string, pattern *regexp.Regexp, change func(string) string) mutator {
		return one(lang+" "+name, codes, func(f *rule.File) ([]rule.Edit, int, bool) {
			if f.Query == nil || facts.QueryLanguage(f) != lang {
				return nil, 0, false
			}
			m := pattern.FindStringSubmatchIndex(f.Query.Value)
			if m == nil || strings.Contains(f.Query.Value[:m[0]], "|") && strings.Contains(facts.Code(f.Query.Value[:m[0]]), "stats") {
				return nil, 0, false
			}
			edits, err := f.Query.Edits(rule.ValueEdit{Start: m[2], End: m[3], New: change(f.Query.Value[m[2]:m[3]])})
			return edits, f.Query.FileSpan(m[2], m[2]).Start, err == nil
		})
	}
	category := regexp.MustCompile(`\bevent\.(?:category|type|kind|outcome)\s*(?:==|:)\s*"?([a-z]{4,})\b`)
	system := regexp.MustCompile(`\bhost\.os\.type\s*(?:==|:)\s*"?(windows|linux|macos)\b`)
	dataset := regexp.MustCompile(`\b(?:event|data_stream)\.dataset\s*(?:==|:)\s*"?([a-z0-9_]+\.[a-z0-9_.]{5,})\b`)
	// Where Beats can send events too, they may have data sets of their own.
	agent := func(f *rule.File) bool {
		return !slices.ContainsFunc(f.Rule.Index, func(p string) bool {
			return !strings.HasPrefix(p, "logs-") || strings.Count(p, "*") > 1 || !strings.Contains(p, ".")
		})
	}
	lost := func(s string) string { return s[:2] + s[3:] }
	upper := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	return []mutator{
		value("kuery", "letter lost in a category", "query/event-value", category, lost),
		value("esql", "letter lost in a category", "query/event-value", category, lost),
		value("kuery", "letter lost in a data set", "query/unknown-dataset", dataset, func(s string) string { return s[:len(s)-2] + s[len(s)-1:] }).only(agent),
		value("esql", "letter lost in a data set", "query/unknown-dataset", dataset, func(s string) string { return s[:len(s)-2] + s[len(s)-1:] }).only(agent),
		value("kuery", "capital in a system", "query/case-literal", system, upper),
		value("esql", "capital in a system", "query/case-literal", system, upper),
		text("kuery", "AND", "query/kql-keyword-case", " and ", " AND "),
		text("kuery", "OR", "query/kql-keyword-case", " or ", " OR "),
		text("kuery", "NOT", "query/kql-keyword-case", " not ", " NOT "),
		text("kuery", "field", "query/unknown-field", "event.action", "event.acton"),
		text("kuery", "field", "query/unknown-field", "event.category", "event.categry"),
		text("kuery", "field", "query/unknown-field", "host.os.type", "host.os.typ"),
		text("kuery", "field", "query/unknown-field", "event.outcome", "event.outcom"),
		text("kuery", "no closing bracket", "query/syntax", ")", "").
			line(func(f *rule.File) int { return firstOpen(f) }),
		text("kuery", "opening bracket too many", "query/syntax", "(", "(("),
		text("kuery", "no opening quote", "query/syntax", "\"", ""),
		text("kuery", "no colon", "query/syntax", ":", " "),
		text("kuery", "==", "query/syntax", ":", " == "),
		text("kuery", "and and", "query/syntax", " and ", " and and "),
		text("esql", "no metadata", "query/esql-metadata", "metadata _id, _version, _index", "").allow("query/esql-keep-metadata").
			only(func(f *rule.File) bool {
				return f.Query != nil && !esqlStatsBy.MatchString(facts.Code(f.Query.Value))
			}),
		text("esql", "misspelt command", "query/syntax", "| keep", "| kep").line(func(f *rule.File) int {
			at := strings.Index(facts.Code(f.Query.Value), "| keep")
			return f.Query.FileSpan(at, at).Start
		}).allow("query/esql-keep-metadata"),
		text("esql", "opening bracket too many", "query/syntax", "(", "(("),
		text("esql", "no opening bracket", "query/syntax", "(", "").line(func(f *rule.File) int {
			at := strayClose(facts.Code(f.Query.Value))
			return f.Query.FileSpan(at, at).Start
		}),
		text("esql", "misspelt source", "query/esql-unknown-index", "logs-aws.cloudtrail", "logs-aws.cloudtrial"),
		text("esql", "misspelt source", "query/esql-unknown-index", "logs-endpoint.events", "log-endpoint.events"),
	}
}
