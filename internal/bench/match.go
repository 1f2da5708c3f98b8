package bench

import (
	"encoding/json"
	"fmt"

	"cel.dev/cel-go/cel"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/hyperjumptech/grule-rule-engine/ast"
	"github.com/hyperjumptech/grule-rule-engine/builder"
	"github.com/hyperjumptech/grule-rule-engine/engine"
	"github.com/hyperjumptech/grule-rule-engine/pkg"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/event"
)

// The five-clause rule that all engines run: a category, two equalities, a list, a parent and a wildcard. The peers get it
// in their own language with the same meaning; they do not fold case, so the values are lower-case for all.
const (
	eqlText = `process where host.os.type == "windows" and event.type == "start" and
  process.name in ("powershell.exe", "pwsh.exe", "cmd.exe") and process.parent.name : "winword.exe" and
  process.command_line : "*\\temp\\*.ps1"`
	celText = `event.category == "process" && host.os.type == "windows" && event.type == "start" &&
  process.name in ["powershell.exe", "pwsh.exe", "cmd.exe"] && process.parent.name == "winword.exe" &&
  process.command_line.contains("\\temp\\") && process.command_line.endsWith(".ps1")`
	exprText = `event.category == "process" && host.os.type == "windows" && event.type == "start" &&
  process.name in ["powershell.exe", "pwsh.exe", "cmd.exe"] && process.parent.name == "winword.exe" &&
  process.command_line contains "\\temp\\" && process.command_line endsWith ".ps1"`
	gruleText = `rule Office "a shell from an office program" { when
  E.Event.Category == "process" && E.Host.Os.Type == "windows" && E.Event.Type == "start" &&
  E.Process.Name.In("powershell.exe", "pwsh.exe", "cmd.exe") && E.Process.Parent.Name == "winword.exe" &&
  E.Process.CommandLine.Contains("\\temp\\") && E.Process.CommandLine.HasSuffix(".ps1")
then Retract("Office"); }`
)

// RuleText is the rule as EQL.
func RuleText() string { return eqlText }

// Event has the members that the predicate needs, for engines that work on structs.
type Event struct {
	Event struct {
		Category string `json:"category"`
		Type     string `json:"type"`
	} `json:"event"`
	Host struct {
		Os struct {
			Type string `json:"type"`
		} `json:"os"`
	} `json:"host"`
	Process struct {
		Name        string `json:"name"`
		CommandLine string `json:"command_line"`
		Parent      struct {
			Name string `json:"name"`
		} `json:"parent"`
	} `json:"process"`
}

// Sample is an event with the verdict of the predicate.
type Sample struct {
	Name, Doc string
	Want      bool
}

// Samples are an event that satisfies every clause and one that fails at the last, so that no engine can stop early.
var Samples = []Sample{
	{"match", `{"@timestamp":"2026-01-02T03:04:05Z","event":{"category":"process","type":"start"},"host":{"os":{"type":"windows"}},
		"process":{"name":"powershell.exe","parent":{"name":"winword.exe"},"command_line":"powershell -file c:\\users\\ann\\temp\\run.ps1"}}`, true},
	{"last clause fails", `{"@timestamp":"2026-01-02T03:04:05Z","event":{"category":"process","type":"start"},"host":{"os":{"type":"windows"}},
		"process":{"name":"powershell.exe","parent":{"name":"winword.exe"},"command_line":"powershell -file c:\\users\\ann\\docs\\run.ps1"}}`, false},
}

// Matcher decides one decoded event, again and again.
type Matcher func() (bool, error)

// Engine decodes an event into its own form and returns a matcher for it.
type Engine struct {
	Name    string
	Prepare func(doc string) (Matcher, error)
}

// Engines are rulevet and its peers.
var Engines = []Engine{
	{"rulevet", prepareRulevet}, {"cel-go", prepareCEL}, {"expr", prepareExpr}, {"grule", prepareGrule},
}

// Compile compiles a query without a mapping.
func Compile(query string) (*eval.Program, error) {
	q, issues := eql.Parse(query)
	if len(issues) > 0 {
		return nil, fmt.Errorf("%v", issues)
	}
	return eval.Compile(q, nil, eval.Options{})
}

func prepareRulevet(doc string) (Matcher, error) {
	p, err := Compile(eqlText)
	if err != nil {
		return nil, err
	}
	rec := new(event.Record)
	if err := event.NewDecoder(p.Layout()).Decode([]byte(doc), rec); err != nil {
		return nil, err
	}
	return func() (bool, error) { return p.Match(rec) }, nil
}

func prepareCEL(doc string) (Matcher, error) {
	var m map[string]any
	if err := json.Unmarshal([]byte(doc), &m); err != nil {
		return nil, err
	}
	env, err := cel.NewEnv(cel.Variable("event", cel.DynType), cel.Variable("host", cel.DynType), cel.Variable("process", cel.DynType))
	if err != nil {
		return nil, err
	}
	tree, issues := env.Compile(celText)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	p, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	return func() (bool, error) {
		v, _, err := p.Eval(m)
		return err == nil && v.Value() == true, err
	}, nil
}

func prepareExpr(doc string) (Matcher, error) {
	var m map[string]any
	if err := json.Unmarshal([]byte(doc), &m); err != nil {
		return nil, err
	}
	p, err := expr.Compile(exprText, expr.AsBool())
	if err != nil {
		return nil, err
	}
	var machine vm.VM
	return func() (bool, error) {
		v, err := machine.Run(p, m)
		return v == true, err
	}, nil
}

func prepareGrule(doc string) (Matcher, error) {
	e := new(Event)
	if err := json.Unmarshal([]byte(doc), e); err != nil {
		return nil, err
	}
	library := ast.NewKnowledgeLibrary()
	if err := builder.NewRuleBuilder(library).BuildRuleFromResource("rules", "1", pkg.NewBytesResource([]byte(gruleText))); err != nil {
		return nil, err
	}
	base, err := library.NewKnowledgeBaseInstance("rules", "1")
	if err != nil {
		return nil, err
	}
	rules := engine.NewGruleEngine()
	return func() (bool, error) {
		facts := ast.NewDataContext()
		if err := facts.Add("E", e); err != nil {
			return false, err
		}
		hits, err := rules.FetchMatchingRules(facts, base)
		return len(hits) > 0, err
	}, nil
}
