package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule/lint/check"
)

// TestFieldResolution has fields that are known, unknown, and undecidable for each reason, and how they are reported.
func TestFieldResolution(t *testing.T) {
	const process = "logs-endpoint.events.process-*"
	tests := []struct{ name, index, query, want string }{
		{"known", process, `process where process.name == "a"`, ""},
		{"typo", process, `process where process.nmae == "a"`, "error: unknown field `process.nmae`: not in `logs-endpoint.events.process-*` | did you mean `process.name`?"},
		{"typo in a function", process, `process where length(process.nmae) > 3`, "error: unknown field `process.nmae`: not in `logs-endpoint.events.process-*` | did you mean `process.name`?"},
		{"typo in a key", process, `sequence by host.idd [process where true] [process where true]`, "error: unknown field `host.idd`: not in `logs-endpoint.events.process-*` | did you mean `host.id`?"},
		{"typo in the key of a step", process, `sequence [process where true] by host.id [process where true] by host.idd`, "error: unknown field `host.idd`: not in `logs-endpoint.events.process-*` | did you mean `host.id`?"},
		{"field of another package", process, `process where okta.actor.id == "a"`, "error: unknown field `okta.actor.id`: not in `logs-endpoint.events.process-*` | it is a field of filebeat 9.5.0, okta.system 2.11.0; does `index` lack a pattern?"},
		{"typo behind ?", process, `process where ?process.nmae == "a"`, "warning: unknown field `process.nmae`: not in `logs-endpoint.events.process-*` | did you mean `process.name`?"},
		{"foreign field behind ?", process, `process where ?acme.thing == "a"`, ""},
		{"unlike all", process, `process where acme.thing == "a"`, "error: unknown field `acme.thing`: not in `logs-endpoint.events.process-*`"},
		{"parent of fields", process, `process where process.parent == "a"`, "error: `process.parent` is no field but the parent of others in `logs-endpoint.events.process-*`"},
		{"remote cluster", "eu:" + process, `process where acme.thing == "a"`, "error: unknown field `acme.thing`: not in `eu:logs-endpoint.events.process-*`"},
		{"remote clusters by wildcard", "*:" + process, `process where acme.thing == "a"`, "error: unknown field `acme.thing`: not in `*:logs-endpoint.events.process-*`"},
		{"exclusion", "logs-aws.*,-logs-aws.cloudtrail-*", `any where aws.cloudtrail.event_type == "a"`, "info: field `aws.cloudtrail.event_type` is in aws.cloudtrail 2.21.0, but in none of `logs-aws.*` | field data for package aws is of version 2.21.0, newest is 6.1.0"},
		{"exclusion of another", "logs-aws.*,-logs-aws.vpcflow-*", `any where aws.cloudtrail.event_type == "a"`, ""},
		{"exclusion leaves nothing", process + ",logs-*,-logs-*", `process where acme.thing == "a"`, "not checked: field `acme.thing` not checked: no index is known"},
		{"another data stream", "logs-aws.vpcflow-*", `any where aws.cloudtrail.event_type == "a"`, "info: field `aws.cloudtrail.event_type` is in aws.cloudtrail 2.21.0, but in none of `logs-aws.vpcflow-*` | field data for package aws is of version 2.21.0, newest is 6.1.0"},
		{"another data stream of Elastic Defend", process, `process where dns.Ext.options == "a"`, ""},
		{"data set named", "logs-*", `any where event.dataset == "okta.system" and endpoint.foo == "a"`, "warning: unknown field `endpoint.foo`: not in `logs-*` | field data for package okta is of version 2.11.0, newest is 3.14.0"},
		{"data sets named", "logs-*", `any where data_stream.dataset in ("okta.system", "endpoint.events.file") and acme.foo == "a"`, "warning: unknown field `acme.foo`: not in `logs-*` | field data for package okta is of version 2.11.0, newest is 3.14.0"},
		{"data set named in a branch", "logs-*", `any where (event.dataset == "okta.system" or user.name == "b") and acme.foo == "a"`, "not checked: field `acme.foo` not checked: index pattern \"logs-*\" can hold anything"},
		{"module named", "logs-okta.*,logs-endpoint.events.*", `any where event.module == "endpoint" and okta.actor.id == "a"`, "error: unknown field `okta.actor.id`: not in `logs-endpoint.events.*` | it is a field of filebeat 9.5.0, okta.system 2.11.0; does `index` lack a pattern?"},
		{"module of no package", "logs-okta.*,logs-endpoint.events.*", `any where event.module == "acme" and okta.actor.id == "a"`, ""},
		{"one schema a step", "logs-okta.*,logs-endpoint.events.*", `sequence by user.name [any where event.dataset == "okta.system" and okta.actor.id == "a"] [any where event.dataset == "endpoint.events.file" and okta.actor.id == "a"]`,
			"error: unknown field `okta.actor.id`: not in `logs-endpoint.events.*` | it is a field of filebeat 9.5.0, okta.system 2.11.0; does `index` lack a pattern?"},
		{"open pattern", "logs-*", `any where acme.foo == "a"`, "not checked: field `acme.foo` not checked: index pattern \"logs-*\" can hold anything"},
		{"open pattern, near name", "logs-*", `process where process.nmae == "a"`, "warning: field `process.nmae` is in no field list of `logs-*` | did you mean `process.name`?"},
		{"no data", "logs-pfsense.log-*", `any where pfsense.foo == "a"`, "not checked: field `pfsense.foo` not checked: no field data for package pfsense"},
		{"older package", "logs-okta*", `any where okta.brand_new_thing == "a"`, "warning: unknown field `okta.brand_new_thing`: not in package okta as of version 2.11.0 | version 3.14.0 of the package may have it: list it in an overlay (--schema) then"},
		{"older package, foreign name", "logs-okta*", `any where acme.thing == "a"`, "warning: unknown field `acme.thing`: not in `logs-okta*` | field data for package okta is of version 2.11.0, newest is 3.14.0"},
		{"unknown index", "acme-*", `any where acme.foo == "a"`, "not checked: field `acme.foo` not checked: index pattern \"acme-*\" is not in the catalog"},
		{"template", "logs-o365.audit-*", `any where o365.audit.Parameters.AnyThing == "a"`, ""},
		{"below an object type", "winlogbeat-*", `any where winlog.event_data.SomethingNew == "a"`, ""},
		{"below an object type, near name", "winlogbeat-*", `any where winlog.event_data.TargetUserNmae == "a"`, "error: field `winlog.event_data.TargetUserNmae` is not listed below `winlog.event_data` | did you mean `winlog.event_data.TargetUserName`?"},
		{"newer stacks", process, `process where agent.name == "a" and gen_ai.agent.id == "b"`, "error: field `gen_ai.agent.id` exists from stack 9.3.0 on (ecs 9.3.0), but the rule also runs on 8.19.0 | set `min_stack_version = \"9.3.0\"`, or write `?gen_ai.agent.id`"},
		{"newer stacks, optional", process, `process where ?gen_ai.agent.id == "b"`, ""},
		{"text", process, `process where process.command_line.text == "a"`, "error: field `process.command_line.text` has type text and no keyword sub-field"},
		{"nested", "logs-endpoint.events.file-*", `file where file.pe.sections.name == "a"`, "error: field `file.pe.sections.name` is nested: nested fields are not supported"},
	}
	for _, tt := range tests {
		got := fieldVerdict(t, queryRule(t, tt.index, tt.query), &check.Config{Preset: check.Strict})
		if len(got) > len(tt.want) && tt.name == "parent of fields" {
			got = got[:len(tt.want)] // the rest is a list of fields
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// fieldVerdict is what the field stage says of a rule: the finding, else why the receipt says that fields are not checked.
func fieldVerdict(t *testing.T, src string, config *check.Config) string {
	t.Helper()
	l, err := New(Options{Config: config, Only: []string{"query/unknown-field", "query/text-field", "query/type-conflict", "query/type-mismatch"}})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.Lint(t.Context(), []Source{{Path: "rule.toml", Src: []byte(src)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range rep.Diagnostics {
		line := fmt.Sprintf("%s: %s", d.Severity, d.Message)
		if d.Hint != "" && (strings.HasPrefix(d.Hint, "did you mean") || strings.Contains(d.Hint, "version") || strings.Contains(d.Hint, "it ")) {
			hint, _, more := strings.Cut(d.Hint, ", `")
			if more && strings.HasPrefix(hint, "did") {
				hint += "?"
			}
			line += " | " + hint
		}
		lines = append(lines, line)
	}
	for _, s := range rep.Files[0].Skipped {
		if s.Part == check.PartFields {
			lines = append(lines, "not checked: "+s.Why)
		}
	}
	return strings.Join(lines, "\n")
}

// TestMinStack compares the stacks that have a field with min_stack_version.
func TestMinStack(t *testing.T) {
	src := queryRule(t, "logs-endpoint.events.process-*", `process where gen_ai.agent.id == "b"`)
	for _, tt := range []struct {
		min    string
		stacks []string
		want   string
	}{
		{"8.18.0", nil, "error: field `gen_ai.agent.id` exists from stack 9.3.0 on (ecs 9.3.0), but the rule also runs on 8.19.0 | set `min_stack_version = \"9.3.0\"`, or write `?gen_ai.agent.id`"},
		{"9.3.0", nil, ""},
		{"9.6.0", nil, ""},
		{"99.0.0", nil, ""},
		{"8.18.0", []string{"9.4.0", "9.5.0"}, ""},
		{"8.18.0", []string{"8.19.0"}, "error: unknown field `gen_ai.agent.id`: not in `logs-endpoint.events.process-*` | ECS has it on the stacks 9.3.0, 9.4.0, 9.5.0, 9.6.0"},
	} {
		text := strings.Replace(src, "[rule]", fmt.Sprintf("min_stack_version = %q\nmin_stack_comments = \"x\"\n\n[rule]", tt.min), 1)
		got := fieldVerdict(t, text, &check.Config{Preset: check.Strict, Stacks: tt.stacks})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("min_stack_version %s on %v (-want +got):\n%s", tt.min, tt.stacks, diff)
		}
	}
}

// TestTypeConflict has a field that two overlays map differently, and stacks.
func TestTypeConflict(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := &check.Config{Preset: check.Strict, Schemas: []string{
		"acme-a-*=" + write("a.tsv", "acme.id\tlong\nacme.when\tdate\nprocess.pid\tkeyword\n"),
		"acme-b-*=" + write("b.json", `{"properties":{"acme":{"properties":{"id":{"type":"keyword"},"when":{"type":"date_nanos"}}}}}`),
	}}
	for _, tt := range []struct{ index, query, want string }{
		{"acme-a-*, acme-b-*", `any where acme.id == 5`, "warning: field `acme.id` is long in DIR/a.tsv:1 and keyword in DIR/b.json:1"},
		{"acme-a-*, acme-b-*", `any where acme.id == "x"`, "warning: field `acme.id` is long in DIR/a.tsv:1 and keyword in DIR/b.json:1"},
		{"acme-a-*, acme-b-*", `any where acme.when == "2020-01-01"`, ""},
		{"acme-a-*", `any where acme.id == 5`, ""},
		{"acme-*", `any where acme.id == 5`, "warning: field `acme.id` is long in DIR/a.tsv:1 and keyword in DIR/b.json:1"},
		{"acme-a-*", `process where process.pid == "a-1"`, ""},
		{"acme-a-*, acme-b-*", `process where process.pid == 5`, "warning: field `process.pid` is keyword in DIR/a.tsv:3 and long in ecs 9.5.0"},
		{"logs-okta*, logs-endpoint.events.file-*", `any where user.name == "a"`, ""},
	} {
		got := strings.ReplaceAll(fieldVerdict(t, queryRule(t, tt.index, tt.query), config), filepath.ToSlash(dir), "DIR")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s on %s (-want +got):\n%s", tt.query, tt.index, diff)
		}
	}
}

// TestPackageFolder lays a newer version of a package over the embedded one: what it has is known, what it lacks is
// absent, where the older version left both undecided.
func TestPackageFolder(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"manifest.yml":                           "name: okta\nversion: 9.9.9\n",
		"data_stream/system/fields/fields.yml":   "- name: okta\n  type: group\n  fields:\n  - name: brand_new\n    type: long\n",
		"data_stream/system/fields/ecs.yml":      "- name: user.name\n  external: ecs\n",
		"data_stream/system/elasticsearch/x.yml": "not: read\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	src := queryRule(t, "logs-okta.system-*", `any where okta.brand_new == 5 and user.name == "a" and okta.other_thing == "b"`)
	want := "warning: unknown field `okta.brand_new`: not in package okta as of version 2.11.0 | version 3.14.0 of the package may have it: list it in an overlay (--schema) then\n" +
		"warning: unknown field `okta.other_thing`: not in package okta as of version 2.11.0 | version 3.14.0 of the package may have it: list it in an overlay (--schema) then"
	if diff := cmp.Diff(want, fieldVerdict(t, src, &check.Config{})); diff != "" {
		t.Errorf("embedded (-want +got):\n%s", diff)
	}
	want = "error: unknown field `okta.other_thing`: not in `logs-okta.system-*`"
	if diff := cmp.Diff(want, fieldVerdict(t, src, &check.Config{Schemas: []string{dir}})); diff != "" {
		t.Errorf("with the newer package (-want +got):\n%s", diff)
	}
}
