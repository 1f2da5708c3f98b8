package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/rulevet/rulevet/event"
	"github.com/rulevet/rulevet/kql"
	"github.com/rulevet/rulevet/kql/eval"
)

// place is where a message of ES|QL's analyser says that a mistake is.
var place = regexp.MustCompile(`line (-?[0-9]+):(-?[0-9]+):`)

// ownRule is what the rule of a case says.
type ownRule struct {
	Type, Language, Query, From string
	Filters                     []map[string]any
	Threshold                   *struct {
		Field       []string
		Value       int
		Cardinality []struct {
			Field string
			Value int
		}
	}
	NewTermsFields     []string `toml:"new_terms_fields"`
	HistoryWindowStart string   `toml:"history_window_start"`
	ThreatIndex        []string `toml:"threat_index"`
	ThreatQuery        string   `toml:"threat_query"`
	ThreatMapping      []struct {
		Entries []struct{ Field, Value string }
	} `toml:"threat_mapping"`
}

// rulesAsker asks for the parts that an alert of a rule is made of: Elasticsearch says which events a query, a filter, a value or a time
// finds; what the detection engine makes of that is counted here.
type rulesAsker struct {
	*asker
	t     *testing.T
	s     *Suite
	index string
	docs  []event.Doc
}

func (a *asker) rules(t *testing.T, s *Suite) (later []func(map[string]*reply)) {
	name := "rules-" + strings.TrimSuffix(strings.TrimSuffix(s.Path[strings.LastIndexAny(s.Path, `/\`)+1:], "txtar"), ".")
	isThreat := func(index string) bool { return strings.HasPrefix(index, "feed-") }
	a.index(t, name, s, func(index string) bool { return !isThreat(index) })
	a.index(t, name+"-feed", s, isThreat)
	r := &rulesAsker{asker: a, t: t, s: s, index: name, docs: docs(t, s)}
	for _, c := range s.Cases {
		var f struct{ Rule ownRule }
		if err := toml.Unmarshal(ruleText(c), &f); err != nil {
			t.Fatalf("%s: %v", c.Query, err)
		}
		later = append(later, r.rule(c, &f.Rule))
	}
	return later
}

// matches is the query of a rule with its filters, as the detection engine sends it.
func (r *rulesAsker) matches(o *ownRule) []any {
	must := []any{r.translated(o.Language, o.Query)}
	for _, f := range o.Filters {
		meta, _ := f["meta"].(map[string]any)
		if meta["disabled"] == true {
			continue
		}
		q := any(question{"bool": question{"filter": []any{f["query"]}}})
		if meta["negate"] == true {
			q = question{"bool": question{"must_not": []any{f["query"]}}}
		}
		must = append(must, q)
	}
	return must
}

func (r *rulesAsker) translated(language, text string) any {
	if language == "lucene" {
		return question{"query_string": question{"query": text, "analyze_wildcard": true}}
	}
	q, issues := kql.Parse(text, kql.Kuery)
	if kql.HasErrors(issues) {
		r.t.Fatalf("%s: %v", text, issues)
	}
	dsl, err := eval.Translate(q, fieldsOf(r.t, r.s))
	if err != nil {
		r.t.Fatalf("%s: %v", text, err)
	}
	return json.RawMessage(dsl)
}

// filter asks for the events that fit all queries.
func (r *rulesAsker) filter(index string, must ...any) string {
	return r.add(question{"index": index, "dsl": question{"bool": question{"filter": must}}})
}

func is(field string, value any) any { return question{"term": question{field: value}} }

// valuesOf are the different values that the events of an index have of a field.
func (r *rulesAsker) valuesOf(field string, feed bool) []any {
	found := map[string]any{}
	for _, d := range r.docs {
		if strings.HasPrefix(d.IndexName, "feed-") == feed {
			for _, v := range valuesIn(d.Source, field) {
				found[fmt.Sprintf("%T %v", v, v)] = v
			}
		}
	}
	var out []any
	for _, k := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[k])
	}
	return out
}

// valuesIn are the values of a field in a document.
func valuesIn(doc []byte, field string) (out []any) {
	var at any
	if json.Unmarshal(doc, &at) != nil {
		return nil
	}
	var walk func(at any, rest string)
	walk = func(at any, rest string) {
		switch at := at.(type) {
		case []any:
			for _, v := range at {
				walk(v, rest)
			}
		case map[string]any:
			for key, v := range at {
				if key == rest {
					walk(v, "")
				} else if below, ok := strings.CutPrefix(rest, key+"."); ok {
					walk(v, below)
				}
			}
		case nil:
		default:
			if rest == "" {
				out = append(out, at)
			}
		}
	}
	walk(at, field)
	return out
}

// product lists the combinations of one value of each list.
func product(lists [][]any) [][]any {
	out := [][]any{nil}
	for _, l := range lists {
		var next [][]any
		for _, head := range out {
			for _, v := range l {
				next = append(next, append(slices.Clip(head), v))
			}
		}
		out = next
	}
	return out
}

func (r *rulesAsker) rule(c *Case, o *ownRule) func(map[string]*reply) {
	switch o.Type {
	case "threshold":
		return r.threshold(c, o)
	case "new_terms":
		return r.newTerms(c, o)
	case "threat_match":
		return r.threatMatch(c, o)
	}
	id := r.filter(r.index, r.matches(o)...)
	return func(replies map[string]*reply) {
		if p := replies[id].phase(); p != "" {
			c.Answer = "! refused"
			return
		}
		var sets [][]int
		for _, n := range numbers(replies[id]) {
			sets = append(sets, []int{n})
		}
		c.Answer = written(sets)
	}
}

func numbers(r *reply) (out []int) {
	for _, id := range r.IDs {
		n, _ := strconv.Atoi(id)
		out = append(out, n)
	}
	return out
}

// threshold: the events of each combination of values, and of them how many values of the counted fields.
func (r *rulesAsker) threshold(c *Case, o *ownRule) func(map[string]*reply) {
	type group struct {
		id    string
		count [][]string
	}
	var groups []group
	var lists [][]any
	for _, f := range o.Threshold.Field {
		lists = append(lists, r.valuesOf(f, false))
	}
	for _, values := range product(lists) {
		must := r.matches(o)
		for i, v := range values {
			must = append(must, is(o.Threshold.Field[i], v))
		}
		g := group{id: r.filter(r.index, must...)}
		for _, k := range o.Threshold.Cardinality {
			var ids []string
			for _, v := range r.valuesOf(k.Field, false) {
				ids = append(ids, r.filter(r.index, append(slices.Clip(must), is(k.Field, v))...))
			}
			g.count = append(g.count, ids)
		}
		groups = append(groups, g)
	}
	return func(replies map[string]*reply) {
		var sets [][]int
		for _, g := range groups {
			ok := len(replies[g.id].IDs) >= o.Threshold.Value
			for i, ids := range g.count {
				n := 0
				for _, id := range ids {
					if len(replies[id].IDs) > 0 {
						n++
					}
				}
				ok = ok && n >= o.Threshold.Cardinality[i].Value
			}
			if ok {
				sets = append(sets, numbers(replies[g.id]))
			}
		}
		c.Answer = written(sets)
	}
}

// newTerms: the first event of each combination of the window that the history before it does not have. The rule runs when the last event comes.
func (r *rulesAsker) newTerms(c *Case, o *ownRule) func(map[string]*reply) {
	var now time.Time
	for _, d := range r.docs {
		for _, v := range valuesIn(d.Source, "@timestamp") {
			if at, err := time.Parse(time.RFC3339, fmt.Sprint(v)); err == nil && at.After(now) {
				now = at
			}
		}
	}
	back := func(text string) string { // "now-5m"
		n, err := strconv.Atoi(text[len("now-") : len(text)-1])
		if err != nil {
			r.t.Fatal(err)
		}
		unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[len(text)-1]]
		return now.Add(-time.Duration(n) * unit).Format(time.RFC3339)
	}
	window := question{"range": question{"@timestamp": question{"gte": back(o.From)}}}
	history := question{"range": question{"@timestamp": question{"gte": back(o.HistoryWindowStart), "lt": back(o.From)}}}
	var lists [][]any
	for _, f := range o.NewTermsFields {
		lists = append(lists, r.valuesOf(f, false))
	}
	type pair struct{ now, before string }
	var pairs []pair
	for _, values := range product(lists) {
		must := r.matches(o)
		for i, v := range values {
			must = append(must, is(o.NewTermsFields[i], v))
		}
		pairs = append(pairs, pair{r.filter(r.index, append(slices.Clip(must), window)...), r.filter(r.index, append(slices.Clip(must), history)...)})
	}
	return func(replies map[string]*reply) {
		var sets [][]int
		for _, p := range pairs {
			if got := numbers(replies[p.now]); len(got) > 0 && len(replies[p.before].IDs) == 0 {
				slices.Sort(got)
				sets = append(sets, got[:1]) // events stand in the order of their times
			}
		}
		c.Answer = written(sets)
	}
}

// threatMatch: the events that have what an indicator has. A group asks for one value of each of its entries in the indicator.
func (r *rulesAsker) threatMatch(c *Case, o *ownRule) func(map[string]*reply) {
	all := r.filter(r.index+"-feed", r.translated("kuery", o.ThreatQuery))
	asked := map[string][]string{} // by indicator
	for i, d := range r.docs {
		if !strings.HasPrefix(d.IndexName, "feed-") {
			continue
		}
		for _, group := range o.ThreatMapping {
			must := r.matches(o)
			for _, e := range group.Entries {
				values := valuesIn(d.Source, e.Value)
				if len(values) != 1 {
					must = nil
					break
				}
				must = append(must, question{"match": question{e.Field: question{"query": values[0]}}})
			}
			if must != nil {
				n := strconv.Itoa(i + 1)
				asked[n] = append(asked[n], r.filter(r.index, must...))
			}
		}
	}
	return func(replies map[string]*reply) {
		found := map[int]bool{}
		for _, indicator := range replies[all].IDs {
			for _, id := range asked[indicator] {
				for _, n := range numbers(replies[id]) {
					found[n] = true
				}
			}
		}
		var sets [][]int
		for n := range found {
			sets = append(sets, []int{n})
		}
		c.Answer = written(sets)
	}
}
