package rule

import (
	"bytes"
	"slices"
	"strings"
)

// Kind says what a TOML file in a rule repository is.
type Kind uint8

// Kinds of files. A Companion lies beside rules and belongs to them; Foreign is anything else: the settings of another
// tool, say. Blank holds no key at all.
const (
	RuleKind Kind = iota
	ExceptionsKind
	ActionsKind
	ConnectorsKind
	HuntKind
	ForeignKind
	BlankKind
)

// Companion reports a file of exceptions, actions, action connectors or hunting queries.
func (k Kind) Companion() bool { return k >= ExceptionsKind && k <= HuntKind }

// Noun is what the kind is called in messages.
func (k Kind) Noun() string {
	switch k {
	case RuleKind:
		return "rule"
	case ExceptionsKind:
		return "exception list"
	case ActionsKind:
		return "action file"
	case ConnectorsKind:
		return "action connector file"
	case HuntKind:
		return "hunting query"
	case BlankKind:
		return "empty file"
	}
	return "other file"
}

// ruleOnly are the keys that only a rule has; usual are those that other formats have too, so that two of them count.
var (
	ruleOnly = []string{"rule_id", "risk_score", "max_signals"}
	usual    = []string{"severity", "query", "language", "index", "threat", "false_positives"}
	metaOnly = []string{"creation_date", "updated_date", "maturity", "min_stack_version"}
)

// Kind tells by the tables of the file what it is. A file without [rule] still counts as a rule if it has keys that only
// rules have, in whatever table: somebody meant one. So does a file that cannot be read as TOML but has a header [rule].
func (f *File) Kind() Kind {
	if f.Root.Get("rule") != nil {
		return RuleKind
	}
	for _, c := range companionTables {
		if f.Root.Get(c.table) != nil {
			return c.kind
		}
	}
	if f.Truncated && ruleHeader(f.Src) {
		return RuleKind
	}
	if len(f.Root.Children) == 0 {
		if f.Truncated {
			return ForeignKind
		}
		return BlankKind
	}
	if ruleKeys(f.Root) {
		return RuleKind
	}
	for _, c := range f.Root.Children {
		if c.Key == "metadata" && hasAny(c, metaOnly) > 0 || ruleKeys(c) || c.Kind == ArrayNode && ruleKeys(c.At(0)) {
			return RuleKind
		}
	}
	return ForeignKind
}

// companionTables are the tables by which companions are told; elastic/detection-rules has them in folders beside the rules.
var companionTables = []struct {
	table string
	kind  Kind
}{{"exceptions", ExceptionsKind}, {"actions", ActionsKind}, {"action_connectors", ConnectorsKind}, {"hunt", HuntKind}}

func ruleKeys(n *Node) bool {
	return n != nil && n.Kind == TableNode && (hasAny(n, ruleOnly) > 0 || hasAny(n, usual) > 2)
}

func hasAny(n *Node, keys []string) (found int) {
	for _, c := range n.Children {
		if slices.Contains(keys, c.Key) {
			found++
		}
	}
	return found
}

// ruleHeader looks for the header of a rule's table at the start of a line.
func ruleHeader(src []byte) bool {
	for line := range bytes.Lines(src) {
		line = bytes.TrimLeft(line, "[ \t\"'")
		if name, ok := bytes.CutPrefix(line, []byte("rule")); ok && len(name) > 0 && bytes.IndexByte([]byte(`]."' `), name[0]) >= 0 {
			return true
		}
		if bytes.HasPrefix(line, []byte("rule_id")) {
			return true
		}
	}
	return false
}

// IsRule is a quick look whether a text has a header [rule]; where it has none, Parse and File.Kind tell.
func IsRule(src []byte) bool {
	const header = "[rule]"
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte(header))
		if i < 0 {
			return false
		}
		if at += i; at == 0 || src[at-1] == '\n' {
			return true
		}
		at += len(header)
	}
}

// Tables lists the top-level tables and keys of the file, as it writes them: [project], [[rules]], `name`.
func (f *File) Tables() []string {
	var out []string
	for _, c := range f.Root.Children {
		text := c.Key
		switch {
		case c.Kind == ArrayNode && !c.Inline:
			text = "[[" + text + "]]"
		case c.Kind == TableNode && !c.Inline:
			text = "[" + text + "]"
		default:
			text = Quote(text)
		}
		out = append(out, strings.ToValidUTF8(text, "\ufffd"))
	}
	return out
}
