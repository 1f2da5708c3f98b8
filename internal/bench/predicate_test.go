package bench

import (
	"encoding/json"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/rulevet/rulevet/eql"
	"github.com/rulevet/rulevet/eql/eval"
	"github.com/rulevet/rulevet/eql/event"
)

// predicate is the five-clause rule that all engines run: a category, two equalities, a list, a case-insensitive
// suffix. The peers get it in their own language with the same meaning; they have no case folding of their own, so the
// value is lower-cased for them before the clock starts.
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
)

// events are one that satisfies every clause and one that fails at the last, so that no engine can stop early.
var events = []struct {
	name, doc string
	want      bool
}{
	{"match", `{"@timestamp":"2026-01-02T03:04:05Z","event":{"category":"process","type":"start"},"host":{"os":{"type":"windows"}},
		"process":{"name":"powershell.exe","parent":{"name":"winword.exe"},"command_line":"powershell -file c:\\users\\ann\\temp\\run.ps1"}}`, true},
	{"last clause fails", `{"@timestamp":"2026-01-02T03:04:05Z","event":{"category":"process","type":"start"},"host":{"os":{"type":"windows"}},
		"process":{"name":"powershell.exe","parent":{"name":"winword.exe"},"command_line":"powershell -file c:\\users\\ann\\docs\\run.ps1"}}`, false},
}

func compileEQL(t testing.TB) *eval.Program {
	q, issues := eql.Parse(eqlText)
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	p, err := eval.Compile(q, nil, eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decode(t testing.TB, p *eval.Program, doc string) *event.Record {
	var rec event.Record
	if err := event.NewDecoder(p.Layout()).Decode([]byte(doc), &rec); err != nil {
		t.Fatal(err)
	}
	return &rec
}

func decodeMap(t testing.TB, doc string) map[string]any {
	var m map[string]any
	if err := json.Unmarshal([]byte(strings.TrimSpace(doc)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func compileCEL(t testing.TB) cel.Program {
	env, err := cel.NewEnv(cel.Variable("event", cel.DynType), cel.Variable("host", cel.DynType), cel.Variable("process", cel.DynType))
	if err != nil {
		t.Fatal(err)
	}
	ast, issues := env.Compile(celText)
	if issues.Err() != nil {
		t.Fatal(issues.Err())
	}
	p, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compileExpr(t testing.TB) *vm.Program {
	p, err := expr.Compile(exprText, expr.AsBool())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEnginesAgree(t *testing.T) {
	program, celProgram, exprProgram := compileEQL(t), compileCEL(t), compileExpr(t)
	for _, e := range events {
		got, err := program.Match(decode(t, program, e.doc))
		if err != nil || got != e.want {
			t.Errorf("%s: rulevet says %v (%v), want %v", e.name, got, err, e.want)
		}
		m := decodeMap(t, e.doc)
		val, _, err := celProgram.Eval(m)
		if err != nil || val.Value() != e.want {
			t.Errorf("%s: cel-go says %v (%v), want %v", e.name, val, err, e.want)
		}
		out, err := expr.Run(exprProgram, m)
		if err != nil || out != e.want {
			t.Errorf("%s: expr says %v (%v), want %v", e.name, out, err, e.want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, e := range events {
		b.Run("rulevet/"+e.name, func(b *testing.B) {
			p := compileEQL(b)
			rec := decode(b, p, e.doc)
			b.ReportAllocs()
			for b.Loop() {
				if got, _ := p.Match(rec); got != e.want {
					b.Fatal("wrong verdict")
				}
			}
		})
		b.Run("cel-go/"+e.name, func(b *testing.B) {
			p, m := compileCEL(b), decodeMap(b, e.doc)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.Eval(m); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("expr/"+e.name, func(b *testing.B) {
			p, m := compileExpr(b), decodeMap(b, e.doc)
			var machine vm.VM
			b.ReportAllocs()
			for b.Loop() {
				if _, err := machine.Run(p, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
