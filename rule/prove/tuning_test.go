package prove

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rulevet/rulevet/internal/predicate"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/search"
	"github.com/rulevet/rulevet/source"
)

var (
	tunings    = flag.Int("tunings", 150, "tunings of public rules whose verdicts are held to runs of both versions")
	tuningSeed = flag.Uint64("tuningseed", 16, "of the tunings")
	tuningKind = flag.String("tuningkind", "", "only tunings of this `name`")
)

// tuner makes the changes to a rule that its authors make: it edits the text where the tree of conditions says that something stands.
type tuner struct {
	random *rand.Rand
	src    string
	file   *rule.File
	query  string
	steps  []*search.Step
	conds  []*predicate.Cond // of the query's own, in source order
	donors map[string][]string
}

// tuning is one kind of change. It returns the new text of the file, or "" where there is nothing of the kind.
type tuning struct {
	name string
	make func(*tuner) string
}

var allTunings = []tuning{
	{"exclusion added", func(t *tuner) string { return t.conjoined("not (" + t.donor() + ")") }},
	{"clause added", func(t *tuner) string { return t.conjoined("(" + t.donor() + ")") }},
	{"alternative added", func(t *tuner) string { return t.chained(predicate.OpOr, "or", t.donor()) }},
	{"member of and removed", func(t *tuner) string { return t.shortened(predicate.OpAnd) }},
	{"member of or removed", func(t *tuner) string { return t.shortened(predicate.OpOr) }},
	{"value added", (*tuner).valueAdded},
	{"value removed", (*tuner).valueRemoved},
	{"wildcard widened", (*tuner).widened},
	{"value changed", (*tuner).valueChanged},
	{"field swapped", (*tuner).fieldSwapped},
	{"operator swapped", (*tuner).operatorSwapped},
	{"number changed", (*tuner).numberChanged},
	{"brackets added", func(t *tuner) string { return t.wrapped("(", ")") }},
	{"comment added", func(t *tuner) string { return t.withQuery(t.query + commentFor(t.file)) }},
	{"order changed", (*tuner).reordered},
	{"index pattern added", func(t *tuner) string {
		return t.array("index", func(l []string) []string {
			return append(l, t.pick("logs-crowdstrike.fdr*", "logs-m365_defender.event-*", "endgame-*", "winlogbeat-*", "logs-windows.*", "logs-system.security*"))
		})
	}},
	{"index pattern removed", func(t *tuner) string { return t.array("index", func(l []string) []string { return l[:len(l)-1] }) }},
	{"maxspan changed", func(t *tuner) string {
		return t.replaced(regexp.MustCompile(`maxspan\s*=\s*\d+`), "maxspan="+t.pick("1", "3", "10", "90"))
	}},
	{"maxspan removed", func(t *tuner) string { return t.replaced(regexp.MustCompile(`\s+with\s+maxspan\s*=\s*\d+\w+`), "") }},
	{"threshold changed", func(t *tuner) string {
		return t.inFile(regexp.MustCompile(`(?m)^value\s*=\s*\d+`), "value = "+t.pick("2", "7", "40"))
	}},
	{"step's category changed", func(t *tuner) string {
		return t.replaced(regexp.MustCompile(`\[\s*(process|file|network|registry|library) where`), "[any where")
	}},
	{"category changed", func(t *tuner) string {
		return t.replaced(regexp.MustCompile(`^\s*(process|file|network|registry|library) where`), "any where")
	}},
	{"join key added", func(t *tuner) string {
		return t.replaced(regexp.MustCompile(`sequence by (\S+)`), "sequence by $1, host.name")
	}},
	{"join key removed", func(t *tuner) string {
		return t.replaced(regexp.MustCompile(`sequence by (\S+), \S+`), "sequence by $1")
	}},
	{"step added", func(t *tuner) string { return t.inSteps("\n [any where event.action == \"later\"]", false) }},
	{"missing step added", func(t *tuner) string { return t.inSteps("\n ![process where process.name : \"a*\"]", true) }},
	{"runs added", func(t *tuner) string { return t.inSteps(" with runs=2", true) }},
	{"step removed", (*tuner).stepRemoved},
	{"until added", func(t *tuner) string {
		if !strings.HasPrefix(strings.TrimSpace(t.query), "sequence by") {
			return ""
		}
		return t.withQuery(strings.TrimRight(t.query, " \n") + "\n until [any where event.action == \"stop\"]")
	}},
	{"filter added", func(t *tuner) string {
		if strings.Contains(t.src, "filters") || t.file.Rule.Type == "esql" {
			return ""
		}
		return t.src + "\n[[rule.filters]]\n[rule.filters.meta]\nnegate = true\n[rule.filters.query.wildcard.\"process.name\"]\nvalue = \"zz*.exe\"\ncase_insensitive = true\n"
	}},
}

