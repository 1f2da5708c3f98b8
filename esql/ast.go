package esql

// Node is any part of a parsed query. Its span nests in its parent's span.
type Node interface {
	Span() Span // the bytes of the query that the node covers
	// children reports the direct children in source order. It is unexported so that the set of nodes is closed:
	// a type switch over the node types of this package is exhaustive.
	children(visit func(Node))
}

// Command is one step of a pipeline, between two pipes.
type Command interface {
	Node
	// Word is the command's name in upper case ("INLINE STATS").
	Word() string
	Broken() bool // whether a part of it could not be read
	command()
}

// Expr is an expression or a part of one.
type Expr interface {
	Node
	expr()
}

// Query is a parsed query. Offsets refer to Source.
type Query struct {
	Source   string     // the text that was parsed, as given
	Settings []*Setting // SET name = value; in front of the query
	Pipeline            // the commands of the query itself
	Comments []Comment  // in source order
}

// Pipeline is a source command with commands behind it, or, in a branch of FORK, only commands.
type Pipeline struct {
	Commands []Command // the source command first
	Range    Span      // from the first command to the last
}

// Comment is a line or block comment of the query, delimiters included.
type Comment struct {
	Block bool // between /* and */, not to the end of the line
	Range Span // place in the query
}

// Setting is "SET name = value;".
type Setting struct {
	Name      string // of the setting, in the case written
	NameRange Span   // place of the name
	Value     Expr   // *Literal, *Map or *Param
	Range     Span   // from SET to the semicolon
}

// Source is what FROM reads: *Index or *Subquery.
type Source interface {
	Node
	source()
}

// Index is one index pattern of FROM, TS or LOOKUP JOIN.
type Index struct {
	Name   string // unquoted, with cluster and selector: "remote:logs-*::failures"
	Quoted bool   // written as a string
	Range  Span   // bytes of the query, with quotes and cluster
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
		TS       bool     // written TS: a time series
		Sources  []Source // index patterns and subqueries in order
		Metadata []*Name  // fields behind METADATA
		head
	}
	// Row is "ROW a = 1, b = 2".
	Row struct {
		Fields []*Field // columns in order
		head
	}
	// Show is "SHOW INFO".
	Show struct{ head }
	// PromQL is "PROMQL …". What it asks is not looked at.
	PromQL struct{ head }
	// Where is "WHERE condition".
	Where struct {
		Cond Expr // what rows must fulfil
		head
	}
	// Eval is "EVAL a = x, b = y".
	Eval struct {
		Fields []*Field // columns in order; each sees those before it
		head
	}
	// Stats is "STATS a = sum(x) WHERE y BY z", or INLINE STATS.
	Stats struct {
		Inline bool     // INLINE STATS: rows are kept
		Aggs   []*Agg   // results in order; may be empty with a By
		By     []*Field // grouping columns in order
		ByWord Span     // the word BY; empty without
		head
	}
	// Keep is "KEEP a, b*".
	Keep struct {
		Items []*Name // names and patterns in order
		head
	}
	// Drop is "DROP a, b*".
	Drop struct {
		Items []*Name // names and patterns in order
		head
	}
	// Rename is "RENAME a AS b, c = d".
	Rename struct {
		Items []*Renaming // in order; each sees the names that those before it gave
		head
	}
	// Sort is "SORT a DESC NULLS LAST, b".
	Sort struct {
		Keys []*SortKey // the first decides
		head
	}
	// Limit is "LIMIT 5" or "LIMIT 5 BY a".
	Limit struct {
		Count Expr   // *Literal or *Param
		By    []Expr // LIMIT n BY these; empty: over all rows
		head
	}
	// Dissect is "DISSECT input "pattern" APPEND_SEPARATOR="," ".
	Dissect struct {
		Input   Expr      // the text that is taken apart
		Pattern *Literal  // the pattern, a string
		Options []*Option // such as APPEND_SEPARATOR
		head
	}
	// Grok is "GROK input "pattern", "pattern"".
	Grok struct {
		Input    Expr       // the text that is taken apart
		Patterns []*Literal // tried in order
		head
	}
	// Enrich is "ENRICH policy ON field WITH new = field".
	Enrich struct {
		Policy      string         // without mode
		Mode        string         // "any", "coordinator", "remote"; empty if not written
		PolicyRange Span           // place of the policy's name
		On          *Name          // nil without ON
		With        []*EnrichField // what is added; empty: all fields of the policy
		head
	}
	// LookupJoin is "LOOKUP JOIN index ON a, b" or "… ON a == b AND c".
	LookupJoin struct {
		Index *Index // what stands behind JOIN: its documents are the rows that are added
		On    []Expr // columns of equal names on both sides, or one condition
		head
	}
	// MvExpand is "MV_EXPAND a".
	MvExpand struct {
		Field *Column // the column whose values become rows
		head
	}
	// Fork is "FORK (…) (…)".
	Fork struct {
		Branches []*Subquery // in order; each gets all rows
		head
	}
	// Fuse is "FUSE rrf SCORE BY a KEY BY b, c GROUP BY d WITH {…}".
	Fuse struct {
		Type      string    // lower case; empty if not written
		TypeRange Span      // place of the method's name
		Score     *Column   // column of the score; nil: _score
		Keys      []*Column // columns by which rows are the same; empty: _id and _index
		Group     *Column   // column that tells the branches apart; nil: _fork
		Options   *Map      // of the method; nil if there are none
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
		Prompt  Expr    // what the model is asked
		Options *Map    // nil without WITH
		head
	}
	// Rerank is "RERANK target = "text" ON a, b = x WITH {…}".
	Rerank struct {
		Target  *Column  // nil if not written
		Text    Expr     // what the rows are compared with
		On      []*Field // columns that are compared
		Options *Map     // may be nil
		head
	}
	// Sample is "SAMPLE 0.1".
	Sample struct {
		Probability Expr // of a row to be kept, from 0 to 1
		head
	}
	// MMR is "MMR vector ON field LIMIT 5 WITH {…}".
	MMR struct {
		Vector  Expr    // nil if not written
		Field   *Column // column with the vectors
		Limit   Expr    // how many rows are kept
		Options *Map    // may be nil
		head
	}
	// Extract is "URI_PARTS prefix = input", and REGISTERED_DOMAIN, USER_AGENT and IP_LOCATION alike.
	Extract struct {
		Prefix  *Column // of the columns that it makes
		Input   Expr    // the text that is taken apart
		Options *Map    // may be nil
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
	X      Expr    // its value
	Range  Span    // name and value
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
	Range Span // place in the query
}

