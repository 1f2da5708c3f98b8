package esql

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/rulevet/rulevet/internal/near"
)

// DISSECT and GROK.

func (c *checker) dissect(cmd *Dissect, in *scope) *scope {
	c.patternInput(cmd.Input, in, "DISSECT")
	for _, o := range cmd.Options {
		switch {
		case strings.ToLower(o.Name) != "append_separator":
			c.fail(stageBuild, "option", cmd.Range, "the option is APPEND_SEPARATOR", "DISSECT has no option %s", quoted(o.Name))
		case o.Value == nil || o.Value.Kind != KeywordLiteral:
			c.fail(stageBuild, "option", cmd.Range, "", "APPEND_SEPARATOR takes a string")
		}
	}
	if cmd.Pattern == nil {
		return nil
	}
	keys, err := DissectKeys(cmd.Pattern.Str)
	if err != nil {
		c.fail(stageBuild, "bad-literal", cmd.Range, "", "invalid pattern %s: %v", c.quote(cmd.Pattern), err)
		return nil
	}
	var cols []*Attr
	for _, k := range keys {
		cols = append(cols, &Attr{Name: k, Type: TypeKeyword, Kind: ComputedAttr, Span: cmd.Pattern.Range})
	}
	return in.with(cols...)
}

// patternInput checks what DISSECT or GROK takes to pieces.
func (c *checker) patternInput(x Expr, in *scope, verb string) {
	t := c.expr(x, env{scope: in, verb: verb})
	if !t.Text() && t != TypeUnknown && t != TypeNull {
		c.verify("type", x.Span(), "convert with TO_STRING", "%s reads strings: %s", verb, c.typed(x, t))
	}
}