// commentFor is a comment in the language of the rule.
func commentFor(f *rule.File) string {
	if f.Rule.Type == "eql" {
		return "\n// reviewed"
	}
	return "\n "
}

func (t *tuner) pick(list ...string) string { return list[t.random.IntN(len(list))] }

// donor is a leaf of another rule in the language.
func (t *tuner) donor() string {
	list := t.donors[t.language()]
	return list[t.random.IntN(len(list))]
}

func (t *tuner) language() string { return languageOf(t.file) }

func languageOf(f *rule.File) string {
	if f.Rule.Language != "" {
		return f.Rule.Language
	}
	return f.Rule.Type
}

func (t *tuner) text(c *predicate.Cond) string { return t.query[c.Span.Start:c.Span.End] }

// withQuery is the file with another query.
func (t *tuner) withQuery(query string) string {
	if query == t.query {
		return ""
	}
	n := t.file.Lookup("rule", "query")
	return t.src[:n.Span.Start] + rule.QuoteTOML(query) + t.src[n.Span.End:]
}

func (t *tuner) cut(s source.Span, text string) string {
	return t.withQuery(t.query[:s.Start] + text + t.query[s.End:])
}

// choose picks one of the conditions that a test lets through.
func (t *tuner) choose(ok func(*predicate.Cond) bool) *predicate.Cond {
	var list []*predicate.Cond
	for _, c := range t.conds {
		if ok(c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[t.random.IntN(len(list))]
}

// conjoined is the query with one more limit on a step.
func (t *tuner) conjoined(text string) string {
	root := ownRoot(t.steps[t.random.IntN(len(t.steps))].Cond)
	if root == nil {
		return ""
	}
	return t.cut(root.Span, "("+strings.TrimSpace(t.text(root))+") and "+text)
}

// ownRoot is the condition of a step without its category; nil if it has none of its own.
func ownRoot(c *predicate.Cond) *predicate.Cond {
	if c.Op == predicate.OpAnd {
		own := slices.DeleteFunc(slices.Clone(c.Kids), func(k *predicate.Cond) bool { return k.Aside })
		if len(own) == 1 && len(c.Kids) > 1 {
			return own[0]
		}
	}
	if c.Aside || c.Span.Start == c.Span.End {
		return nil
	}
	return c
}

func (t *tuner) chained(op predicate.Op, word, text string) string {
	c := t.choose(func(c *predicate.Cond) bool { return c.Op == op })
	if c == nil {
		return ""
	}
	last := c.Kids[len(c.Kids)-1]
	return t.cut(source.Span{Start: last.Span.End, End: last.Span.End}, " "+word+" "+text)
}

// shortened is the query without a member of a chain.
func (t *tuner) shortened(op predicate.Op) string {
	c := t.choose(func(c *predicate.Cond) bool { return c.Op == op && len(c.Kids) > 1 && !c.Kids[0].Aside })
	if c == nil {
		return ""
	}
	i := 1 + t.random.IntN(len(c.Kids)-1)
	if c.Kids[i-1].Span.End > c.Kids[i].Span.Start || strings.ContainsAny(t.query[c.Kids[i-1].Span.End:c.Kids[i].Span.Start], "()") {
		return ""
	}
	return t.cut(source.Span{Start: c.Kids[i-1].Span.End, End: c.Kids[i].Span.End}, "")
}

func (t *tuner) list() *predicate.Cond {
	return t.choose(func(c *predicate.Cond) bool { return c.Origin != nil && len(c.Origin.Members()) > 1 })
}

func (t *tuner) valueAdded() string {
	c := t.list()
	if c == nil {
		return ""
	}
	m := c.Origin.Members()
	last := t.text(m[len(m)-1])
	sep := ", "
	if t.language() != "eql" {
		sep = " or "
	}
	value := strings.TrimSuffix(last, `"`)
	if value != last {
		value += t.pick("2", "-new", "x.exe") + `"`
	} else if value += "2"; strings.ContainsAny(value, "-*:/") {
		return ""
	}
	end := m[len(m)-1].Span.End
	return t.cut(source.Span{Start: end, End: end}, sep+value)
}

func (t *tuner) valueRemoved() string {
	c := t.list()
	if c == nil {
		return ""
	}
	m := c.Origin.Members()
	i := 1 + t.random.IntN(len(m)-1)
	return t.cut(source.Span{Start: m[i-1].Span.End, End: m[i].Span.End}, "")
}

var quoted = regexp.MustCompile(`"[^"\\\n]{3,}"`)

// edited changes one of the texts of the query.
func (t *tuner) edited(change func(string) string) string {
	all := quoted.FindAllStringIndex(t.query, -1)
	if len(all) == 0 {
		return ""
	}
	at := all[t.random.IntN(len(all))]
	return t.cut(source.Span{Start: at[0] + 1, End: at[1] - 1}, change(t.query[at[0]+1:at[1]-1]))
}

func (t *tuner) widened() string {
	return t.edited(func(s string) string {
		if t.random.IntN(2) == 0 {
			return "*" + s[1:]
		}
		return s[:len(s)-1] + "*"
	})
}

func (t *tuner) valueChanged() string {
	return t.edited(func(s string) string { return t.pick(s+"x", strings.ToUpper(s), s[:len(s)-1], "new-"+s) })
}

func (t *tuner) fieldSwapped() string {
	swaps := [][2]string{{"process.name", "process.parent.name"}, {"process.executable", "process.parent.executable"}, {"process.args", "process.command_line"},
		{"file.path", "file.name"}, {"source.ip", "destination.ip"}, {"user.name", "user.id"}, {"process.parent.name", "process.parent.executable"}, {"event.action", "event.type"}}
	for range 20 {
		s := swaps[t.random.IntN(len(swaps))]
		if out := t.replaced(regexp.MustCompile(`\b`+regexp.QuoteMeta(s[0])+`\b(\s*[:=!<>i])`), s[1]+"$1"); out != "" {
			return out
		}
	}
	return ""
}

func (t *tuner) operatorSwapped() string {
	swaps := [][2]string{{` == "`, ` : "`}, {` : "`, ` == "`}, {" in (", " in~ ("}, {" in~ (", " in ("}, {" : (", " like~ ("}, {" like~ ", " like "}, {" like ", " : "}, {" regex~ ", " regex "}, {" in (", " : ("}}
	for range 20 {
		s := swaps[t.random.IntN(len(swaps))]
		if out := t.replaced(regexp.MustCompile(regexp.QuoteMeta(s[0])), strings.ReplaceAll(s[1], "$", "$$")); out != "" {
			return out
		}
	}
	return ""
}

func (t *tuner) numberChanged() string {
	return t.replaced(regexp.MustCompile(`([<>]=?|==) \d+`), "$1 "+t.pick("3", "17", "1000"))
}

func (t *tuner) wrapped(open, end string) string {
	c := t.choose(func(c *predicate.Cond) bool { return c.Span.End > c.Span.Start && !c.Aside })
	if c == nil {
		return ""
	}
	return t.cut(c.Span, open+t.text(c)+end)
}

// reordered swaps two members of a chain.
func (t *tuner) reordered() string {
	c := t.choose(func(c *predicate.Cond) bool {
		return len(c.Kids) > 1 && !c.Kids[0].Aside && (c.Op == predicate.OpAnd || c.Op == predicate.OpOr)
	})
	if c == nil {
		return ""
	}
	i := t.random.IntN(len(c.Kids) - 1)
	a, b := c.Kids[i], c.Kids[i+1]
	if a.Span.End > b.Span.Start || strings.ContainsAny(t.query[a.Span.End:b.Span.Start], "()") {
		return ""
	}
	return t.cut(source.Span{Start: a.Span.Start, End: b.Span.End}, t.text(b)+t.query[a.Span.End:b.Span.Start]+t.text(a))
}

// bracket is the end of the brackets around a step; 0 if they are not found.
func (t *tuner) bracket(step int) int {
	end := t.steps[step].Cond.Span.End
	at := strings.IndexByte(t.query[min(end, len(t.query)):], ']')
	if len(t.steps) < 2 || !strings.Contains(t.query, "sequence") || at < 0 {
		return 0
	}
	return end + at + 1
}

// inSteps puts something behind a step: the last one, or with inside another.
func (t *tuner) inSteps(text string, inside bool) string {
	step := len(t.steps) - 1
	if inside {
		step = t.random.IntN(max(step, 1))
	}
	at := t.bracket(step)
	if at == 0 || t.steps[step].Role == search.Stop {
		return ""
	}
	return t.cut(source.Span{Start: at, End: at}, text)
}

func (t *tuner) stepRemoved() string {
	i := 1 + t.random.IntN(max(len(t.steps)-1, 1))
	if i >= len(t.steps) || len(t.steps) < 3 || t.bracket(i) == 0 || t.steps[i].Role == search.Stop {
		return ""
	}
	return t.cut(source.Span{Start: t.bracket(i - 1), End: t.bracket(i)}, "")
}

// replaced changes one place of the query that a pattern matches.
func (t *tuner) replaced(re *regexp.Regexp, with string) string {
	all := re.FindAllStringSubmatchIndex(t.query, -1)
	if len(all) == 0 {
		return ""
	}
	at := all[t.random.IntN(len(all))]
	return t.cut(source.Span{Start: at[0], End: at[1]}, string(re.ExpandString(nil, with, t.query, at)))
}

func (t *tuner) inFile(re *regexp.Regexp, with string) string {
	if t.file.Rule.Threshold == nil {
		return ""
	}
	if out := re.ReplaceAllString(t.src, with); out != t.src {
		return out
	}
	return ""
}

func (t *tuner) array(key string, change func([]string) []string) string {
	n := t.file.Lookup("rule", key)
	if n == nil || len(n.Children) < 2 {
		return ""
	}
	var list []string
	for _, c := range n.Children {
		list = append(list, c.Str)
	}
	text, _ := json.Marshal(change(list))
	return t.src[:n.Span.Start] + string(text) + t.src[n.Span.End:]
}

// publicRules reads the public rules that can be run.
func publicRules(t testing.TB, c *compile.Compiler) (out []*compile.Program) {
	t.Helper()
	_ = filepath.WalkDir("../../../shared/corpus/detection-rules", func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".toml" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := rule.Parse(path, src)
		if f.Query == nil || f.Rule.Type == "esql" || f.Rule.Type == "machine_learning" {
			return nil
		}
		if p, err := c.Compile(f, compile.Options{}); err == nil {
			out = append(out, p)
		}
		return nil
	})
	if len(out) == 0 {
		t.Skip("needs ../shared/corpus")
	}
	return out
}

// gather lists the conditions of the query's own, and the leaves among them.
func gather(c *predicate.Cond, all []*predicate.Cond) []*predicate.Cond {
	if c.Aside {
		return all
	}
	all = append(all, c)
	for _, k := range c.Kids {
		all = gather(k, all)
	}
	return all
}

// donorsOf are leaves of rules as text, by language.
func donorsOf(rules []*compile.Program) map[string][]string {
	donors := map[string][]string{}
	for _, p := range rules {
		for _, s := range p.Steps() {
			for _, c := range gather(s.Cond, nil) {
				whole := languageOf(p.File) == "eql" || strings.ContainsAny(p.File.Query.Value[c.Span.Start:c.Span.End], ":<>") // in KQL a value may stand alone
				if len(c.Kids) == 0 && c.Span.End-c.Span.Start < 200 && whole {
					donors[languageOf(p.File)] = append(donors[languageOf(p.File)], strings.TrimSpace(p.File.Query.Value[c.Span.Start:c.Span.End]))
				}
			}
		}
	}
	return donors
}

func newTuner(random *rand.Rand, p *compile.Program, donors map[string][]string) *tuner {
	t := &tuner{random: random, src: string(p.File.Src), file: p.File, query: p.File.Query.Value, steps: p.Steps(), donors: donors}
	for _, s := range p.Steps() {
		t.conds = gather(s.Cond, t.conds)
	}
	return t
}

// tally counts the verdicts of one kind of change.
type tally struct {
	n, known int
	whys     map[string]int
}

// TestTunings changes public rules as their authors do and holds what is said of the change to runs of both versions over events made
// for either. With -v it shows of which kinds of changes how many have a verdict.
func TestTunings(t *testing.T) {
	compiler := &compile.Compiler{}
	rules := publicRules(t, compiler)
	donors := donorsOf(rules)
	random := rand.New(rand.NewPCG(*tuningSeed, 1))
	counts := map[string]*tally{}
	var slow time.Duration
	done := 0
	for tries := 0; done < *tunings && tries < 40**tunings; tries++ {
		p := rules[random.IntN(len(rules))]
		kind := allTunings[random.IntN(len(allTunings))]
		if *tuningKind != "" && kind.name != *tuningKind {
			continue
		}
		text := kind.make(newTuner(random, p, donors))
		if text == "" {
			continue
		}
		file, _ := rule.Parse(p.File.Path, []byte(text))
		q, err := compiler.Compile(file, compile.Options{})
		if err != nil {
			continue
		}
		done++
		began := time.Now()
		change := Rules(compiler, p.File, q.File)
		if took := time.Since(began); took > slow {
			slow = took
			t.Logf("%v: %s, %s", took, kind.name, filepath.Base(p.File.Path))
		}
		frame := newSide(p.Program).frame.Kind
		for _, key := range []string{kind.name + " (" + frame + ")", "all (" + frame + ")"} {
			c := counts[key]
			if c == nil {
				c = &tally{whys: map[string]int{}}
				counts[key] = c
			}
			c.n++
			if change.Relation != Unknown {
				c.known++
			} else if !strings.HasPrefix(key, "all") {
				c.whys[change.Why+" in "+p.File.Rule.Type]++
				if testing.Verbose() && c.whys[change.Why+" in "+p.File.Rule.Type] <= 2 {
					t.Logf("%d %s: %s: %s", done, kind.name, filepath.Base(p.File.Path), change.Why)
				}
			}
		}
		if err := refuted(compiler, change, random); err != "" {
			t.Errorf("%s, %s: said to be %v, but %s\n%s\n%s", kind.name, p.File.Path, change.Relation, err, p.File.Query.Value, q.File.Query.Value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		c := counts[key]
		t.Logf("%-40s %4d of %4d  %v", key, c.known, c.n, c.whys)
	}
}

// refuted runs both versions of a rule over events made for either and says what contradicts the verdict; empty if nothing does.
func refuted(compiler *compile.Compiler, c *RuleChange, random *rand.Rand) string {
	a, _ := compiler.Compile(c.Old, compile.Options{})
	b, _ := compiler.Compile(c.New, compile.Options{})
	relation := c.Relation
	if patterns(c.Old.Rule.Index, c.New.Rule.Index) != Equal { // the events say nothing of their index
		own, _ := Compare(mustOn(a, b))
		relation = own.Relation
	}
	var sets [][][]byte
	for _, p := range []*compile.Program{a, b} {
		g := Generate(p, GenerateOptions{Count: 4, Near: true})
		sets = append(append(sets, g.Ways...), g.Near...)
	}
	sets = append(sets, crossed(sets, random)...)
	for _, set := range sets {
		old, changed := Matches(a, set), Matches(b, set)
		if old && !changed && (relation == Equal || relation == Wider) || changed && !old && (relation == Equal || relation == Narrower) {
			return fmt.Sprintf("the old matches: %v, the new: %v on %s", old, changed, set)
		}
	}
	for i, list := range [][]Match{c.Lost, c.Gained} {
		for _, m := range list {
			if Matches(a, m.Events) != (i == 0) || Matches(b, m.Events) != (i == 1) {
				return fmt.Sprintf("shown events do not show it: %s", m.Events)
			}
		}
	}
	return ""
}

func mustOn(a, b *compile.Program) (search.Program, search.Program) {
	other, err := b.On(a.Layout())
	if err != nil {
		panic(err)
	}
	return a.Program, other.Program
}

// crossed are events with fields taken out, or replaced by what other events have there.
func crossed(sets [][][]byte, random *rand.Rand) (out [][][]byte) {
	values := map[string][]any{}
	var flat [][]map[string]any
	for _, set := range sets {
		var list []map[string]any
		for _, doc := range set {
			var tree map[string]any
			_ = json.Unmarshal(doc, &tree)
			fields := map[string]any{}
			leaves("", tree, fields)
			for k, v := range fields {
				values[k] = append(values[k], v)
			}
			list = append(list, fields)
		}
		flat = append(flat, list)
	}
	names := slices.Sorted(maps.Keys(values))
	if len(names) == 0 {
		return nil
	}
	for _, list := range flat {
		if len(list) > 20 {
			continue
		}
		for range 12 {
			var set [][]byte
			for _, fields := range list {
				fields = maps.Clone(fields)
				for range 1 + random.IntN(2) {
					name := names[random.IntN(len(names))]
					switch vs := values[name]; {
					case name == "@timestamp":
					case random.IntN(3) == 0:
						delete(fields, name)
					case random.IntN(4) == 0 && fields[name] != nil:
						fields[name] = []any{fields[name], vs[random.IntN(len(vs))]}
					default:
						fields[name] = vs[random.IntN(len(vs))]
					}
				}
				doc, _ := json.Marshal(fields)
				set = append(set, doc)
			}
			out = append(out, set)
		}
	}
	return out
}

// leaves lists the values of a document by path.
func leaves(prefix string, tree map[string]any, out map[string]any) {
	for k, v := range tree {
		if below, ok := v.(map[string]any); ok {
			leaves(prefix+k+".", below, out)
			continue
		}
		out[prefix+k] = v
	}
}
