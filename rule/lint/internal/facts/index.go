package facts

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/near"
	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/lint/check"
	"github.com/rulevet/rulevet/schema"
)

// IndexNodes lists the patterns of rule.index with their places.
func IndexNodes(p *check.Pass) []*rule.Node {
	n := p.File.Lookup("rule", "index")
	if n == nil || n.Kind != rule.ArrayNode {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *rule.Node) bool { return c.Kind != rule.StringNode || c.Str == "" })
}

// KnownPattern is the pattern that an unknown one probably means; empty if it is known or like none.
func KnownPattern(c *schema.Catalog, pattern string) string {
	if c.Described(pattern) {
		return ""
	}
	t := c.Targets(pattern)[0]
	kind, rest, typed := strings.Cut(pattern, "-")
	switch {
	case t.Kind == schema.UnknownTarget:
		if near := schema.NearestOf(pattern, c.Patterns()); len(near) > 0 {
			for _, n := range near { // of equally near ones that which ends alike: "-*", "*"
				if ending(n) == ending(pattern) && len(n)-len(near[0]) < 2 && len(near[0])-len(n) < 2 {
					return n
				}
			}
			return near[0]
		}
	case t.Kind != schema.IntegrationTarget || len(t.Gaps) == 0 || t.Gaps[0].Kind != schema.NoData || !typed:
		return ""
	}
	if !typed {
		return ""
	}
	types := []string{"logs", "metrics", "traces"}
	if near := near.Names(kind, types); len(near) > 0 && !slices.Contains(types, kind) {
		kind = near[0]
	}
	name := ImpliedPackage(pattern)
	stream := strings.TrimPrefix(rest, name)
	if near := schema.NearestOf(name, c.Packages()); len(near) > 0 && !slices.Contains(c.Packages(), name) {
		name = near[0]
	}
	if near := nearStream(c, name, stream); near != "" {
		stream = near
	}
	if want := kind + "-" + name + stream; want != pattern && c.Targets(want)[0].Kind == schema.IntegrationTarget {
		return want
	}
	return ""
}

// ending is the wildcard at the end of a pattern with what stands in front of it.
func ending(pattern string) string {
	return pattern[len(strings.TrimRight(pattern, "*-.")):]
}

// nearStream is ".events.process-*" for ".evnts.process-*": the streams of the package that differ by a letter or two.
func nearStream(c *schema.Catalog, name, stream string) string {
	var all []string
	for _, p := range c.Patterns() {
		if s, ok := strings.CutPrefix(p, "logs-"+name+"."); ok {
			all = append(all, "."+s)
		}
	}
	if near := near.Names(stream, all); len(near) > 0 && !slices.Contains(all, stream) && near[0] != ".*" {
		return near[0]
	}
	return ""
}

// ImpliedPackage is the first word after the first hyphen of a pattern, or of the whole if it has none.
func ImpliedPackage(pattern string) string {
	if pattern == "apm-*-transaction*" {
		return "apm"
	}
	if _, rest, ok := strings.Cut(pattern, "-"); ok {
		pattern = rest
	}
	end := strings.IndexFunc(pattern, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		return pattern
	}
	return pattern[:end]
}
