package check

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Vocabulary holds the values that a repository allows and the names it treats in a special way. A nil member takes
// the value of the elastic preset; an empty one that is not nil switches off what needs it.
type Vocabulary struct {
	Authors      []string            // authors whose rules follow the conventions of the house
	Licenses     []string            // allowed licences; nil = only misspellings of well-known licences are reported
	OwnLicenses  []OwnLicense        // licences that must be written in one way
	Tags         []string            // "Domain: Cloud"; "Prefix: *" allows any value
	TagPrefixes  []string            // "Domain:"; what a tag may start with
	RequiredTags map[string][]string // index pattern -> tags
	Timelines    map[string]string   // timeline template id -> title
	MLPackages   []string            // packages of machine-learning jobs, in lower case
	ExemptIDs    []string            // rules without checks of their integrations
	LegacyIDs    []string            // ids that are no UUIDs and stay
	Protected    map[string]string   // rule_id -> name that must not change
	MaxSignals   int64               // upper limit of max_signals; 0 = take the preset's
	// MaxSignalsNote is a link that setup must hold if max_signals is at the limit.
	MaxSignalsNote string
	LateIndexes    []string // index patterns whose events arrive late, so that from must be set
	// Streamless are packages whose data sets cannot be told from the query, so that metadata.integration decides alone.
	Streamless []string
	MLJobs     map[string][]string // package of machine-learning jobs -> job ids; nil = not checked
	// KindTags are the tags that a kind of rule must have: building_block, machine_learning, investigation_guide,
	// completion; for a rule type ("eql") the tags of the taxonomy.
	KindTags   map[string][]string
	FolderTags map[string][]string // name of the folder that holds the rule -> tags
	// TimestampOverride is the field that rules must name in timestamp_override; "-" = any.
	TimestampOverride string
	BuildingBlocks    string // name of the folder for building block rules
	Deprecated        string // name of the folder for deprecated rules
	NoVersionLock     bool   // version and revision may stand in rule files

	ByLower map[string]string // tag in lower case -> tag
	Tactics []string          // tactics that upstream's vocabulary knows
}

// OwnLicense is a licence that must be written as Name: whatever holds Contains, in lower case, means it.
type OwnLicense struct{ Name, Contains string }

// Misspelt tells whether a text means the licence but is not its name.
func (l OwnLicense) Misspelt(s string) bool {
	return s != l.Name && strings.Contains(strings.ToLower(s), l.Contains)
}

// InForce returns the values in force: those of the configuration, else those of the elastic preset.
func (c *Config) InForce() *Vocabulary {
	c.once.Do(func() { c.merged = mergeVocabulary(&c.Vocabulary, elasticVocabulary()) })
	return c.merged
}

// lazyVocabulary caches the values in force.
type lazyVocabulary struct {
	once   sync.Once
	merged *Vocabulary
}

func mergeVocabulary(own, preset *Vocabulary) *Vocabulary {
	v := *own
	takeList(&v.Authors, preset.Authors)
	takeList(&v.Licenses, preset.Licenses)
	if v.OwnLicenses == nil && own.Licenses == nil {
		v.OwnLicenses = preset.OwnLicenses
	}
	takeList(&v.Tags, preset.Tags)
	if v.TagPrefixes == nil {
		v.TagPrefixes = tagPrefixes(v.Tags)
	}
	takeMap(&v.RequiredTags, preset.RequiredTags)
	takeMap(&v.Timelines, preset.Timelines)
	takeList(&v.MLPackages, preset.MLPackages)
	takeList(&v.ExemptIDs, preset.ExemptIDs)
	takeList(&v.LegacyIDs, preset.LegacyIDs)
	takeMap(&v.Protected, preset.Protected)
	if v.MaxSignals == 0 {
		v.MaxSignals, v.MaxSignalsNote = preset.MaxSignals, preset.MaxSignalsNote
	}
	takeList(&v.LateIndexes, preset.LateIndexes)
	takeList(&v.Streamless, preset.Streamless)
	takeMap(&v.KindTags, preset.KindTags)
	takeMap(&v.FolderTags, preset.FolderTags)
	takeText(&v.TimestampOverride, preset.TimestampOverride)
	takeText(&v.BuildingBlocks, preset.BuildingBlocks)
	takeText(&v.Deprecated, preset.Deprecated)
	v.ByLower = map[string]string{}
	for _, t := range v.Tags {
		v.ByLower[strings.ToLower(t)] = t
	}
	for _, t := range preset.Tags {
		if name, ok := strings.CutPrefix(t, "Tactic: "); ok {
			v.Tactics = append(v.Tactics, name)
		}
	}
	return &v
}

func takeList(own *[]string, preset []string) {
	if *own == nil {
		*own = preset
	}
}

func takeText(own *string, preset string) {
	if *own == "" {
		*own = preset
	}
}

func takeMap[V any](own *map[string]V, preset map[string]V) {
	if *own == nil {
		*own = preset
	}
}

// OwnAuthor reports whether one of the authors is of the house, case ignored.
func (c *Config) OwnAuthor(authors []string) bool {
	return slices.ContainsFunc(authors, func(a string) bool {
		return slices.ContainsFunc(c.InForce().Authors, func(own string) bool { return strings.EqualFold(a, own) })
	})
}

// CommonLicenses are licences of public rule repositories, by the names in use.
func CommonLicenses() []string {
	return []string{"Elastic License v2", "Elastic License 2.0", "Elastic-2.0", "Apache-2.0", "Apache License 2.0", "MIT",
		"MIT License", "BSD-2-Clause", "BSD-3-Clause", "GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only",
		"AGPL-3.0-or-later", "LGPL-3.0-only", "MPL-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "Unlicense",
		"Detection Rule License (DRL) 1.1", "DRL-1.1"}
}

// SortedValues lists the values of a map in the order of their bytes.
func SortedValues(m map[string]string) []string { return slices.Sorted(maps.Values(m)) }
