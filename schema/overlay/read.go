// Package overlay reads field lists of a user's own and makes overlays of them for package schema: Elasticsearch
// mappings, _field_caps responses, fields/*.yml of packages and Beats, ecs_flat.yml, the custom-schema JSON of
// detection-rules and tab-separated lists. It knows the formats; package schema, which stays free of them and of their
// parsers, knows what fields mean.
package overlay

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rulevet/rulevet/schema"
)

const (
	maxSize  = 64 << 20
	maxDepth = 64
)

// Read reads one field list. The format is recognised by its content:
//
//   - an Elasticsearch mapping: bare ({"properties": …}), under "mappings", an index template, or a get-mapping response
//     by index, which scopes each mapping to its index or data stream unless patterns are given
//   - a _field_caps response
//   - fields/*.yml of an integration package, fields.yml of a Beat: a list of entries with "name", "type", "fields"
//   - ecs_flat.yml of ECS: field name -> {flat_name, type, …}
//   - the custom schema of detection-rules: index pattern -> field -> type, nested or dotted
//   - lines "field TAB type [TAB flags]"
//
// All but the last may be JSON or YAML. name is the file's name for messages; patterns are the index patterns that the
// fields belong to, none = all. An error names the file with line and column.
func Read(name string, data []byte, patterns []string) ([]*schema.Overlay, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("%s: larger than %d MiB, the limit for such a file", name, maxSize>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return nil, fmt.Errorf("%s:1:1: empty field list", name)
	}
	r := &reader{name: name, patterns: patterns}
	var root *node
	var err error
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".yml" || ext == ".yaml":
		root, err = readYAML(name, data)
	case trimmed[0] == '{' || trimmed[0] == '[':
		root, err = readJSON(name, data)
	case ext == ".tsv" || tabbed(trimmed):
		return readTSV(name, data, patterns)
	default:
		root, err = readYAML(name, data)
	}
	if err != nil {
		return nil, err
	}
	return r.overlays(root)
}

// tabbed reports whether the first line that is no comment has a tab behind a word: a table, not YAML.
func tabbed(data []byte) bool {
	for line := range bytes.Lines(data) {
		if line[0] != '#' && len(bytes.TrimSpace(line)) > 0 {
			return bytes.IndexByte(bytes.TrimSpace(line), '\t') > 0
		}
	}
	return false
}

func readTSV(name string, data []byte, patterns []string) ([]*schema.Overlay, error) {
	r := &reader{name: name}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		cells := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		at := &node{line: i + 1, column: 1}
		switch {
		case strings.TrimSpace(line) == "" || line[0] == '#' || i == 0 && cells[0] == "field":
			continue
		case len(cells) < 2 || len(cells) > 3 || cells[0] == "" || cells[1] == "":
			return nil, r.errorf(at, "expected field, type and optional flags separated by tabs, found %q", line)
		}
		at.column += len([]rune(cells[0])) + 1
		if err := r.add(at, schema.ParseField(cells[0], cells[1], strings.Join(cells[2:], ""))); err != nil {
			return nil, err
		}
	}
	return []*schema.Overlay{schema.NewOverlay(name, patterns, r.fields)}, nil
}

// reader turns a document into fields.
type reader struct {
	name     string
	patterns []string
	fields   []schema.Field

	copyFrom    map[string][]string // by copy_to: the fields that a field gets values of
	normalizers map[string]string   // of the settings beside the mapping: their filters by name
}

func (r *reader) errorf(at *node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", r.name, at.line, at.column, fmt.Sprintf(format, args...))
}

// add enters a field. A type that Elasticsearch does not have is refused if it looks like a misspelt one; types of
// plugins are accepted.
func (r *reader) add(at *node, f schema.Field) error {
	if strings.ContainsAny(f.Name, "\t\n\r") || slices.ContainsFunc(strings.Split(f.Name, "."), func(part string) bool { return strings.TrimSpace(part) == "" }) {
		return r.errorf(at, "%q is no field name", f.Name)
	}
	if !slices.Contains(mappingTypes(), f.Type) && f.Type != "" {
		if near := schema.NearestOf(f.Type, mappingTypes()); len(near) > 0 {
			return r.errorf(at, "unknown type %q of field %q, did you mean %q?", f.Type, f.Name, near[0])
		}
	}
	f.Pos = r.name + ":" + strconv.Itoa(at.line)
	r.fields = append(r.fields, f)
	return nil
}

// mappingTypes lists the types of Elasticsearch mappings, and those that Beats and packages write in their place.
func mappingTypes() []string {
	return []string{
		"aggregate_metric_double", "alias", "annotated_text", "binary", "boolean", "byte", "completion", "constant_keyword",
		"counted_keyword", "date", "date_nanos", "date_range", "dense_vector", "double", "double_range", "flattened", "float",
		"float_range", "geo_point", "geo_shape", "half_float", "histogram", "integer", "integer_range", "ip", "ip_range",
		"join", "keyword", "long", "long_range", "match_only_text", "nested", "object", "passthrough", "percolator", "point",
		"rank_feature", "rank_features", "scaled_float", "search_as_you_type", "semantic_text", "shape", "short",
		"sparse_vector", "text", "token_count", "unsigned_long", "version", "wildcard",
		"array", "group", "number",
	}
}
