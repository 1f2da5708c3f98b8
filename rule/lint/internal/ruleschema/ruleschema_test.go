package ruleschema

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

func load(t *testing.T, text string) (*Schema, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "own schema.json")
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return Load(name)
}

// TestValidate wants each finding at the key or value that breaks the schema.
func TestValidate(t *testing.T) {
	s, err := load(t, `{"properties": {
		"metadata": {"required": ["owner"], "properties": {"owner": {"enum": ["blue", "red"]}, "on-call": {"$ref": "#/$defs/call"}}},
		"rule": {"additionalProperties": false, "properties": {"name": {"pattern": "^[A-Z]"}, "tags": {"items": {"maxLength": 5}}, "risk_score": {"maximum": 50}}}},
		"$defs": {"call": {"properties": {"phone": {"type": "string"}}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	const src = "[metadata]\nowner = \"bleu\"\n[metadata.on-call]\nphone = 5\n[rule]\nname = \"x\"\ntags = [\"short\", \"too long\"]\nrisk_score = 73\nextra = 1\n"
	f, _ := rule.Parse("x.toml", []byte(src))
	got := map[string]bool{}
	for _, d := range s.Validate(f) {
		got[src[d.Span.Start:d.Span.End]+" | "+d.Message+" | "+strings.ReplaceAll(d.Hint, s.name, "FILE")] = true
	}
	want := map[string]bool{
		"\"bleu\" | `metadata.owner` is `bleu`: value must be one of \"blue\", \"red\" | did you mean `blue`?": true,
		"5 | `metadata.on-call.phone`: expected string, but got number | see FILE":                             true,
		"\"x\" | `rule.name`: does not match pattern '^[A-Z]' | see FILE":                                      true,
		"\"too long\" | `rule.tags[1]`: length must be <= 5, but got 8 | see FILE":                             true,
		"73 | `rule.risk_score`: must be <= 50 but found 73 | see FILE":                                        true,
		"extra | key `extra` is not allowed in `rule` | see FILE":                                              true,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	for key, known := range map[string]bool{"owner": true, "phone": true, "extra": false} {
		at := strings.Index(src, key)
		if s.Declares(f, rule.Span{Start: at, End: at + len(key)}) != known {
			t.Errorf("%s: declared is not %v", key, known)
		}
	}
	missing, _ := rule.Parse("x.toml", []byte("[metadata]\n[rule]\nname = \"X\"\n"))
	found := s.Validate(missing)
	if len(found) != 1 || found[0].Message != "`metadata`: missing properties: 'owner'" {
		t.Errorf("a missing key: %+v", found)
	}
}

// TestFormats: a format is asked for whether or not the schema names its draft; a date without quotes is its text.
func TestFormats(t *testing.T) {
	const schema = `{%s"properties": {"metadata": {"properties": {"reviewed": {"type": "string", "format": "date"}, "retired": {"format": "date"}, "mail": {"format": "email"}}}}}`
	const src = "[metadata]\nreviewed = 2026-01-02\nretired = \"2026-13-02\"\nmail = \"nobody\"\n"
	for _, draft := range []string{"", `"$schema": "https://json-schema.org/draft/2020-12/schema", `, `"$schema": "http://json-schema.org/draft-07/schema#", `} {
		s, err := load(t, fmt.Sprintf(schema, draft))
		if err != nil {
			t.Fatal(err)
		}
		f, _ := rule.Parse("x.toml", []byte(src))
		var got []string
		for _, d := range s.Validate(f) {
			got = append(got, src[d.Span.Start:d.Span.End]+" | "+d.Message)
		}
		slices.Sort(got)
		want := []string{
			`"2026-13-02" | ` + "`metadata.retired`: '2026-13-02' is not valid 'date'",
			`"nobody" | ` + "`metadata.mail`: 'nobody' is not valid 'email'",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("with %q (-want +got):\n%s", draft, d)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	for name, tt := range map[string]struct{ schema, want string }{
		"not JSON":       {"{", "is not JSON"},
		"not a schema":   {`{"properties": {"a": {"type": 5}}}`, "not a JSON Schema: /properties/a/type"},
		"the network":    {`{"$ref": "https://example.org/s.json"}`, "nothing is fetched"},
		"a missing file": {`{"$ref": "other.json"}`, "no such file"},
		"a pattern":      {`{"pattern": "("}`, "pattern"},
	} {
		if _, err := load(t, tt.schema); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); err == nil || strings.Contains(err.Error(), "file://") {
		t.Errorf("no file: %v", err)
	}
}
