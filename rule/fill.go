package rule

import "slices"

// fill sets f.Rule, f.Metadata and f.Query from the tree. Values of another type leave zero members: saying so is the
// schema's business.
func (f *File) fill() {
	fillMetadata(f.Metadata, f.Root.Get("metadata"))
	n := f.Root.Get("rule")
	fillRule(f.Rule, n)
	f.Query = n.Get("query").Text()
}

// Strings returns the strings of an array, leaving out other elements; of a string, a list of that one.
func (n *Node) Strings() []string {
	if n == nil {
		return nil
	}
	if n.Kind == StringNode {
		return []string{n.Str}
	}
	if n.Kind != ArrayNode || len(n.Children) == 0 {
		return nil
	}
	out := make([]string, 0, len(n.Children))
	for _, c := range n.Children {
		if c.Kind == StringNode {
			out = append(out, c.Str)
		}
	}
	return out
}

// str is the value of a string entry, or "".
func (n *Node) str(key string) string {
	if c := n.Get(key); c != nil {
		return c.Str
	}
	return ""
}

// list is the value of an array of strings, or nil.
func (n *Node) list(key string) []string {
	if c := n.Get(key); c != nil && c.Kind == ArrayNode {
		return c.Strings()
	}
	return nil
}

// number is the value of an integer entry, or nil.
func (n *Node) number(key string) *int64 {
	if c := n.Get(key); c != nil && c.Kind == IntegerNode {
		i := c.Int
		return &i
	}
	return nil
}

// integer is the value of an integer entry, or 0.
func (n *Node) integer(key string) int64 {
	if i := n.number(key); i != nil {
		return *i
	}
	return 0
}

// truth is the value of a boolean entry, or false.
func (n *Node) truth(key string) bool {
	c := n.Get(key)
	return c != nil && c.Bool
}

// elements are the tables of an array.
func (n *Node) elements(key string) []*Node {
	c := n.Get(key)
	if c == nil || c.Kind != ArrayNode {
		return nil
	}
	return c.Children
}

func fillMetadata(m *Metadata, n *Node) {
	if n == nil {
		return
	}
	m.CreationDate, m.UpdatedDate = n.str("creation_date"), n.str("updated_date")
	m.Maturity = n.str("maturity")
	if c := n.Get("integration"); c != nil {
		m.Integration, m.IntegrationIsString = c.Strings(), c.Kind == StringNode
	}
	m.MinStackVersion, m.MinStackComments = n.str("min_stack_version"), n.str("min_stack_comments")
	m.DeprecationDate, m.DeprecatedReason = n.str("deprecation_date"), n.str("deprecated_reason")
	m.Promotion, m.BypassBBRTiming = n.truth("promotion"), n.truth("bypass_bbr_timing")
	if c := n.Get("query_schema_validation"); c != nil && c.Kind == BoolNode {
		m.QuerySchemaValidation = &c.Bool
	}
	m.OSTypeList = n.list("os_type_list")
}

func fillRule(r *Rule, n *Node) {
	if n == nil {
		return
	}
	r.ID, r.Name, r.Type = n.str("rule_id"), n.str("name"), n.str("type")
	r.Language, r.Query = n.str("language"), n.str("query")
	r.Author = n.list("author")
	r.Description, r.License = n.str("description"), n.str("license")
	r.Severity, r.RiskScore = n.str("severity"), n.number("risk_score")
	r.From, r.To, r.Interval = n.str("from"), n.str("to"), n.str("interval")
	r.MaxSignals = n.number("max_signals")
	r.Tags, r.Index, r.References = n.list("tags"), n.list("index"), n.list("references")
	r.DataViewID = n.str("data_view_id")
	r.Note, r.Setup = n.str("note"), n.str("setup")
	r.TimestampOverride = n.str("timestamp_override")
	r.BuildingBlockType = n.str("building_block_type")
	r.TimelineID, r.TimelineTitle = n.str("timeline_id"), n.str("timeline_title")
	r.EventCategoryOverride = n.str("event_category_override")
	r.TimestampField, r.TiebreakerField = n.str("timestamp_field"), n.str("tiebreaker_field")
	r.Threat = threats(n, []any{"rule", "threat"})
	r.ThreatMappings = threatMappings(n)
	r.NewTerms = newTerms(n)
	r.Threshold = threshold(n.Get("threshold"))
	r.ThreatMatch = threatMatch(n)
	r.AlertSuppression = alertSuppression(n.Get("alert_suppression"))
	r.AnomalyThreshold = n.number("anomaly_threshold")
	r.MachineLearningJobID = n.Get("machine_learning_job_id").Strings()
	r.Filters = len(n.elements("filters"))
}

