package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// RepositoryName is the configuration of a rule repository in the layout of elastic/detection-rules
// (as elastic/detection-rules documents it for custom rules). rulevet takes from it what it can use, and reports what is wrong with it under the
// codes config/…. Names of unit tests are not known here, nor the workflows of a forge.
const RepositoryName = "_config.yaml"

// maxYAML is the largest file that is read, in bytes.
const maxYAML = 4 << 20

// Repository is what _config.yaml says, as far as rulevet uses it.
type Repository struct {
	Roots    []string                 // rule_dirs and bbr_rules_dirs, from the folder of the file
	Stacks   []string                 // the keys of the stack map
	Schemas  []string                 // custom schemas of the stack map, from the folder of the file
	Severity map[string]rule.Severity // of findings that it sets otherwise, by code
	NoLock   bool                     // it does without a version lock
	// Companions are the folders of exceptions, actions and action connectors, from the folder of the file.
	Companions []string
	// Problems is what is wrong with the file and those it names; nil if nothing is. What is right is in the other members.
	Problems *Error
}

// ErrForeign is the error of ReadRepository for a _config.yaml that has nothing to do with rules: that of a site generator, say.
var ErrForeign = errors.New("no configuration of a rule repository: it has none of the keys rule_dirs, bbr_rules_dirs and files")

// ReadRepository reads _config.yaml of a folder and the files it names. The error is that of reading _config.yaml, or
// ErrForeign.
func ReadRepository(fsys fs.FS) (*Repository, error) {
	r := &repository{fsys: fsys, out: &Repository{Severity: map[string]rule.Severity{}}}
	src, err := fileio.ReadFS(fsys, RepositoryName, fileio.MaxConfig)
	if err != nil {
		return nil, err
	}
	root := r.parse(RepositoryName, src)
	switch {
	case root == nil && !bytes.Contains(src, []byte("rule_dirs")), root != nil && !aboutRules(root):
		return nil, ErrForeign
	case root != nil:
		r.config(root)
	}
	if len(r.problems) > 0 {
		r.out.Problems = &Error{Path: RepositoryName, Problems: r.problems}
	}
	return r.out, nil
}

// aboutRules reports whether a _config.yaml is that of a rule repository.
func aboutRules(root *yaml.Node) bool {
	for i := 0; i+1 < len(root.Content); i += 2 {
		key := root.Content[i].Value
		switch key {
		case "bypass_version_lock", "normalize_kql_keywords", "auto_gen_schema_file", "bbr_rules_dirs", "rule_dirs":
			return true
		}
		if _, known := switches()[key]; known || len(near.Names(key, []string{"rule_dirs", "bbr_rules_dirs"})) > 0 {
			return true
		}
	}
	files, dirs := get(root, "files"), get(root, "directories")
	for _, key := range []string{"packages", "stack_schema_map", "version_lock", "deprecated_rules"} {
		if get(files, key) != nil {
			return true
		}
	}
	return get(dirs, "exception_dir") != nil || get(dirs, "action_dir") != nil || get(dirs, "action_connector_dir") != nil
}

// Apply fills in what a configuration leaves open.
func (r *Repository) Apply(c *lint.Config) {
	if len(c.Stacks) == 0 {
		c.Stacks = r.Stacks
	}
	c.NoVersionLock = c.NoVersionLock || r.NoLock
	for code, s := range r.Severity {
		if _, set := c.Severity[code]; !set {
			if c.Severity == nil {
				c.Severity = map[string]rule.Severity{}
			}
			c.Severity[code] = s
		}
	}
}

type repository struct {
	fsys     fs.FS
	out      *Repository
	problems []Problem
}

// report notes a problem; at may be nil.
func (r *repository) report(file, code string, at *yaml.Node, format string, args ...any) {
	p := Problem{Position: rule.Position{Line: 1, Column: 1}, Message: fmt.Sprintf(format, args...) + " [config/" + code + "]"}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	if file != RepositoryName {
		p.File = file
	}
	r.problems = append(r.problems, p)
}

var yamlLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`line (\d+): `) })

// parse reads the first document; nil after an error.
func (r *repository) parse(name string, src []byte) *yaml.Node {
	var doc yaml.Node
	if len(src) > maxYAML {
		r.report(name, "syntax", nil, "the file has %d bytes, more than the limit of %d", len(src), maxYAML)
		return nil
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		at, text := &yaml.Node{Line: 1, Column: 1}, err.Error()
		if m := yamlLine().FindStringSubmatchIndex(text); m != nil {
			at.Line, _ = strconv.Atoi(text[m[2]:m[3]])
			text = text[m[1]:]
		}
		r.report(name, "syntax", at, "not valid YAML: %s", text)
		return nil
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		r.report(name, "syntax", nil, "expected keys and values")
		return nil
	}
	return doc.Content[0]
}

