package facts

import (
	"fmt"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
)

// Reads are keys of a check over all files, with those of Stage and Top.
func Reads(keys ...string) []string { return append(keys, "metadata.maturity", "rule.name") }

// Duplicates reports every file whose key an other file has too. A file with an empty key does not count. The finding
// is at the span that key returns and leads to the first other file. A severity lowers that of the check.
func Duplicates(p *check.SetPass, key func(*rule.File) (string, rule.Span), message func(string, *rule.File) string, severity ...func(f, other *rule.File) rule.Severity) {
	type place struct {
		file *rule.File
		span rule.Span
	}
	keys, spans := make([]string, len(p.Files)), make([]rule.Span, len(p.Files))
	byKey := map[string][]place{}
	for i, f := range p.Files {
		if keys[i], spans[i] = key(f); keys[i] != "" {
			byKey[keys[i]] = append(byKey[keys[i]], place{f, spans[i]})
		}
	}
	for i, f := range p.Files {
		k, span := keys[i], spans[i]
		places := byKey[k]
		if k == "" || len(places) < 2 || !p.Named(f) {
			continue
		}
		other := places[0]
		if other.file == f {
			other = places[1]
		}
		if p.RepoPath(other.file) == p.RepoPath(f) && other.file.Record == f.Record {
			continue // file/loaded-twice
		}
		d := rule.Diagnostic{Span: span, Message: message(k, other.file), Related: []rule.Related{{Path: other.file.Path, Span: other.span, Message: "the other one"}}}
		for _, of := range severity {
			d.Severity = of(f, other.file)
		}
		p.Report(f, d)
	}
}

// Where names a rule's file in a message, and the record of a file of several.
func Where(f *rule.File) string {
	if f.Record > 0 {
		return fmt.Sprintf("record %d of %s", f.Record, f.Path)
	}
	return f.Path
}

// KeySpan is the span of the value at a path, else of the file's top.
func KeySpan(f *rule.File, path ...any) rule.Span {
	if n := f.Lookup(path...); n != nil {
		return n.Span
	}
	return Top(f)
}
