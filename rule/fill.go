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

// str is the value of a string entry, or "".
func strOf(n *Node, key string) string {
	if c := n.Get(key); c != nil {
		return c.Str
	}
	return ""
}

// list is the value of an array of strings, or nil.
func listOf(n *Node, key string) []string {
	if c := n.Get(key); c != nil && c.Kind == ArrayNode {
		return c.Strings()
	}
	return nil
}

// number is the value of an integer entry, or nil.
func numberOf(n *Node, key string) *int64 {
	if c := n.Get(key); c != nil && c.Kind == IntegerNode {
		i := c.Int
		return &i
	}
	return nil
}

// integer is the value of an integer entry, or 0.
func integerOf(n *Node, key string) int64 {
	if i := numberOf(n, key); i != nil {
		return *i
	}
	return 0
}

// truth is the value of a boolean entry, or false.
func truthOf(n *Node, key string) bool {
	c := n.Get(key)
	return c != nil && c.Bool
}

// elements are the tables of an array.
func elementsOf(n *Node, key string) []*Node {
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
	m.CreationDate, m.UpdatedDate = strOf(n, "creation_date"), strOf(n, "updated_date")
	m.Maturity = strOf(n, "maturity")
	if c := n.Get("integration"); c != nil {
		m.Integration, m.IntegrationIsString = c.Strings(), c.Kind == StringNode
	}
	m.MinStackVersion, m.MinStackComments = strOf(n, "min_stack_version"), strOf(n, "min_stack_comments")
	m.DeprecationDate, m.DeprecatedReason = strOf(n, "deprecation_date"), strOf(n, "deprecated_reason")
	m.Promotion, m.BypassBBRTiming = truthOf(n, "promotion"), truthOf(n, "bypass_bbr_timing")
	if c := n.Get("query_schema_validation"); c != nil && c.Kind == BoolNode {
		m.QuerySchemaValidation = &c.Bool
	}
	m.OSTypeList = listOf(n, "os_type_list")
}

func fillRule(r *Rule, n *Node) {
	if n == nil {
		return
	}
	r.ID, r.Name, r.Type = strOf(n, "rule_id"), strOf(n, "name"), strOf(n, "type")
	r.Language, r.Query = strOf(n, "language"), strOf(n, "query")
	r.Author = listOf(n, "author")
	r.Description, r.License = strOf(n, "description"), strOf(n, "license")
	r.Severity, r.RiskScore = strOf(n, "severity"), numberOf(n, "risk_score")
	r.From, r.To, r.Interval = strOf(n, "from"), strOf(n, "to"), strOf(n, "interval")
	r.MaxSignals = numberOf(n, "max_signals")
	r.Tags, r.Index, r.References = listOf(n, "tags"), listOf(n, "index"), listOf(n, "references")
	r.DataViewID = strOf(n, "data_view_id")
	r.Note, r.Setup = strOf(n, "note"), strOf(n, "setup")
	r.TimestampOverride = strOf(n, "timestamp_override")
	r.BuildingBlockType = strOf(n, "building_block_type")
	r.TimelineID, r.TimelineTitle = strOf(n, "timeline_id"), strOf(n, "timeline_title")
	r.EventCategoryOverride = strOf(n, "event_category_override")
	r.TimestampField, r.TiebreakerField = strOf(n, "timestamp_field"), strOf(n, "tiebreaker_field")
	r.Threat = threats(n, []any{"rule", "threat"})
	r.ThreatMappings = threatMappings(n)
	r.NewTerms = newTerms(n)
	r.Threshold = threshold(n.Get("threshold"))
	r.ThreatMatch = threatMatch(n)
	r.AlertSuppression = alertSuppression(n.Get("alert_suppression"))
	r.AnomalyThreshold = numberOf(n, "anomaly_threshold")
	r.MachineLearningJobID = n.Get("machine_learning_job_id").Strings()
	r.Filters = len(elementsOf(n, "filters"))
}

