package rule

// Metadata is the [metadata] table of a rule file.
type Metadata struct {
	CreationDate, UpdatedDate  string
	Maturity                   string
	Integration                []string // a single string counts as a list of one
	IntegrationIsString        bool
	MinStackVersion            string
	MinStackComments           string
	DeprecationDate            string
	DeprecatedReason           string
	Promotion, BypassBBRTiming bool
	QuerySchemaValidation      *bool // nil = not set
	OSTypeList                 []string
}

// Rule is the [rule] table of a rule file. Keys that only checks by name need are reached
// through File.Lookup.
type Rule struct {
	ID, Name, Type, Language, Query string
	Author                          []string
	Description, License            string
	Severity                        string
	RiskScore                       *int64
	From, To, Interval              string
	MaxSignals                      *int64
	Tags, Index, References         []string
	DataViewID                      string
	Note, Setup                     string
	TimestampOverride               string
	BuildingBlockType               string
	TimelineID, TimelineTitle       string
	EventCategoryOverride           string
	TimestampField                  string
	TiebreakerField                 string
	Threat                          []Threat
	ThreatMappings                  []ThreatMapping
	NewTerms                        *NewTerms
	Threshold                       *Threshold
	ThreatMatch                     *ThreatMatch
	AlertSuppression                *AlertSuppression
	AnomalyThreshold                *int64
	MachineLearningJobID            []string
	Filters                         int // number of filters
}

// Threat is one [[rule.threat]] entry; Path leads to it (("rule", "threat", 0)).
type Threat struct {
	Path       []any
	Framework  string
	Tactic     ThreatRef
	Techniques []Technique
}

// ThreatRef is an id, name and reference of a tactic, technique or sub-technique.
type ThreatRef struct {
	Path                []any
	ID, Name, Reference string
}

// Technique is a technique with its sub-techniques.
type Technique struct {
	ThreatRef
	Subtechniques []ThreatRef
}

// ThreatMapping is one [[rule.threat_mappings]] block.
type ThreatMapping struct {
	Path               []any
	Framework, Version string
	Threat             []Threat
}

// NewTerms is [rule.new_terms], the API form folded in.
type NewTerms struct {
	Field              string
	Value              []string
	HistoryWindowField string
	HistoryWindowStart string
}

// Threshold is [rule.threshold].
type Threshold struct {
	Field       []string
	Value       int64
	Cardinality []Cardinality
}

// Cardinality is one entry of [[rule.threshold.cardinality]].
type Cardinality struct {
	Field string
	Value int64
}

// ThreatMatch holds the keys of a threat_match rule.
type ThreatMatch struct {
	Index    []string
	Query    string
	Language string
	Mapping  [][]ThreatMatchEntry // outer OR, inner AND
}

// ThreatMatchEntry is one entry of a threat mapping.
type ThreatMatchEntry struct {
	Field, Value, Type string
	Negate             bool
}

// AlertSuppression is [rule.alert_suppression].
type AlertSuppression struct {
	GroupBy               []string
	MissingFieldsStrategy string
	HasDuration           bool
}
