package lint

import (
	"slices"
	"strings"
)

// needs lists the keys that the built-in checks rely on: if the schema stage found such a key misspelt, missing or of a
// wrong type, the check is skipped, because it would report the same mistake in other words. An area or a code is
// followed by keys; what a check adds to the keys of its area stands under its code.
func needs() map[string]string {
	const timing = "metadata.bypass_bbr_timing rule.building_block_type rule.from rule.interval"
	return map[string]string{
		"file/name-tactic-prefix":           "rule.type rule.author rule.threat",
		"file/name-canonical":               "rule.threat rule.name",
		"file/bbr-type-missing":             "rule.building_block_type",
		"file/active-in-deprecated":         "metadata.maturity",
		"file/integration-directory":        "metadata.integration",
		"metadata/maturity-missing":         "metadata.maturity",
		"metadata/min-stack-comment":        "metadata.min_stack_comments",
		"metadata/deprecation-date-missing": "metadata.deprecation_date",
		"schema/key-needs-min-stack":        "metadata.min_stack_version rule.type",
		"rule/severity-risk":                "rule.severity rule.risk_score",
		"rule/risk-canonical":               "rule.severity rule.risk_score",
		"rule/bbr-severity":                 "rule.severity rule.risk_score",
		"rule/timestamp-override":           "rule.timestamp_override rule.type rule.language rule.query",
		"rule/max-signals-setup":            "rule.setup",
		"rule/timeline-pair":                "rule.timeline_id rule.timeline_title",
		"rule/timeline-unknown":             "rule.timeline_id",
		"rule/index-missing":                "rule.index rule.data_view_id rule.type rule.language metadata.integration",
		"rule/type-language":                "rule.type rule.language",
		"rule/references-missing":           "rule.references",
		"rule/lookback-gap":                 "rule.from rule.to rule.interval",
		"rule/endpoint-lookback":            "rule.from rule.index",
		"rule/bbr-timing-missing":           timing,
		"rule/bbr-lookback":                 timing,
		"rule/bbr-interval":                 timing,
		"rule/bbr-validation-time":          timing,
		"new-terms/unknown-field":           "rule.new_terms rule.new_terms.value rule.new_terms_fields rule.index",
		"suppression/unknown-field":         "rule.alert_suppression rule.alert_suppression.group_by rule.threshold.field rule.index",
		"rule/override-field":               "rule.index",
		"threat-match/language-missing":     "rule.threat_language",
		"tags/missing":                      "rule.tags",
		"tags/index":                        "rule.tags rule.index",
		"tags/bbr":                          "rule.tags",
		"tags/primary-tactic":               "rule.tags rule.threat rule.type",
		"tags/os-missing":                   "rule.tags",
		"tags/ml":                           "rule.tags rule.type",
		"tags/investigation-guide":          "rule.tags rule.note",
		"tags/llm":                          "rule.tags rule.query rule.type",
		"tags/tactic-mismatch":              "rule.tags rule.threat",
		"tags/guide-without-note":           "rule.note",
		"tags/taxonomy":                     "rule.tags rule.type",
		"note/*":                            "rule.note transform",
		"note/triage-missing":               "rule.severity rule.building_block_type rule.author",
		"transform/note-missing":            "rule.note",
		"threat/missing":                    "rule.threat",
		"integration/*":                     "metadata.integration rule.index rule.type",
		"query/*":                           "rule.query",
		"query/maxspan-lookback":            "rule.from rule.to",
		"query/maxspan-interval":            "rule.interval",
		"query/esql-index-key":              "rule.index",
		"repo/missing-id":                   "rule.rule_id",
		"repo/missing-name":                 "rule.name",
		"ml/job-unknown":                    "rule.machine_learning_job_id metadata.integration",
	}
}

// withNeeds fills in what the checks rely on.
func withNeeds(checks []*Check) []*Check {
	table := needs()
	for _, c := range checks {
		area, _, _ := strings.Cut(c.Code, "/")
		c.Needs = append(c.Needs, strings.Fields(table[area+"/*"]+" "+table[c.Code])...)
	}
	return checks
}

// doubts reports whether the schema stage found that a key says nothing, or a table above it.
func (r *fileRun) doubts(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(r.doubtful, func(d string) bool {
			return d == key || strings.HasPrefix(key, d) && key[len(d)] == '.'
		})
	})
}