// get returns the value of a key, or nil.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// switches are the boolean keys with the checks that true switches off.
func switches() map[string][]string {
	return map[string][]string{
		"bypass_note_validation_and_parse":    {"note/*"},
		"bypass_bbr_lookback_validation":      {"rule/bbr-timing-missing", "rule/bbr-lookback", "rule/bbr-interval", "rule/bbr-validation-time"},
		"bypass_tags_validation":              {"tags/*"},
		"bypass_timeline_template_validation": {"rule/timeline-pair", "rule/timeline-unknown", "rule/timeline-mismatch"},
		"bypass_esql_keep_validation":         {"query/esql-keep-missing", "query/esql-keep-metadata"},
		"bypass_esql_metadata_validation":     {"query/esql-metadata"},
		"no_tactic_filename":                  {"file/name-tactic-prefix"},
	}
}

func (r *repository) config(root *yaml.Node) {
	all := r.truth(root, "bypass_optional_elastic_validation")
	for key, codes := range switches() {
		if r.truth(root, key) || all && strings.HasPrefix(key, "bypass_") {
			for _, code := range codes {
				r.out.Severity[code] = lint.Off
			}
		}
	}
	if n := get(root, "normalize_kql_keywords"); n == nil || r.truth(root, "normalize_kql_keywords") {
		r.out.Severity["query/kql-keyword-case"] = lint.Off
	}
	r.out.NoLock = r.truth(root, "bypass_version_lock")
	r.folders(root)
	if n := get(get(root, "testing"), "config"); n != nil {
		r.testing(n.Value)
	}
	if n := get(root, "attack_version_maps_dir"); n != nil {
		r.maps(n)
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return strings.Compare(a.File, b.File) })
}

func (r *repository) truth(root *yaml.Node, key string) bool {
	n := get(root, key)
	if n == nil {
		return false
	}
	if n.Tag != "!!bool" {
		r.report(RepositoryName, "not-boolean", n, "%s is %s, expected true or false", rule.Quote(key), rule.Quote(n.Value))
		return false
	}
	b, _ := strconv.ParseBool(strings.ToLower(n.Value))
	return b
}

// folders reads rule_dirs, bbr_rules_dirs and files.
func (r *repository) folders(root *yaml.Node) {
	files := get(root, "files")
	if r.need(root, root, "rule_dirs") {
		r.dirs(get(root, "rule_dirs"))
	}
	r.dirs(get(root, "bbr_rules_dirs"))
	r.companions(get(root, "directories"))
	if !r.need(root, root, "files") {
		return
	}
	current := ""
	if r.need(files, files, "packages") {
		current = r.packages(get(files, "packages"))
	}
	if r.need(files, files, "stack_schema_map") {
		r.stacks(get(files, "stack_schema_map"), current)
	}
}

// need reports a key that is missing, with a misspelt one if there is one.
func (r *repository) need(n, at *yaml.Node, key string) bool {
	if get(n, key) != nil {
		return true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if len(near.Names(n.Content[i].Value, []string{key})) > 0 {
			r.report(RepositoryName, "key-missing", n.Content[i], "%s is missing; is %s meant?", rule.Quote(key), rule.Quote(n.Content[i].Value))
			return false
		}
	}
	r.report(RepositoryName, "key-missing", at, "%s is missing", rule.Quote(key))
	return false
}

func (r *repository) dirs(n *yaml.Node) {
	if n == nil {
		return
	}
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	for _, d := range list {
		if dir := path.Clean(d.Value); d.Kind == yaml.ScalarNode && dir != "." {
			if _, err := fs.Stat(r.fsys, dir); fs.ValidPath(dir) && errors.Is(err, fs.ErrNotExist) {
				r.report(RepositoryName, "not-found", d, "there is no folder %s (git keeps no empty ones)", rule.Quote(d.Value))
				continue
			}
			r.out.Roots = append(r.out.Roots, dir)
		}
	}
}

// companions reads directories. A folder that is not there is empty: git drops those.
func (r *repository) companions(n *yaml.Node) {
	for _, key := range []string{"action_dir", "action_connector_dir", "exception_dir"} {
		d := get(n, key)
		if d == nil || d.Kind != yaml.ScalarNode || d.Value == "" {
			continue
		}
		dir := path.Clean(d.Value)
		if info, err := fs.Stat(r.fsys, dir); fs.ValidPath(dir) && dir != "." && err == nil && info.IsDir() && !slices.Contains(r.out.Companions, dir) {
			r.out.Companions = append(r.out.Companions, dir)
		}
	}
}

// open reads a file that a value names; nil after an error. A path that leaves the folder is not followed.
func (r *repository) open(n *yaml.Node) *yaml.Node {
	name := path.Clean(n.Value)
	if !fs.ValidPath(name) {
		return nil
	}
	src, err := fileio.ReadFS(r.fsys, name, fileio.MaxConfig)
	if err != nil {
		r.report(RepositoryName, "not-found", n, "%s", unread("file", n.Value, err))
		return nil
	}
	return r.parse(name, src)
}

