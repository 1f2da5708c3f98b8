package ruletest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
)

// What a rule reads beside events lies in its fixture folder, and what several rules read in the testdata folder around it:
// lookup/<index>.ndjson and enrich/<policy>.ndjson hold documents, <name>.mapping.json beside them their mapping, and
// <policy>.policy.json the definition of the policy.
const (
	lookupDir     = "lookup"
	enrichDir     = "enrich"
	mappingSuffix = ".mapping.json"
	policySuffix  = ".policy.json"
)

// The answers of a model: of one event file, or of all cases of the rule.
const (
	answersFile   = "completion.json"
	answersSuffix = "." + answersFile
)

// Beside reads what the fixtures of a rule give it beside events, for whoever runs the rule on other events; nil if it reads nothing
// else. ruleFile is where the rule lies in fsys. The problems tell of files that cannot be read.
func Beside(fsys fs.FS, ruleFile string, file *rule.File) (*compile.Beside, []Problem) {
	needs := (&compile.Compiler{}).Needs(file)
	if len(needs.Lookups)+len(needs.Policies) == 0 && !needs.Model {
		return nil, nil
	}
	l := fixtureLoader{fsys: fsys, needs: needs}
	l.beside(ruleFile)
	b := l.out.beside
	if l.answers == nil {
		b.Answer = nil
	}
	return b, l.out.problems
}

// besideOf is Beside for a rule whose problems are told elsewhere.
func besideOf(fsys fs.FS, ruleFile string, needs compile.Needs) *compile.Beside {
	l := fixtureLoader{fsys: fsys, needs: needs}
	l.beside(ruleFile)
	return l.out.beside
}

// beside reads the tables and answers that the rule asks for. The nearest folder counts.
func (l *fixtureLoader) beside(ruleFile string) {
	l.out.beside = &compile.Beside{Lookups: map[string]*compile.Table{}, Policies: map[string]*compile.Table{}}
	dirs := fixtureDirs(l.fsys, ruleFile)
	for _, d := range dirs {
		l.ruleAnswers(path.Join(d, answersFile))
	}
	for dir := path.Dir(ruleFile); ; dir = path.Dir(dir) { // what rules share
		dirs = append(dirs, path.Join(dir, "testdata"))
		if dir == "." {
			break
		}
	}
	for _, d := range dirs {
		l.tables(path.Join(d, lookupDir), l.needs.Lookups, l.out.beside.Lookups)
		l.tables(path.Join(d, enrichDir), l.needs.Policies, l.out.beside.Policies)
	}
	answers := l.answers.model()
	l.out.beside.Answer = func(prompt string) (string, bool) {
		if answers == nil {
			return "", false
		}
		return answers(prompt)
	}
}

// tables reads those tables of a folder that are wanted and that no nearer folder had.
func (l *fixtureLoader) tables(dir string, wanted []string, into map[string]*compile.Table) {
	if len(wanted) == 0 {
		return
	}
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		return // there is none; a folder that cannot be read is told of by who lists it
	}
	for _, e := range entries {
		name, ok := tableName(e)
		if ok && slices.Contains(wanted, name) && into[name] == nil {
			into[name] = l.table(path.Join(dir, e.Name()), path.Join(dir, name))
		}
	}
}

// tableName is the index or policy whose documents a file holds.
func tableName(e fs.DirEntry) (string, bool) {
	if e.IsDir() || strings.HasSuffix(e.Name(), mappingSuffix) || strings.HasSuffix(e.Name(), policySuffix) {
		return "", false
	}
	return eventStem(e.Name())
}

// table reads the documents of a file, and what lies beside them under the stem.
func (l *fixtureLoader) table(file, stem string) *compile.Table {
	events, problems := readEvents(l.fsys, file)
	l.out.problems = append(l.out.problems, problems...)
	t := &compile.Table{Path: file, Docs: [][]byte{}}
	for _, e := range events {
		t.Docs = append(t.Docs, e.raw)
	}
	t.Mapping, t.Policy = l.optional(stem+mappingSuffix), l.optional(stem+policySuffix)
	return t
}

// optional reads a JSON file that need not be there.
func (l *fixtureLoader) optional(p string) []byte {
	data, err := readFile(l.fsys, p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		l.problem(unreadable(p, err))
		return nil
	}
	if err := json.Unmarshal(data, new(map[string]any)); err != nil {
		l.problem(Problem{Code: codeData, Severity: "error", Path: p, Message: "expected a JSON object: " + jsonError(err)})
		return nil
	}
	return data
}