// Renaming is "old AS new".
type Renaming struct {
	Old, New *Name // the column, and the name it gets
	Range    Span  // both names with what stands between
}

// SortKey is one key of SORT.
type SortKey struct {
	X          Expr // what is compared
	Desc       bool // the largest first
	NullsFirst bool // as it holds: by default nulls come last in ascending, first in descending order
	Explicit   bool // NULLS … is written
	Range      Span // expression, direction and place of nulls
}

// Option is "NAME=value" of DISSECT.
type Option struct {
	Name  string   // in upper case
	Value *Literal // constant behind the equals sign
	Range Span     // name and value
}

// EnrichField is "new = field" or "field" of ENRICH … WITH.
type EnrichField struct {
	New   *Name // nil if not written
	Field *Name // field of the policy
	Range Span  // both names with what stands between
}

// The expressions.
type (
	// Literal is a constant. Its sign belongs to it ("-1").
	Literal struct {
		Kind  LiteralKind // says which of the values below counts
		Str   string      // Keyword: the value. TimeSpan: the unit, singular ("day")
		Int   int64       // Integer, Long, TimeSpan: the value or count
		Uint  uint64      // UnsignedLong
		Float float64     // Double
		Bool  bool        // Boolean
		List  []*Literal  // List: all of one kind, integers widened as the longest member needs
		Range Span        // place in the query, quotes included
	}
	// Column is a column's name.
	Column struct {
		Name  string // back-quotes undone
		Range Span   // place in the query
	}
	// Call is a function call.
	Call struct {
		Name      string // lower case; the source has the spelling
		NameRange Span   // place of the name
		Star      bool   // COUNT(*)
		Args      []Expr // in order; a Map may be the last
		Options   *Map   // the map behind the arguments; nil if not written
		Range     Span   // name and brackets
	}
	// Unary is NOT, minus or plus.
	Unary struct {
		Op    Op   // Not or Minus
		X     Expr // what it applies to
		Range Span // operator and operand
	}
	// Binary is an operator between two expressions: and, or, comparison or arithmetic.
	Binary struct {
		Op      Op   // And, Or, a comparison or arithmetic
		OpRange Span // place of the sign or word
		X, Y    Expr // left and right operand
		Range   Span // from the left operand to the right one
	}
	// Cast is "x::type".
	Cast struct {
		X         Expr   // the value that is converted
		Type      string // as written, back-quotes undone
		TypeRange Span   // place of the type's name
		Range     Span   // value and type
	}
	// IsNull is "x IS NULL" or "x IS NOT NULL".
	IsNull struct {
		X     Expr // what is asked about
		Not   bool // asks for a value: IS NOT NULL
		Range Span // operand and words
	}
	// Like is "x LIKE "a*"", "x RLIKE ("a", "b")" and so on.
	Like struct {
		X        Expr   // the text that is compared
		Not      bool   // NOT LIKE, NOT RLIKE
		Regex    bool   // RLIKE: patterns are regular expressions
		List     bool   // written with parentheses
		Patterns []Expr // *Literal or *Param
		Range    Span   // from the text to the last pattern
	}
	// In is "x IN (a, b)" or "x IN (FROM …)".
	In struct {
		X     Expr      // what is looked for
		Not   bool      // true for values that are not in the list
		List  []Expr    // what stands in the brackets; one Subquery for a query
		Query *Subquery // nil for a list
		Range Span      // from the operand to the closing bracket
	}
	// Match is "field : value".
	Match struct {
		Field Expr // *Column or *Cast of one
		Value Expr // *Literal or *Param
		Range Span // field and query
	}
	// Paren is "(x)".
	Paren struct {
		X     Expr // what stands in the brackets
		Range Span // brackets included
	}
	// Param is a parameter whose value is not known.
	Param struct {
		Name   string // "", "1", "name"
		Double bool   // written ??: it stands for a name and not for a value
		Range  Span   // place in the query, sign included
	}
	// Map is "{"key": value, …}".
	Map struct {
		Entries []*Entry // in order
		Range   Span     // braces included
	}
	// BadExpr stands where no expression could be read.
	BadExpr struct{ Range Span }
)

// Entry is "key": value of a Map.
type Entry struct {
	Key      string // quotes and escapes resolved
	KeyRange Span   // place of the key, quotes included
	Value    Expr   // *Literal, *Map or *Param
	Range    Span   // key and value
}

// LiteralKind says what a Literal stands for, and which of its members has the value.
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
