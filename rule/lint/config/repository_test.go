package config

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// ruleRepository is a folder with a correct configuration, changed by the files given.
func ruleRepository(change map[string]string) fstest.MapFS {
	files := map[string]string{
		"_config.yaml": `rule_dirs: [rules]
bbr_rules_dirs: [rules_building_block]
files:
  packages: packages.yaml
  stack_schema_map: stack-schema-map.yaml
bypass_version_lock: true
bypass_tags_validation: true
normalize_kql_keywords: false
testing:
  config: test.yaml
attack_version_maps_dir: maps
`,
		"packages.yaml":          "package:\n  name: \"9.4\"\n",
		"stack-schema-map.yaml":  "\"9.3.0\": {beats: 9.3.0, ecs: 9.3.0}\n\"9.4.0\":\n  ecs: 9.4.0\n  own: own.json\n",
		"own.json":               "{}",
		"test.yaml":              "unit_tests:\n  bypass: [a]\n",
		"maps/18-19.yaml":        "framework: MITRE ATT&CK\nsource_version: '18'\ntarget_version: '19'\ntactics:\n  TA0005: {id: TA0005, name: Stealth, reference: x}\n  TA0006: null\n",
		"rules/a.toml":           "",
		"rules_building_block/b": "",
	}
	for name, text := range change {
		files[name] = text
	}
	out := fstest.MapFS{}
	for name, text := range files {
		if text != "-" {
			out[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return out
}

func TestReadRepository(t *testing.T) {
	got, err := ReadRepository(ruleRepository(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := &Repository{Roots: []string{"rules", "rules_building_block"}, Stacks: []string{"9.3.0", "9.4.0"}, Schemas: []string{"own.json"},
		Severity: map[string]rule.Severity{"tags/*": lint.Off}, NoLock: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c := &lint.Config{Stacks: []string{"9.5.0"}, Severity: map[string]rule.Severity{"tags/*": rule.Error}}
	got.Apply(c)
	if c.Stacks[0] != "9.5.0" || c.Severity["tags/*"] != rule.Error || !c.NoVersionLock {
		t.Errorf("what is set does not stay: %+v", c)
	}
}

func TestRepositoryProblems(t *testing.T) {
	for _, tt := range []struct {
		name, file, text, want string
	}{
		{"key missing", "_config.yaml", "files:\n  packages: packages.yaml\n  stack_schema_map: stack-schema-map.yaml\n",
			"_config.yaml:1:1: `rule_dirs` is missing [config/key-missing]"},
		{"key misspelt", "_config.yaml", "rules_dirs: [rules]\nfiles:\n  packages: packages.yaml\n  stack_schema_map: stack-schema-map.yaml\n",
			"_config.yaml:1:1: `rule_dirs` is missing; is `rules_dirs` meant? [config/key-missing]"},
		{"key of files missing", "_config.yaml", "rule_dirs: [rules]\nfiles:\n  packages: packages.yaml\n",
			"_config.yaml:3:3: `stack_schema_map` is missing [config/key-missing]"},
		{"no boolean", "_config.yaml", "rule_dirs: [rules]\nfiles:\n  packages: packages.yaml\n  stack_schema_map: stack-schema-map.yaml\nbypass_version_lock: maybe\n",
			"_config.yaml:5:22: `bypass_version_lock` is `maybe`, expected true or false [config/not-boolean]"},
		{"no folder", "_config.yaml", "rule_dirs: [rulez]\nfiles:\n  packages: packages.yaml\n  stack_schema_map: stack-schema-map.yaml\n",
			"_config.yaml:1:13: there is no folder `rulez` (git keeps no empty ones) [config/not-found]"},
		{"no YAML", "_config.yaml", "rule_dirs: [\n", "_config.yaml:1:1: not valid YAML: did not find expected node content [config/syntax]"},
		{"no packages.yaml", "packages.yaml", "-", "_config.yaml:4:13: there is no file `packages.yaml` [config/not-found]"},
		{"no package name", "packages.yaml", "package: {}\n", "packages.yaml:1:1: package.name is missing: the current stack, \"9.4\" [config/package-name]"},
		{"unknown stack", "packages.yaml", "package: {name: \"9.9\"}\n", "stack-schema-map.yaml:1:1: stack `9.9` of packages.yaml is not in the map [config/stack-unknown]"},
		{"no custom schema", "own.json", "-", "stack-schema-map.yaml:4:8: custom schema `own.json` is not a file [config/custom-schema]"},
		{"both", "test.yaml", "unit_tests:\n  bypass: [a]\n  test_only: [b]\n",
			"test.yaml:3:14: unit_tests sets both bypass and test_only, expected one of them [config/bypass-and-only]"},
		{"map without version", "maps/18-19.yaml", "framework: x\nsource_version: '18'\n", "maps/18-19.yaml:1:1: `target_version` is missing [config/attack-map]"},
		{"destination without name", "maps/18-19.yaml", "framework: x\nsource_version: '18'\ntarget_version: '19'\ntactics:\n  TA1: {id: TA2, reference: x}\n",
			"maps/18-19.yaml:5:3: the destination of TA1 lacks `name` [config/attack-map]"},
		{"two maps", "maps/b.yaml", "framework: MITRE ATT&CK\nsource_version: '18'\ntarget_version: '19'\n", "maps/b.yaml:1:1: maps/18-19.yaml maps the same versions [config/attack-map]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadRepository(ruleRepository(map[string]string{tt.file: tt.text}))
			if err != nil || got.Problems == nil {
				t.Fatalf("got %v and no problems", err)
			}
			if diff := cmp.Diff(tt.want, got.Problems.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestForeignConfiguration reads files of that name that are not about rules.
func TestForeignConfiguration(t *testing.T) {
	for _, text := range []string{"title: Our blog\ntheme: minima\nplugins: [jekyll-feed]\n", "a: [\n", "- x\n", "", "files: [a, b]\n"} {
		if got, err := ReadRepository(ruleRepository(map[string]string{"_config.yaml": text})); !errors.Is(err, ErrForeign) {
			t.Errorf("%q: got %+v, %v", text, got, err)
		}
	}
}

// TestIncompleteConfiguration takes what a configuration with mistakes says all the same.
func TestIncompleteConfiguration(t *testing.T) {
	got, err := ReadRepository(ruleRepository(map[string]string{"_config.yaml": `rule_dirs: [rules, gone]
bypass_version_lock: true
directories: {exception_dir: exceptions, action_dir: actions}
`, "exceptions/a.toml": ""}))
	if err != nil {
		t.Fatal(err)
	}
	want := &Repository{Roots: []string{"rules"}, NoLock: true, Companions: []string{"exceptions"},
		Severity: map[string]rule.Severity{"query/kql-keyword-case": lint.Off}}
	problems := got.Problems
	got.Problems = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "_config.yaml:1:20: there is no folder `gone` (git keeps no empty ones) [config/not-found]\n_config.yaml:1:1: `files` is missing [config/key-missing]"; problems.Error() != want {
		t.Errorf("got %v, want %s", problems, want)
	}
}
