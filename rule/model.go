package rule

// Metadata is the [metadata] table of a rule file.
type Metadata struct {
	CreationDate, UpdatedDate  string   // year/month/day, as written
	Maturity                   string   // "production", "development", "deprecated" …
	Integration                []string // a single string counts as a list of one
	IntegrationIsString        bool     // written as one string in place of a list
	MinStackVersion            string   // the oldest stack that the rule is for
	MinStackComments           string   // why
	DeprecationDate            string   // year/month/day
	DeprecatedReason           string   // free text
	Promotion, BypassBBRTiming bool     // switches; false if not set
	QuerySchemaValidation      *bool    // nil = not set
	OSTypeList                 []string // operating systems of an endpoint exception list
}

// Rule is the [rule] table of a rule file. Keys that only checks by name need are reached
// through File.Lookup.
type Rule struct {
	ID, Name, Type, Language, Query string            // rule_id, name, type, language and query, as written
	Author                          []string          // as written
	Description, License            string            // free text; the licence by its name
	Severity                        string            // "low", "medium", "high", "critical"
	RiskScore                       *int64            // 0 to 100; nil if not set
	From, To, Interval              string            // date maths such as "now-9m"; how often it runs, "5m"
	MaxSignals                      *int64            // alerts a run at most; nil if not set
	Tags, Index, References         []string          // in file order
	DataViewID                      string            // in place of Index
	Note, Setup                     string            // investigation guide and set-up guide, Markdown
	TimestampOverride               string            // field that counts as time in place of @timestamp
	BuildingBlockType               string            // "default" for a building block, else empty
	TimelineID, TimelineTitle       string            // template of the timeline of alerts
	EventCategoryOverride           string            // field of the event category in EQL, in place of event.category
	TimestampField                  string            // field of the time in EQL
	TiebreakerField                 string            // field that orders events of the same time in EQL
	Threat                          []Threat          // in file order
	ThreatMappings                  []ThreatMapping   // by version of the framework
	NewTerms                        *NewTerms         // nil unless the rule has such keys
	Threshold                       *Threshold        // nil unless the rule has such keys
	ThreatMatch                     *ThreatMatch      // nil unless the rule has such keys
	AlertSuppression                *AlertSuppression // nil unless the rule has such keys
	AnomalyThreshold                *int64            // 0 to 100; nil if not set
	MachineLearningJobID            []string          // one or several jobs
	Filters                         int               // number of filters
}

// Threat is one [[rule.threat]] entry; Path leads to it (("rule", "threat", 0)).
type Threat struct {
	Path       []any       // keys and numbers that lead to it, for File.Lookup
	Framework  string      // "MITRE ATT&CK" or "MITRE ATLAS"
	Tactic     ThreatRef   // zero if the entry has none
	Techniques []Technique // in file order
}

// ThreatRef is an id, name and reference of a tactic, technique or sub-technique.
type ThreatRef struct {
	Path                []any  // keys and numbers that lead to it, for File.Lookup
	ID, Name, Reference string // as written; the reference is a URL
}

// Technique is a technique with its sub-techniques.
type Technique struct {
	ThreatRef
	Subtechniques []ThreatRef // in file order
}

// ThreatMapping is one [[rule.threat_mappings]] block.
type ThreatMapping struct {
	Path               []any    // keys and numbers that lead to it, for File.Lookup
	Framework, Version string   // that the entries are of
	Threat             []Threat // entries, in file order
}

// NewTerms is [rule.new_terms], the API form folded in.
type NewTerms struct {
	Field              string   // "new_terms_fields", or what the API form says
	Value              []string // fields whose combinations are to be new
	HistoryWindowField string   // "history_window_start", or what the API form says
	HistoryWindowStart string   // date maths such as "now-7d"
}

// Threshold is [rule.threshold].
type Threshold struct {
	Field       []string      // fields whose values make groups; none: all events are one
	Value       int64         // events that a group must have
	Cardinality []Cardinality // different values that a group must have besides
}

// Cardinality is one entry of [[rule.threshold.cardinality]].
type Cardinality struct {
	Field string // whose values are counted
	Value int64  // how many different ones there must be
}

// ThreatMatch holds the keys of a threat_match rule.
type ThreatMatch struct {
	Index    []string             // patterns of the indexes with indicators
	Query    string               // which indicators count; empty: all
	Language string               // of Query; empty: KQL
	Mapping  [][]ThreatMatchEntry // outer OR, inner AND
}

// ThreatMatchEntry is one entry of a threat mapping.
type ThreatMatchEntry struct {
	Field, Value, Type string // of the event, of the indicator, and "mapping"
	Negate             bool   // the values must differ
}

// AlertSuppression is [rule.alert_suppression].
type AlertSuppression struct {
	GroupBy               []string // fields whose values make a group
	MissingFieldsStrategy string   // "suppress" or "doNotSuppress"
	HasDuration           bool     // a duration is set
}
