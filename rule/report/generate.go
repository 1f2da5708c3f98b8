package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/rulevet/rulevet/rule/prove"
)

// Events are the events that were made for rules.
type Events struct{ Rules []RuleEvents }

// RuleEvents are those of one rule.
type RuleEvents struct {
	Path   string     // of the rule file
	RuleID string     // value of rule_id; empty if the rule has none
	Index  string     // that the events would be in
	Ways   [][][]byte // sets of events on which the rule fires
	Near   [][][]byte // sets on which it just does not
	Why    string     // why there is no way
}

// EventFormats lists the formats of Events.
func EventFormats() []string { return []string{"ndjson", "json", "bulk"} }

// Write prints the events in one of EventFormats.
func (e *Events) Write(w io.Writer, format string) error {
	switch format {
	case "json":
		return e.json(w)
	case "ndjson", "bulk":
		var b bytes.Buffer
		for _, r := range e.Rules {
			for _, set := range append(r.Ways[:len(r.Ways):len(r.Ways)], r.Near...) {
				for _, doc := range set {
					if format == "bulk" {
						index := r.Index
						if source, own := prove.Unwrap(doc); own != "" {
							doc, index = source, own
						}
						action, _ := json.Marshal(map[string]any{"create": map[string]string{"_index": index}})
						b.Write(append(action, '\n'))
					}
					b.Write(append(doc, '\n'))
				}
			}
		}
		_, err := w.Write(b.Bytes())
		return err
	}
	return fmt.Errorf("unknown format %q, expected one of %s", format, strings.Join(EventFormats(), ", "))
}

func (e *Events) json(w io.Writer) error {
	type ruleJSON struct {
		Path   string              `json:"path"`
		RuleID string              `json:"ruleId"`
		Events [][]json.RawMessage `json:"events"`
		Near   [][]json.RawMessage `json:"near,omitempty"`
		Why    string              `json:"why,omitempty"`
	}
	out := struct {
		SchemaVersion int        `json:"schemaVersion"`
		Rules         []ruleJSON `json:"rules"`
	}{SchemaVersion, []ruleJSON{}}
	for _, r := range e.Rules {
		x := ruleJSON{Path: r.Path, RuleID: r.RuleID, Events: documentSets(r.Ways), Why: r.Why}
		if r.Near != nil {
			x.Near = documentSets(r.Near)
		}
		out.Rules = append(out.Rules, x)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

func documentSets(sets [][][]byte) [][]json.RawMessage {
	out := [][]json.RawMessage{}
	for _, set := range sets {
		list := []json.RawMessage{}
		for _, doc := range set {
			list = append(list, doc)
		}
		out = append(out, list)
	}
	return out
}
