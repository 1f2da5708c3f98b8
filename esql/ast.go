package esql

// Node is any part of a parsed query. Its span nests in its parent's span.
type Node interface {
	Span() Span
	// children reports the direct children in source order. It is unexported so that the set of nodes is closed:
	// a type switch over the node types of this package is exhaustive.
	children(visit func(Node))
}

// Command is one step of a pipeline, between two pipes.
type Command interface {
	Node
	// Word is the command's name in upper case ("INLINE STATS").
	Word() string
	Broken() bool
	command()
}

// Expr is an expression or a part of one.
type Expr interface {
	Node
	expr()
}

// Query is a parsed query. Offsets refer to Source.
type Query struct {
	Source   string
	Settings []*Setting // SET name = value; in front of the query
	Pipeline            // the commands of the query itself
	Comments []Comment
}

// Pipeline is a source command with commands behind it, or, in a branch of FORK, only commands.
type Pipeline struct {
	Commands []Command
	Range    Span
}

// Comment is a line or block comment of the query, delimiters included.
type Comment struct {
	Block bool
	Range Span
}

// Setting is "SET name = value;".
type Setting struct {
	Name      string
	NameRange Span
	Value     Expr // *Literal, *Map or *Param
	Range     Span
}

// Source is what FROM reads: *Index or *Subquery.
type Source interface {
	Node
	source()
}

// Index is one index pattern of FROM, TS or LOOKUP JOIN.
type Index struct {
	Name   string // unquoted, with cluster and selector: "remote:logs-*::failures"
	Quoted bool
	Range  Span
}

// Subquery is "(FROM … | …)" as a source of FROM, or in an IN list.
type Subquery struct {
	Pipeline
	Range Span // parentheses included
}

// The commands. KeywordRange is the command's name in the source.
type (
	// From is "FROM a, b METADATA _id" or "TS a".
	From struct {
		TS       bool
		Sources  []Source
		Metadata []*Name
		head
	}
	// Row is "ROW a = 1, b = 2".
	Row struct {
		Fields []*Field
		head
	}
	// Show is "SHOW INFO".
	Show struct{ head }
	// PromQL is "PROMQL …". What it asks is not looked at.
	PromQL struct{ head }
	// Where is "WHERE condition".
	Where struct {
		Cond Expr
		head
	}
	// Eval is "EVAL a = x, b = y".
	Eval struct {
		Fields []*Field
		head
	}
	// Stats is "STATS a = sum(x) WHERE y BY z", or INLINE STATS.
	Stats struct {
		Inline bool
		Aggs   []*Agg
		By     []*Field
		ByWord Span // the word BY; empty without
		head
	}
	// Keep is "KEEP a, b*".
	Keep struct {
		Items []*Name
		head
	}
	// Drop is "DROP a, b*".
	Drop struct {
		Items []*Name
		head
	}
	// Rename is "RENAME a AS b, c = d".
	Rename struct {
		Items []*Renaming
		head
	}
	// Sort is "SORT a DESC NULLS LAST, b".
	Sort struct {
		Keys []*SortKey
		head
	}
	// Limit is "LIMIT 5" or "LIMIT 5 BY a".
	Limit struct {
		Count Expr // *Literal or *Param
		By    []Expr
		head
	}
	// Dissect is "DISSECT input "pattern" APPEND_SEPARATOR="," ".
	Dissect struct {
		Input   Expr
		Pattern *Literal
		Options []*Option
		head
	}
	// Grok is "GROK input "pattern", "pattern"".
	Grok struct {
		Input    Expr
		Patterns []*Literal
		head
	}
	// Enrich is "ENRICH policy ON field WITH new = field".
	Enrich struct {
		Policy      string // without mode
		Mode        string // "any", "coordinator", "remote"; empty if not written
		PolicyRange Span
		On          *Name // nil without ON
		With        []*EnrichField
		head
	}
	// LookupJoin is "LOOKUP JOIN index ON a, b" or "… ON a == b AND c".
	LookupJoin struct {
		Index *Index
		On    []Expr
		head
	}
	// MvExpand is "MV_EXPAND a".
	MvExpand struct {
		Field *Column
		head
	}
	// Fork is "FORK (…) (…)".
	Fork struct {
		Branches []*Subquery
		head
	}
	// Fuse is "FUSE rrf SCORE BY a KEY BY b, c GROUP BY d WITH {…}".
	Fuse struct {
		Type      string // lower case; empty if not written
		TypeRange Span
		Score     *Column
		Keys      []*Column
		Group     *Column
		Options   *Map
		head
	}
	// ChangePoint is "CHANGE_POINT value ON key AS type, pvalue".
	ChangePoint struct {
		Value, Key   *Column // Key is nil without ON
		Type, PValue *Column // nil without AS
		head
	}
	// Completion is "COMPLETION target = prompt WITH {…}".
	Completion struct {
		Target  *Column // nil if not written
		Prompt  Expr
		Options *Map // nil without WITH
		head
	}
	// Rerank is "RERANK target = "text" ON a, b = x WITH {…}".
	Rerank struct {
		Target  *Column // nil if not written
		Text    Expr
		On      []*Field
		Options *Map
		head
	}
	// Sample is "SAMPLE 0.1".
	Sample struct {
		Probability Expr
		head
	}
	// MMR is "MMR vector ON field LIMIT 5 WITH {…}".
	MMR struct {
		Vector  Expr // nil if not written
		Field   *Column
		Limit   Expr
		Options *Map
		head
	}
	// Extract is "URI_PARTS prefix = input", and REGISTERED_DOMAIN, USER_AGENT and IP_LOCATION alike.
	Extract struct {
		Prefix  *Column
		Input   Expr
		Options *Map
		head
	}
	// MetricsInfo is "METRICS_INFO" or "TS_INFO".
	MetricsInfo struct{ head }
	// BadCommand is a command that does not exist, or of which nothing could be read.
	BadCommand struct{ head }
)

