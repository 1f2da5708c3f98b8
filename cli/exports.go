package cli

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"slices"

	"github.com/klauspost/compress/gzip"

	"github.com/rulevet/rulevet/internal/fileio"
	"github.com/rulevet/rulevet/internal/parallel"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint"
)

// Files that are not TOML: exports of Kibana, JSON, YAML. One file may hold several rules.

// ruleSources are the rules of a file: one, or those of an export.
func (w *workspace) ruleSources(path string, src []byte) []lint.Source {
	if rule.FormatOf(path) == rule.TOML {
		return []lint.Source{{Path: path, Src: src, RepoPath: w.repoPath(path)}}
	}
	var out []lint.Source
	for _, d := range rule.ParseAll(path, src) {
		out = append(out, lint.Source{Path: path, Src: src, RepoPath: w.repoPath(path), File: d.File, Diagnostics: d.Diagnostics})
	}
	return out
}

// rules parses the rules of the workspace.
func (w *workspace) rules() []*rule.File {
	parsed := make([][]rule.Document, len(w.files))
	_ = parallel.Each(context.Background(), runtime.GOMAXPROCS(0), len(parsed), func(i int) {
		parsed[i] = rule.ParseAll(w.files[i], w.texts[w.files[i]])
	})
	var out []*rule.File
	for _, d := range slices.Concat(parsed...) {
		out = append(out, d.File)
	}
	return out
}

// maxSniff is how much of a file is read to tell rules from events, in bytes.
const maxSniff = 1 << 20

// holdsRules tells a file of rules in JSON or YAML from one of events, by its name or the keys of its first object.
func holdsRules(path string) bool {
	switch rule.FormatOf(path) {
	case rule.YAML:
		return true
	case rule.TOML:
		return false
	}
	file, err := fileio.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var in io.Reader = file
	if z, err := gzip.NewReader(file); err == nil {
		in = z
	} else if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false
	}
	return beginsWithRule(json.NewDecoder(io.LimitReader(in, maxSniff)))
}

// beginsWithRule looks at the keys of the first object: of an array its first element, of an answer of _find its first rule.
func beginsWithRule(dec *json.Decoder) bool {
	for open := false; ; {
		t, err := dec.Token()
		switch {
		case err != nil:
			return false
		case t == json.Delim('['):
		case t == json.Delim('{'):
			open = true
		case !open, t == json.Delim('}'):
			return false
		case t == "rule_id" || t == "risk_score" || t == "rule" && dec.More() && nextIsObject(dec):
			return true
		case t == "data":
			return beginsWithRule(dec)
		default:
			if !skipValue(dec) {
				return false
			}
		}
	}
}

// nextIsObject reports whether the next value is a table with a rule's key.
func nextIsObject(dec *json.Decoder) bool {
	var v struct {
		ID   *string `json:"rule_id"`
		Name *string `json:"name"`
		Type *string `json:"type"`
	}
	return dec.Decode(&v) == nil && v.Type != nil && (v.ID != nil || v.Name != nil)
}

// skipValue reads one value.
func skipValue(dec *json.Decoder) bool {
	for depth := 0; ; {
		t, err := dec.Token()
		if err != nil {
			return false
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return depth == 0
		}
	}
}