// threats reads the array "threat" of a table; path leads to the array.
func threats(n *Node, path []any) []Threat {
	var out []Threat
	for i, e := range elementsOf(n, "threat") {
		p := with(path, i)
		t := Threat{Path: p, Framework: strOf(e, "framework"), Tactic: threatRef(e.Get("tactic"), with(p, "tactic"))}
		for j, te := range elementsOf(e, "technique") {
			tp := with(p, "technique", j)
			tech := Technique{ThreatRef: threatRef(te, tp)}
			for k, se := range elementsOf(te, "subtechnique") {
				tech.Subtechniques = append(tech.Subtechniques, threatRef(se, with(tp, "subtechnique", k)))
			}
			t.Techniques = append(t.Techniques, tech)
		}
		out = append(out, t)
	}
	return out
}

func threatRef(n *Node, path []any) ThreatRef {
	return ThreatRef{Path: path, ID: strOf(n, "id"), Name: strOf(n, "name"), Reference: strOf(n, "reference")}
}

// with returns the path with parts appended, in memory of its own.
func with(path []any, parts ...any) []any { return slices.Concat(path, parts) }

func threatMappings(n *Node) []ThreatMapping {
	var out []ThreatMapping
	for i, e := range elementsOf(n, "threat_mappings") {
		p := []any{"rule", "threat_mappings", i}
		out = append(out, ThreatMapping{Path: p, Framework: strOf(e, "framework"), Version: strOf(e, "version"),
			Threat: threats(e, with(p, "threat"))})
	}
	return out
}

// newTerms reads [rule.new_terms] or the two top-level keys of the API form.
func newTerms(n *Node) *NewTerms {
	if t := n.Get("new_terms"); t != nil && t.Kind == TableNode {
		out := &NewTerms{Field: strOf(t, "field"), Value: listOf(t, "value")}
		if h := t.Get("history_window_start").At(0); h != nil {
			out.HistoryWindowField, out.HistoryWindowStart = strOf(h, "field"), strOf(h, "value")
		}
		return out
	}
	if n.Get("new_terms_fields") == nil && n.Get("history_window_start") == nil {
		return nil
	}
	out := &NewTerms{Field: "new_terms_fields", Value: listOf(n, "new_terms_fields")}
	if n.Get("history_window_start") != nil {
		out.HistoryWindowField, out.HistoryWindowStart = "history_window_start", strOf(n, "history_window_start")
	}
	return out
}

func threshold(n *Node) *Threshold {
	if n == nil || n.Kind != TableNode {
		return nil
	}
	t := &Threshold{Field: listOf(n, "field"), Value: integerOf(n, "value")}
	for _, c := range elementsOf(n, "cardinality") {
		t.Cardinality = append(t.Cardinality, Cardinality{Field: strOf(c, "field"), Value: integerOf(c, "value")})
	}
	return t
}

func threatMatch(n *Node) *ThreatMatch {
	if strOf(n, "type") != "threat_match" && n.Get("threat_mapping") == nil {
		return nil
	}
	m := &ThreatMatch{Index: listOf(n, "threat_index"), Query: strOf(n, "threat_query"), Language: strOf(n, "threat_language")}
	for _, group := range elementsOf(n, "threat_mapping") {
		var entries []ThreatMatchEntry
		for _, e := range elementsOf(group, "entries") {
			entries = append(entries, ThreatMatchEntry{Field: strOf(e, "field"), Value: strOf(e, "value"), Type: strOf(e, "type"),
				Negate: truthOf(e, "negate")})
		}
		m.Mapping = append(m.Mapping, entries)
	}
	return m
}

func alertSuppression(n *Node) *AlertSuppression {
	if n == nil || n.Kind != TableNode {
		return nil
	}
	return &AlertSuppression{GroupBy: listOf(n, "group_by"), MissingFieldsStrategy: strOf(n, "missing_fields_strategy"),
		HasDuration: n.Get("duration") != nil}
}
