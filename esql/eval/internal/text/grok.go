//lint:file-ignore ST1005 the messages are Elasticsearch's, to the letter

package text

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/esql/eval/internal/backtrack"
	"github.com/rulevet/rulevet/esql/eval/internal/block"
)

// Grok is a compiled pattern of GROK.
type Grok struct {
	re *backtrack.Regexp
	// Fields are the columns by name.
	Fields []GrokField
}

// GrokField is a column of a pattern.
type GrokField struct {
	Name   string
	Type   block.Type
	float  bool
	groups []int
}

// reference is "%{NAME:field:type}" or "%{NAME:field=expression}".
var reference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`%\{([A-Za-z0-9_]+)(?::([A-Za-z0-9_.@\-:\[\]]+?))?(?:=((?:[^{}]|\{[^{}]*\}|\\.)+))?\}`)
})

const maxPattern = 1 << 16

// NewGrok compiles a pattern.
func NewGrok(pattern string) (*Grok, error) {
	e := &expander{types: map[string]string{}, names: map[string]string{}}
	text, err := e.expand(pattern, nil)
	if err != nil {
		return nil, err
	}
	re, err := backtrack.Compile(text, backtrack.Ruby)
	if err != nil {
		return nil, fmt.Errorf("invalid GROK pattern `%s`: %w", pattern, err)
	}
	g := &Grok{re: re}
	for group, numbers := range re.Names() {
		name, named := e.names[group]
		if !named {
			name = group
		}
		f := GrokField{Name: name, Type: block.Keyword, groups: numbers}
		switch e.types[name] {
		case "int", "integer":
			f.Type = block.Integer
		case "long":
			f.Type = block.Long
		case "float":
			f.Type, f.float = block.Double, true
		case "double":
			f.Type = block.Double
		case "boolean":
			f.Type = block.Boolean
		}
		if i := slices.IndexFunc(g.Fields, func(o GrokField) bool { return o.Name == name }); i >= 0 {
			g.Fields[i].groups = append(g.Fields[i].groups, numbers...)
			slices.Sort(g.Fields[i].groups)
			continue
		}
		g.Fields = append(g.Fields, f)
	}
	slices.SortFunc(g.Fields, func(a, b GrokField) int { return strings.Compare(a.Name, b.Name) })
	return g, nil
}

// expander replaces the names of patterns by what they stand for.
type expander struct {
	types map[string]string // by field
	names map[string]string // field by group
	size  int
}

func (e *expander) expand(pattern string, within []string) (string, error) {
	var b strings.Builder
	last := 0
	for _, m := range reference().FindAllStringSubmatchIndex(pattern, -1) {
		b.WriteString(pattern[last:m[0]])
		last = m[1]
		name := pattern[m[2]:m[3]]
		if slices.Contains(within, name) {
			return "", fmt.Errorf("the GROK pattern `%s` refers to itself", name)
		}
		definition := grokPattern(name)
		if m[6] >= 0 {
			definition = pattern[m[6]:m[7]]
		}
		if definition == "" {
			return "", fmt.Errorf("unknown GROK pattern `%s`", name)
		}
		body, err := e.expand(definition, append(within, name))
		if err != nil {
			return "", err
		}
		if e.size += len(body); e.size > maxPattern*4 {
			return "", fmt.Errorf("the GROK pattern is too long")
		}
		if m[4] < 0 {
			b.WriteString("(?:" + body + ")")
			continue
		}
		field, typ, _ := strings.Cut(pattern[m[4]:m[5]], ":")
		if typ != "" {
			e.types[field] = typ
		}
		group := "g" + strconv.Itoa(len(e.names))
		for g, f := range e.names {
			if f == field {
				group = g
			}
		}
		e.names[group] = field
		b.WriteString("(?<" + group + ">" + body + ")")
	}
	b.WriteString(pattern[last:])
	return b.String(), nil
}

// Match searches a text and adds the values of each field to its builder. It returns false if the pattern does not match.
func (g *Grok) Match(s string, ws []*block.Builder) (bool, error) {
	loc, err := g.re.Find(s, 0)
	if err != nil || loc == nil {
		return false, err
	}
	for i, f := range g.Fields {
		for _, n := range f.groups {
			if loc[2*n] < 0 || loc[2*n+1] < loc[2*n] {
				continue
			}
			if err := f.add(s[loc[2*n]:loc[2*n+1]], ws[i]); err != nil {
				return true, err
			}
		}
	}
	return true, nil
}

func (f *GrokField) add(s string, w *block.Builder) error {
	switch f.Type {
	case block.Integer, block.Long:
		bits := 64
		if f.Type == block.Integer {
			bits = 32
		}
		v, err := strconv.ParseInt(s, 10, bits)
		if err != nil {
			return fmt.Errorf("For input string: %q", s)
		}
		w.Long(v)
	case block.Double:
		v, err := strconv.ParseFloat(s, 64)
		if err != nil && !math.IsInf(v, 0) {
			return fmt.Errorf("For input string: %q", s)
		}
		if f.float {
			v = float64(float32(v))
		}
		w.Double(v)
	case block.Boolean:
		w.Long(block.Bool(strings.EqualFold(s, "true")))
	default:
		w.String(s)
	}
	return nil
}