// besideDir looks for files of a lookup or enrich folder of the rule that nothing reads.
func (l *fixtureLoader) besideDir(dir string, wanted []string, word string) {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		l.problem(unreadable(dir, err))
		return
	}
	if l.needs.Unknown {
		return
	}
	for _, e := range entries {
		name, ok := tableName(e)
		if !ok {
			name = strings.TrimSuffix(strings.TrimSuffix(e.Name(), mappingSuffix), policySuffix)
		}
		if strings.HasPrefix(e.Name(), ".") || slices.Contains(wanted, name) {
			continue
		}
		hint := "the query has no " + word
		if len(wanted) > 0 {
			hint = "the query reads " + quoteList(wanted)
		}
		if meant := near.Names(name, wanted); len(meant) > 0 {
			hint = "did you mean " + quoteList(meant) + "?"
		}
		l.problem(Problem{Code: codeUnused, Severity: "warning", Path: path.Join(dir, e.Name()), Message: fmt.Sprintf("no %s of the query reads %s", word, rule.Quote(name)), Hint: hint})
	}
}

// model answers prompts.
type model = func(prompt string) (answer string, ok bool)

// answers are what a model says, the first that fits a prompt first.
type answers []answer

type answer struct {
	// Prompt is a part of the prompts that it answers; empty: of all.
	Prompt string `json:"prompt"`
	Answer string `json:"answer"`
}

// model is nil if there are no answers.
func (a answers) model() model {
	if a == nil {
		return nil
	}
	return func(prompt string) (string, bool) {
		for _, x := range a {
			if strings.Contains(prompt, x.Prompt) {
				return x.Answer, true
			}
		}
		return "", false
	}
}

// ruleAnswers reads the answers to the prompts of all cases.
func (l *fixtureLoader) ruleAnswers(p string) {
	if l.answers == nil {
		l.answers = l.readAnswers(p)
	}
}

// readAnswers reads a file of answers: a text, or a list of {"prompt", "answer"}. It returns nil if there is none.
func (l *fixtureLoader) readAnswers(p string) answers {
	data, err := readFile(l.fsys, p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		l.problem(unreadable(p, err))
		return nil
	}
	a, err := parseAnswers(data)
	if err != nil {
		l.problem(Problem{Code: codeData, Severity: "error", Path: p, Message: err.Error(), Hint: `write "the answer", or [{"prompt": "part of the prompt", "answer": "…"}]`})
	}
	return a
}

func parseAnswers(data []byte) (answers, error) {
	var all string
	if json.Unmarshal(data, &all) == nil {
		return answers{{Answer: all}}, nil
	}
	var list []struct{ Prompt, Answer *string }
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("expected the answers of a model, a text or a list: %s", jsonError(err))
	}
	if dec.More() {
		return nil, errors.New("there is something behind the answers of the model")
	}
	out := answers{}
	for i, x := range list {
		if x.Answer == nil {
			return nil, fmt.Errorf("answer %d lacks \"answer\"", i)
		}
		a := answer{Answer: *x.Answer}
		if x.Prompt != nil {
			a.Prompt = *x.Prompt
		}
		out = append(out, a)
	}
	return out, nil
}

// completion reads the answers of a case in cases.toml.
func (t *caseTable) completion(n *rule.Node) answers {
	if n.Kind != rule.ArrayNode {
		return answers{{Answer: t.str(n)}}
	}
	out := answers{}
	for _, c := range t.tables(n, "completion") {
		t.known(c, []string{"prompt", "answer"})
		x := answer{}
		if p := c.Get("prompt"); p != nil {
			x.Prompt = t.str(p)
		}
		a := c.Get("answer")
		if a == nil {
			t.invalid(c, "", "the table lacks `answer`")
			continue
		}
		x.Answer = t.str(a)
		out = append(out, x)
	}
	return out
}

// answersPath is where the answers of the case would stand.
func (c *testCase) answersPath() string {
	if c.golden == "" {
		return "`completion` of the case"
	}
	return strings.TrimSuffix(path.Base(c.golden), goldenSuffix) + answersSuffix
}
