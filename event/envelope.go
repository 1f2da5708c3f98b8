package event

import (
	"bytes"
	"encoding/json"
	"strings"
)

// envelope holds the members that tell wrapped documents from plain ones.
type envelope struct {
	ID     string          `json:"_id"`
	Index  string          `json:"_index"`
	Source json.RawMessage `json:"_source"`
	Fields json.RawMessage `json:"fields"`
	Hits   json.RawMessage `json:"hits"`
	// Missing marks the place of an event that a sequence demands to be absent.
	Missing bool `json:"missing"`
}

// source returns the document of a hit: its _source, else the fields that were asked for; nil if it has neither.
func (e *envelope) source() []byte {
	for _, raw := range []json.RawMessage{e.Source, e.Fields} {
		if len(raw) > 0 && raw[0] == '{' {
			return raw
		}
	}
	return nil
}

// maybeWrapped is a quick look for an envelope's members. The quote in front of a name is left out: being the most
// frequent byte of JSON it would slow the search.
func maybeWrapped(raw []byte) bool {
	return bytes.Contains(raw, []byte(`_source"`)) || bytes.Contains(raw, []byte(`hits"`)) ||
		bytes.Contains(raw, []byte(`fields"`))
}

// unwrap turns a top-level value into a document, or into pending ones. done is false if none is ready.
func (r *Reader) unwrap(raw []byte, line int) (done bool, doc Doc) {
	doc = Doc{Record: r.record, Line: line, Source: raw}
	if r.action != nil {
		action := *r.action
		r.action = nil
		doc.ID, doc.IndexName = action.ID, action.IndexName
		if actionName(action.Source) == "update" {
			doc.Source = updated(raw)
		}
		return doc.Source != nil, doc
	}
	if action, ok := bulkAction(raw); ok {
		if action.Source == nil { // a delete has no source
			return false, doc
		}
		waiting := action // only this one need live on the heap
		r.action = &waiting
		return false, doc
	}
	if !maybeWrapped(raw) {
		return true, doc
	}
	docs := unwrapped(doc, &r.hits)
	if len(docs) == 1 {
		return true, docs[0]
	}
	r.pending = append(r.pending, docs...)
	return false, doc
}

// unwrapped takes the documents out of a top-level value that is no bulk action: of a response any number, else one.
func unwrapped(doc Doc, hits *hitReader) []Doc {
	raw := doc.Source
	if !maybeWrapped(raw) {
		return []Doc{doc}
	}
	if h, ok := hits.read(raw); ok {
		doc.ID, doc.IndexName, doc.Source = h.ID, h.IndexName, h.Source
		return []Doc{doc}
	}
	var env envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		// The members have other types than an envelope's, or the document is broken: the decoder will say so.
		return []Doc{doc}
	}
	if env.Source != nil {
		doc.ID, doc.IndexName, doc.Source = env.ID, env.Index, env.Source
		return []Doc{doc}
	}
	if docs, ok := responseDocs(env.Hits); ok {
		for i := range docs {
			docs[i].Record, docs[i].Line = doc.Record, doc.Line
		}
		return docs
	}
	if env.Fields != nil && env.Index != "" {
		doc.ID, doc.IndexName, doc.Source = env.ID, env.Index, env.Fields
	}
	return []Doc{doc}
}

// mayBeAction is a quick look for the member of a bulk action.
func mayBeAction(raw []byte) bool {
	return len(raw) < 3 || raw[1] <= ' ' || raw[1] == '"' && (raw[2] == 'i' || raw[2] == 'c' || raw[2] == 'd' || raw[2] == 'u') && actionName(raw) != ""
}

// actionName returns the name of the first member if it is that of a bulk action.
func actionName(raw []byte) string {
	rest, quoted := bytes.CutPrefix(bytes.TrimLeft(raw, "{ \t\r\n"), []byte{'"'})
	for _, name := range []string{"index", "create", "delete", "update"} {
		if after, ok := bytes.CutPrefix(rest, []byte(name)); ok && quoted && len(after) > 0 && after[0] == '"' {
			return name
		}
	}
	return ""
}

// metadata lists the keys of bulk actions beyond those that start with "_". Those that are false may be those of a document too, and do not make an action
// by themselves.
var metadata = map[string]bool{"routing": true, "require_alias": true, "pipeline": true,
	"require_data_stream": true, "retry_on_conflict": true, "if_seq_no": true, "if_primary_term": true, "dynamic_templates": true,
	"list_executed_pipelines": true, "version": false, "version_type": false}

// bulkAction recognises an action line of the bulk API: one member named after the action, with an object of metadata.
// Source is the line, nil for a delete.
func bulkAction(raw []byte) (Doc, bool) {
	name := actionName(raw)
	if name == "" {
		return Doc{}, false
	}
	var members map[string]map[string]any
	if json.Unmarshal(raw, &members) != nil || len(members) != 1 {
		return Doc{}, false
	}
	var doc Doc
	certain := len(members[name]) == 0
	for key, v := range members[name] {
		sure, known := metadata[key]
		if sure = sure || strings.HasPrefix(key, "_"); !known && !sure {
			return Doc{}, false // a document with a field of that name
		}
		certain = certain || sure
		text, _ := v.(string)
		switch key {
		case "_id":
			doc.ID = text
		case "_index":
			doc.IndexName = text
		}
	}
	if name != "delete" {
		doc.Source = bytes.Clone(raw) // raw is gone when its document comes
	}
	return doc, certain
}

// updated returns the document of an update: the part that changes, else the one to be made; nil if a script makes it.
func updated(raw []byte) []byte {
	var body struct {
		Doc    json.RawMessage `json:"doc"`
		Upsert json.RawMessage `json:"upsert"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return raw // the decoder will say what is wrong
	}
	for _, part := range []json.RawMessage{body.Doc, body.Upsert} {
		if len(part) > 0 && part[0] == '{' {
			return part
		}
	}
	return nil
}

// responseDocs takes the documents out of the hits of a search or EQL search response.
func responseDocs(hits json.RawMessage) ([]Doc, bool) {
	if len(hits) == 0 || hits[0] != '{' {
		return nil, false
	}
	var body struct {
		Hits      *[]envelope `json:"hits"`
		Events    *[]envelope `json:"events"`
		Sequences *[]struct {
			Events []envelope `json:"events"`
		} `json:"sequences"`
	}
	if json.Unmarshal(hits, &body) != nil || body.Hits == nil && body.Events == nil && body.Sequences == nil {
		return nil, false
	}
	var docs []Doc
	add := func(envs []envelope) {
		for _, e := range envs {
			if src := e.source(); src != nil && !e.Missing {
				docs = append(docs, Doc{ID: e.ID, IndexName: e.Index, Source: src})
			}
		}
	}
	if body.Hits != nil {
		add(*body.Hits)
	}
	if body.Events != nil {
		add(*body.Events)
	}
	if body.Sequences != nil {
		for _, s := range *body.Sequences {
			add(s.Events)
		}
	}
	return docs, true
}