// threats reads the array "threat" of a table; path leads to the array.
func threats(n *Node, path []any) []Threat {
	var out []Threat
	for i, e := range n.elements("threat") {
		p := with(path, i)
		t := Threat{Path: p, Framework: e.str("framework"), Tactic: threatRef(e.Get("tactic"), with(p, "tactic"))}
		for j, te := range e.elements("technique") {
			tp := with(p, "technique", j)
			tech := Technique{ThreatRef: threatRef(te, tp)}
			for k, se := range te.elements("subtechnique") {
				tech.Subtechniques = append(tech.Subtechniques, threatRef(se, with(tp, "subtechnique", k)))
			}
			t.Techniques = append(t.Techniques, tech)
		}
		out = append(out, t)
	}
	return out
}

func threatRef(n *Node, path []any) ThreatRef {
	return ThreatRef{Path: path, ID: n.str("id"), Name: n.str("name"), Reference: n.str("reference")}
}

// with returns the path with parts appended, in memory of its own.
func with(path []any, parts ...any) []any { return slices.Concat(path, parts) }

func threatMappings(n *Node) []ThreatMapping {
	var out []ThreatMapping
	for i, e := range n.elements("threat_mappings") {
		p := []any{"rule", "threat_mappings", i}
		out = append(out, ThreatMapping{Path: p, Framework: e.str("framework"), Version: e.str("version"),
			Threat: threats(e, with(p, "threat"))})
	}
	return out
}

// newTerms reads [rule.new_terms] or the two top-level keys of the API form.
func newTerms(n *Node) *NewTerms {
	if t := n.Get("new_terms"); t != nil && t.Kind == TableNode {
		out := &NewTerms{Field: t.str("field"), Value: t.list("value")}
		if h := t.Get("history_window_start").At(0); h != nil {
			out.HistoryWindowField, out.HistoryWindowStart = h.str("field"), h.str("value")
		}
		return out
	}
	if n.Get("new_terms_fields") == nil && n.Get("history_window_start") == nil {
		return nil
	}
	out := &NewTerms{Field: "new_terms_fields", Value: n.list("new_terms_fields")}
	if n.Get("history_window_start") != nil {
		out.HistoryWindowField, out.HistoryWindowStart = "history_window_start", n.str("history_window_start")
	}
	return out
}

func threshold(n *Node) *Threshold {
	if n == nil || n.Kind != TableNode {
		return nil
	}
	t := &Threshold{Field: n.list("field"), Value: n.integer("value")}
	for _, c := range n.elements("cardinality") {
		t.Cardinality = append(t.Cardinality, Cardinality{Field: c.str("field"), Value: c.integer("value")})
	}
	return t
}

func threatMatch(n *Node) *ThreatMatch {
	if n.str("type") != "threat_match" && n.Get("threat_mapping") == nil {
		return nil
	}
	m := &ThreatMatch{Index: n.list("threat_index"), Query: n.str("threat_query"), Language: n.str("threat_language")}
	for _, group := range n.elements("threat_mapping") {
		var entries []ThreatMatchEntry
		for _, e := range group.elements("entries") {
			entries = append(entries, ThreatMatchEntry{Field: e.str("field"), Value: e.str("value"), Type: e.str("type"),
				Negate: e.truth("negate")})
		}
		m.Mapping = append(m.Mapping, entries)
	}
	return m
}

func alertSuppression(n *Node) *AlertSuppression {
	if n == nil || n.Kind != TableNode {
		return nil
	}
	return &AlertSuppression{GroupBy: n.list("group_by"), MissingFieldsStrategy: n.str("missing_fields_strategy"),
		HasDuration: n.Get("duration") != nil}
}
