package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// finding is what a test of messages wants to know of one.
type finding struct {
	Code, Severity, Message, Hint string
}

// lintFindings lints files of a folder and returns the findings.
func lintFindings(t *testing.T, dir string, args ...string) (out []finding, skipped string, exit int) {
	t.Helper()
	t.Chdir(dir)
	var stdout, stderr bytes.Buffer
	exit = Main(append([]string{"lint", "--format", "json"}, args...), Options{Stdout: &stdout, Stderr: &stderr})
	var report struct {
		Files []struct {
			Skipped []struct{ Part, Why string }
		}
		Diagnostics []finding
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	for _, f := range report.Files {
		for _, s := range f.Skipped {
			skipped += s.Part + ": " + s.Why + "\n"
		}
	}
	return report.Diagnostics, skipped, exit
}

// TestMistakes runs testdata/mistakes.txtar: what people get wrong, with what they have to be told. Each NAME.toml is a rule file that starts with
// lines "# want CODE SEVERITY", then words of the message or hint behind a colon; "# want nothing" is for what is right. There must be no
// finding besides: one mistake, one finding.
func TestMistakes(t *testing.T) {
	arch, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range arch.Files {
		t.Run(strings.TrimSuffix(f.Name, ".toml"), func(t *testing.T) {
			dir := t.TempDir()
			text, want := mistake(string(f.Data))
			if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			got, _, _ := lintFindings(t, dir, f.Name)
			if len(got) != len(want) {
				t.Errorf("%d findings, want %d: %q", len(got), len(want), got)
			}
			for _, w := range want {
				if !w.in(got) {
					t.Errorf("%s %s: %q is missing in %q", w.code, w.severity, w.words, got)
				}
			}
		})
	}
}

// wanted is a finding that a case demands.
type wanted struct{ code, severity, words string }

func (w wanted) in(got []finding) bool {
	for _, g := range got {
		if g.Code == w.code && g.Severity == w.severity && strings.Contains(g.Message+"; "+g.Hint, w.words) {
			return true
		}
	}
	return false
}

// frame is the rest of a rule whose case gives a query alone.
const frame = `[metadata]
creation_date = "2026/03/01"
maturity = "production"
updated_date = "2026/03/02"

[rule]
author = ["rulevet authors"]
description = "Made for a test."
from = "now-9m"
name = "Case"
risk_score = 47
rule_id = "b3c8f9a2-6a0e-4d6f-9f51-0f6a5d1f2a77"
severity = "medium"
tags = ["Case"]
`

// mistake splits a case: lines "# want …", then "# query" and a query for endpoint processes in EQL, "# kql" and one in KQL, or "# rule" and the
// keys that the frame lacks.
func mistake(src string) (text string, want []wanted) {
	const process = "index = [\"logs-endpoint.events.process-*\"]\n"
	var body []string
	head := ""
	for line := range strings.Lines(src) {
		spec, isWant := strings.CutPrefix(line, "# want ")
		switch spec = strings.TrimSpace(spec); {
		case isWant && spec == "nothing":
		case isWant:
			words := ""
			spec, words, _ = strings.Cut(spec, ": ")
			code, severity, _ := strings.Cut(spec, " ")
			want = append(want, wanted{code, severity, words})
		case line == "# query\n":
			head = frame + process + "language = \"eql\"\ntype = \"eql\"\nquery = '''\n"
		case line == "# kql\n":
			head = frame + process + "language = \"kuery\"\ntype = \"query\"\nquery = '''\n"
		case line == "# rule\n":
			head = frame
		default:
			body = append(body, line)
		}
	}
	text = head + strings.Join(body, "")
	if strings.HasSuffix(head, "'''\n") {
		text += "'''\n"
	}
	return text, want
}

// TestReports runs the public reports, if they are there, and expects what stands on top of each.
func TestReports(t *testing.T) {
	dir, err := filepath.Abs("../../shared/conformance/reports")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the reports are not here")
	}
	for _, tt := range []struct {
		files   string // separated by blanks
		want    []wanted
		receipt string // what the receipt has to say instead of a finding
	}{
		{"01-ip-in-list.toml", []wanted{{"query/type-mismatch", "error", "cidrMatch"}}, ""},
		{"10-and-or-without-brackets.toml", []wanted{{"query/and-or-mixed", "warning", "brackets"}}, ""},
		{"12a-narrowing-line-commented-out.toml 12b-narrowing-line-commented-out.toml", []wanted{{"repo/duplicate-query", "warning", "Package manager used"}, {"repo/duplicate-query", "warning", "Anonymous file made"}}, ""},
		{"13-any-where-sequence.toml", []wanted{{"query/syntax", "error", "take any where away"}}, ""},
		{"15-eql-text-in-another-language.toml", []wanted{{"query/other-language", "warning", "is EQL"}}, ""},
		{"17-kql-upper-case.toml", nil, ""},
		{"21-response-action.toml", []wanted{{"rule/response-action", "error", "`isolate`"}, {"rule/response-action", "error", "`query`"}}, ""},
		{"23-required-fields.toml", []wanted{{"rule/required-field", "error", "process.name"}, {"rule/required-field", "error", "long"},
			{"integration/related", "error", "`endpoint`"}, {"integration/related", "error", "banana"}}, ""},
		{"24-suggests-object.toml", []wanted{{"new-terms/unknown-field", "error", "process.executable"}}, ""},
		{"26-companion-exceptions.toml", []wanted{{"exception/value", "error", "list"}}, ""},
		{"27-not-a-rule.toml", nil, "not a rule"},
	} {
		t.Run(tt.files, func(t *testing.T) {
			got, skipped, _ := lintFindings(t, dir, strings.Fields(tt.files)...)
			if tt.want == nil && len(got) > 0 {
				t.Errorf("findings: %q", got)
			}
			for _, w := range tt.want {
				if !w.in(got) {
					t.Errorf("%s: %q is missing in %q", w.code, w.words, got)
				}
			}
			if !strings.Contains(skipped, tt.receipt) {
				t.Errorf("the receipt lacks %q:\n%s", tt.receipt, skipped)
			}
		})
	}
}