// DissectKeys lists the columns that a pattern of DISSECT makes, in order.
func DissectKeys(pattern string) ([]string, error) {
	var out []string
	found := 0
	seen := map[string]bool{}
	rest := pattern
	for {
		i := strings.Index(rest, "%{")
		if i < 0 {
			break
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			break
		}
		raw := rest[i+2 : i+end]
		rest = rest[i+end+1:]
		rest = strings.TrimPrefix(rest, "%{") // a delimiter has a character at least, so the second of two keys is one
		found++
		key := strings.TrimSuffix(raw, "->")
		if key == "" {
			continue
		}
		mod := byte(0)
		if strings.IndexByte("+?*&", key[0]) >= 0 {
			mod, key = key[0], key[1:]
		}
		switch mod {
		case '?':
			continue
		case '*', '&':
			return nil, fmt.Errorf("reference keys are not supported: %s", quoted("%{"+raw+"}"))
		case '+':
			key, _, _ = strings.Cut(key, "/")
		}
		if key == "" {
			return nil, fmt.Errorf("key %s has no name", quoted("%{"+raw+"}"))
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	if found == 0 {
		return nil, fmt.Errorf("it has no %%{key}")
	}
	return out, nil
}

func (c *checker) grok(cmd *Grok, in *scope) *scope {
	c.patternInput(cmd.Input, in, "GROK")
	types := map[string]Type{}
	var names []string
	for _, p := range cmd.Patterns {
		fields, err := GrokFields(p.Str)
		if err != nil {
			c.fail(stageBuild, "bad-literal", p.Range, "", "invalid pattern %s: %v", c.quote(p), err)
			return nil
		}
		for _, f := range fields {
			if was, ok := types[f.Name]; ok {
				if was != f.Type {
					c.fail(stageBuild, "bad-literal", p.Range, "", "pattern %s makes %s %s and %s", c.quote(p), quoted(f.Name), was, f.Type)
					return nil
				}
				continue
			}
			types[f.Name] = f.Type
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	var cols []*Attr
	for _, n := range names {
		cols = append(cols, &Attr{Name: n, Type: types[n], Kind: ComputedAttr, Span: cmd.Range})
	}
	return in.with(cols...)
}

// GrokField is a column that a pattern of GROK makes.
type GrokField struct {
	Name string // of the column that the pattern makes
	Type Type   // keyword unless the pattern says :int, :long, :float, :double or :boolean
}

// GrokFields lists the columns that a pattern of GROK makes, in order of their place.
func GrokFields(pattern string) ([]GrokField, error) {
	var out []GrokField
	var expanded strings.Builder
	for rest := pattern; ; {
		i := strings.Index(rest, "%{")
		if i < 0 {
			expanded.WriteString(rest)
			break
		}
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 || !isGrokReference(rest[i+2:i+end]) {
			expanded.WriteString(rest[:i+2])
			rest = rest[i+2:]
			continue
		}
		expanded.WriteString(rest[:i])
		expanded.WriteString("(?:x)")
		name, field, hasField := strings.Cut(rest[i+2:i+end], ":")
		rest = rest[i+end+1:]
		inner, ok := grokTable()[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("unknown pattern %s%s", quoted(name), nearGrok(name))
		case len(inner) == 1 && inner[0].Name == "":
			return nil, fmt.Errorf("pattern %s is one that Elasticsearch cannot use", quoted(name))
		}
		out = append(out, inner...)
		if hasField {
			f, typ, _ := strings.Cut(field, ":")
			out = append(out, GrokField{f, grokType(typ)})
		}
	}
	if err := regexError(expanded.String()); err != nil {
		return nil, err
	}
	return append(out, namedGroups(expanded.String())...), nil
}

// namedGroups lists the columns of (?<name>…).
func namedGroups(s string) []GrokField {
	var out []GrokField
	for {
		i := strings.Index(s, "(?<")
		if i < 0 {
			return out
		}
		escaped := 0
		for j := i - 1; j >= 0 && s[j] == '\\'; j-- {
			escaped++
		}
		s = s[i+3:]
		end := strings.IndexByte(s, '>')
		if escaped%2 == 1 || end <= 0 || s[0] == '=' || s[0] == '!' {
			continue
		}
		name, typ, _ := strings.Cut(s[:end], ":")
		out = append(out, GrokField{name, grokType(typ)})
	}
}

// nearGrok suggests a named pattern.
func nearGrok(name string) string {
	if m := near.Names(name, slices.Collect(maps.Keys(grokTable()))); len(m) > 0 {
		return ": did you mean " + m[0] + "?"
	}
	return ""
}

// isGrokReference tells whether the text between %{ and } is NAME, NAME:field or NAME:field:type.
func isGrokReference(s string) bool {
	name, field, has := strings.Cut(s, ":")
	if name == "" || strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 || !isWord(byte(r)) }) >= 0 {
		return false
	}
	return !has || field != "" && !strings.ContainsAny(field, " %{")
}

func grokType(s string) Type {
	switch s {
	case "int":
		return TypeInteger
	case "long":
		return TypeLong
	case "float", "double":
		return TypeDouble
	case "boolean":
		return TypeBoolean
	}
	return TypeKeyword
}

// groupName is the begin of a named group. Names may have dots, which Go's dialect does not know.
var groupName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\(\?<[^=!>]*>`) })

// regexError finds errors of an expression of the Oniguruma dialect that any dialect has.
func regexError(s string) error {
	_, err := syntax.Parse(groupName().ReplaceAllString(s, "("), syntax.Perl)
	if err == nil {
		return nil
	}
	se, ok := err.(*syntax.Error)
	if !ok {
		return err
	}
	switch se.Code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen, syntax.ErrMissingBracket, syntax.ErrTrailingBackslash, syntax.ErrInvalidCharRange:
		if strings.Contains(s, "(?") && se.Code == syntax.ErrMissingParen && !unbalanced(s) {
			return nil // a group of the other dialect
		}
		return fmt.Errorf("%s", strings.TrimPrefix(se.Code.String(), "error "))
	}
	return nil
}

// unbalanced tells whether the parentheses of a regular expression do not match.
func unbalanced(s string) bool {
	depth, class := 0, false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '(':
			if !class {
				depth++
			}
		case ')':
			if !class {
				if depth--; depth < 0 {
					return true
				}
			}
		}
	}
	return depth != 0
}

//go:embed grok.txt
var grokText string

// grokTable are the named patterns; one that cannot be used alone has a field without a name.
var grokTable = sync.OnceValue(func() map[string][]GrokField {
	out := map[string][]GrokField{}
	for line := range strings.Lines(grokText) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, cols, _ := strings.Cut(line, "\t")
		out[name] = nil
		for _, c := range strings.Fields(cols) {
			if c == "!" {
				out[name] = []GrokField{{}}
				continue
			}
			i := strings.LastIndexByte(c, ':')
			t, _ := ParseType(c[i+1:])
			out[name] = append(out[name], GrokField{c[:i], t})
		}
	}
	return out
})