// unread says of a file that could not be read why.
func unread(what, name string, err error) string {
	var path *fs.PathError
	if errors.Is(err, fs.ErrNotExist) || !errors.As(err, &path) {
		return fmt.Sprintf("there is no %s %s", what, rule.Quote(name))
	}
	return fmt.Sprintf("the %s %s is not read: %v", what, rule.Quote(name), path.Err)
}

// packages returns the current stack of packages.yaml.
func (r *repository) packages(n *yaml.Node) string {
	root := r.open(n)
	if root == nil {
		return ""
	}
	name := get(get(root, "package"), "name")
	if name == nil || name.Value == "" {
		r.report(path.Clean(n.Value), "package-name", root, "package.name is missing: the current stack, \"9.4\"")
		return ""
	}
	return name.Value
}

// stacks reads the stack map: its keys are the supported stacks, what is not beats, ecs or endgame names a custom schema.
func (r *repository) stacks(n *yaml.Node, current string) {
	root := r.open(n)
	if root == nil {
		return
	}
	file := path.Clean(n.Value)
	found := current == ""
	for i := 0; i+1 < len(root.Content); i += 2 {
		stack := root.Content[i].Value
		found = found || stack == current || strings.HasPrefix(stack, current+".")
		r.out.Stacks = append(r.out.Stacks, stack)
		r.custom(file, root.Content[i+1])
	}
	if !found {
		r.report(file, "stack-unknown", root, "stack %s of packages.yaml is not in the map", rule.Quote(current))
	}
}

func (r *repository) custom(file string, entry *yaml.Node) {
	for i := 0; entry.Kind == yaml.MappingNode && i+1 < len(entry.Content); i += 2 {
		key, value := entry.Content[i].Value, entry.Content[i+1]
		name := path.Join(path.Dir(file), value.Value)
		if slices.Contains([]string{"beats", "ecs", "endgame"}, key) || !fs.ValidPath(name) {
			continue
		}
		if info, err := fs.Stat(r.fsys, name); err != nil || info.IsDir() {
			r.report(file, "custom-schema", value, "custom schema %s is not a file", rule.Quote(value.Value))
		} else if !slices.Contains(r.out.Schemas, name) {
			r.out.Schemas = append(r.out.Schemas, name)
		}
	}
}

// testing reads the test configuration.
func (r *repository) testing(name string) {
	file := path.Clean(name)
	src, err := fileio.ReadFS(r.fsys, file, fileio.MaxConfig)
	if err != nil {
		r.report(RepositoryName, "not-found", nil, "%s", unread("test configuration", name, err))
		return
	}
	root := r.parse(file, src)
	for _, part := range []string{"unit_tests", "rule_validation"} {
		n := get(root, part)
		bypass, only := get(n, "bypass"), get(n, "test_only")
		if bypass != nil && only != nil && len(bypass.Content) > 0 && len(only.Content) > 0 {
			r.report(file, "bypass-and-only", only, "%s sets both bypass and test_only, expected one of them", part)
		}
	}
}

// maps checks the maps between versions of ATT&CK.
func (r *repository) maps(dir *yaml.Node) {
	files, err := fs.Glob(r.fsys, path.Join(path.Clean(dir.Value), "*.y*ml"))
	if err != nil {
		return
	}
	seen := map[string]string{}
	for _, file := range files {
		src, err := fileio.ReadFS(r.fsys, file, fileio.MaxConfig)
		if err != nil {
			continue
		}
		root := r.parse(file, src)
		if root == nil {
			continue
		}
		var triple []string
		for _, key := range []string{"framework", "source_version", "target_version"} {
			n := get(root, key)
			if n == nil {
				r.report(file, "attack-map", root, "%s is missing", rule.Quote(key))
				continue
			}
			triple = append(triple, n.Value)
		}
		if other := seen[strings.Join(triple, " ")]; len(triple) == 3 && other != "" {
			r.report(file, "attack-map", root, "%s maps the same versions", other)
		}
		seen[strings.Join(triple, " ")] = file
		for _, part := range []string{"tactics", "techniques", "subtechniques"} {
			r.destinations(file, get(root, part))
		}
	}
}

func (r *repository) destinations(file string, n *yaml.Node) {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		to := n.Content[i+1]
		if to.Kind != yaml.MappingNode {
			continue // null drops the source
		}
		for _, key := range []string{"id", "name", "reference"} {
			if get(to, key) == nil {
				r.report(file, "attack-map", n.Content[i], "the destination of %s lacks %s", n.Content[i].Value, rule.Quote(key))
			}
		}
	}
}