// head is what all commands have.
type head struct {
	word         string
	broken       bool // it has syntax errors
	KeywordRange Span // the command's name
	Range        Span
}

// Field is "name = expression", or only the expression, whose text is then the name.
type Field struct {
	Target *Column // nil if not written
	X      Expr
	Range  Span
}

// Agg is a target of STATS.
type Agg struct {
	Field
	Where Expr // nil without
}

// Name is a name in KEEP, DROP, RENAME, ENRICH or METADATA, which may have wildcards.
type Name struct {
	Text string   // back-quotes undone
	Glob []string // the literal parts between the wildcards; nil without wildcard
	// Param is set if the name came from a parameter that is not known.
	Param bool
	Range Span
}

// Renaming is "old AS new".
type Renaming struct {
	Old, New *Name
	Range    Span
}

// SortKey is one key of SORT.
type SortKey struct {
	X          Expr
	Desc       bool
	NullsFirst bool // as it holds: by default nulls come last in ascending, first in descending order
	Explicit   bool // NULLS … is written
	Range      Span
}

// Option is "NAME=value" of DISSECT.
type Option struct {
	Name  string
	Value *Literal
	Range Span
}

// EnrichField is "new = field" or "field" of ENRICH … WITH.
type EnrichField struct {
	New   *Name // nil if not written
	Field *Name
	Range Span
}

// The expressions.
type (
	// Literal is a constant. Its sign belongs to it ("-1").
	Literal struct {
		Kind  LiteralKind
		Str   string     // Keyword: the value. TimeSpan: the unit, singular ("day")
		Int   int64      // Integer, Long, TimeSpan: the value or count
		Uint  uint64     // UnsignedLong
		Float float64    // Double
		Bool  bool       // Boolean
		List  []*Literal // List: all of one kind, integers widened as the longest member needs
		Range Span
	}
	// Column is a column's name.
	Column struct {
		Name  string // back-quotes undone
		Range Span
	}
	// Call is a function call.
	Call struct {
		Name      string // lower case; the source has the spelling
		NameRange Span
		Star      bool // COUNT(*)
		Args      []Expr
		Options   *Map // the map behind the arguments; nil if not written
		Range     Span
	}
	// Unary is NOT, minus or plus.
	Unary struct {
		Op    Op
		X     Expr
		Range Span
	}
	// Binary is an operator between two expressions: and, or, comparison or arithmetic.
	Binary struct {
		Op      Op
		OpRange Span
		X, Y    Expr
		Range   Span
	}
	// Cast is "x::type".
	Cast struct {
		X         Expr
		Type      string // as written, back-quotes undone
		TypeRange Span
		Range     Span
	}
	// IsNull is "x IS NULL" or "x IS NOT NULL".
	IsNull struct {
		X     Expr
		Not   bool
		Range Span
	}
	// Like is "x LIKE "a*"", "x RLIKE ("a", "b")" and so on.
	Like struct {
		X        Expr
		Not      bool
		Regex    bool
		List     bool   // written with parentheses
		Patterns []Expr // *Literal or *Param
		Range    Span
	}
	// In is "x IN (a, b)" or "x IN (FROM …)".
	In struct {
		X     Expr
		Not   bool
		List  []Expr
		Query *Subquery // nil for a list
		Range Span
	}
	// Match is "field : value".
	Match struct {
		Field Expr // *Column or *Cast of one
		Value Expr // *Literal or *Param
		Range Span
	}
	// Paren is "(x)".
	Paren struct {
		X     Expr
		Range Span
	}
	// Param is a parameter whose value is not known.
	Param struct {
		Name   string // "", "1", "name"
		Double bool   // ??
		Range  Span
	}
	// Map is "{"key": value, …}".
	Map struct {
		Entries []*Entry
		Range   Span
	}
	// BadExpr stands where no expression could be read.
	BadExpr struct{ Range Span }
)

// Entry is "key": value of a Map.
type Entry struct {
	Key      string
	KeyRange Span
	Value    Expr // *Literal, *Map or *Param
	Range    Span
}

// LiteralKind is the kind of a Literal.
type LiteralKind uint8

// Kinds of literals.
const (
	NullLiteral LiteralKind = iota
	BoolLiteral
	IntegerLiteral      // fits 32 bits
	LongLiteral         // fits 64 bits
	UnsignedLongLiteral // fits 64 bits without a sign
	DoubleLiteral
	KeywordLiteral
	TimeSpanLiteral // day, week, month, quarter, year: a date_period; shorter units: a time_duration
	ListLiteral
)

// Op is an operator.
type Op uint8

// Operators.
const (
	_ Op = iota
	Or
	And
	Not
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	Add
	Subtract
	Multiply
	Divide
	Modulo
	Negate // -x
	Plus   // +x
)

var opText = [...]string{"", "OR", "AND", "NOT", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "-", "+"}

// String is the operator as written.
func (o Op) String() string {
	if int(o) < len(opText) {
		return opText[o]
	}
	return ""
}

// Comparison tells whether the operator compares: ==, !=, <, <=, >, >=.
func (o Op) Comparison() bool { return o >= Equal && o <= GreaterEqual }

// Arithmetic tells whether the operator calculates with two numbers: +, -, *, /, %.
func (o Op) Arithmetic() bool { return o >= Add && o <= Modulo }
