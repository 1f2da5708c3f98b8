package rule

import (
	"slices"

	"github.com/rulevet/rulevet/internal/near"
)

// What Kibana hands out is a rule without [metadata], with keys of Kibana's own, and with an empty text or list where a rule
// file has no key. None of that is a mistake of the author's.

// Flat reports whether the file has no table metadata because its format has none: an export, or YAML that is the rule alone.
func (f *File) Flat() bool { return f.Format != TOML && f.Root.Get("metadata") == nil }

// apiKeys are the keys that Kibana adds to a rule. Others that the schema does not know count as keys of another version
// of Kibana, unless they look like a slip.
var apiKeys = []string{"alias_purpose", "alias_target_id", "created_at", "created_by", "execution_summary", "id", "immutable",
	"namespace", "outcome", "output_index", "rule_source", "saved_id", "timestamp_override_fallback_disabled", "updated_at", "updated_by"}

// meant are the keys whose empty value says something.
var meant = []string{"author", "description", "language", "name", "new_terms_fields", "query", "rule_id", "severity", "threat_index",
	"threat_mapping", "type"}

// withoutDefaults takes the empty members of a record out.
func withoutDefaults(n *Node) {
	n.Children = slices.DeleteFunc(n.Children, func(c *Node) bool {
		empty := c.Kind == ArrayNode && len(c.Children) == 0 || c.Kind == StringNode && c.Str == ""
		return empty && !slices.Contains(meant, c.Key)
	})
}

// ofForm reports a breach that comes of the form of a flat file, not of the rule.
func (v *validator) ofForm(b breach) bool {
	switch {
	case b.keyword == "required":
		return b.node == v.f.Root && b.key == "metadata"
	case b.keyword != "additionalProperties" || b.parent == v.f.Root:
		return false
	case slices.Contains(apiKeys, b.node.Key):
		return true
	case ruleKey(b.node.Key) != nil:
		return false // it belongs to another type of rule
	}
	var known []string
	for key := range b.schema.Properties {
		known = append(known, key)
	}
	return len(near.Names(b.node.Key, known)) == 0
}
