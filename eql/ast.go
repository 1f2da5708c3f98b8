package eql

import "github.com/rulevet/rulevet/source"

// Span is a half-open range of byte offsets into the query text.
type Span = source.Span

// Node is any part of a parsed query. Its span nests in its parent's span.
type Node interface {
	Span() Span // the bytes of the query that the node covers, brackets around it left out
	// children reports the direct children in source order. It is unexported so that the set of nodes is closed:
	// a type switch over the node types of this package is exhaustive.
	children(visit func(Node))
}

// Body is the part of a query in front of its pipes: *EventQuery, *Sequence, *Sample, *Join
// (only in queries that Check rejects) or *BadBody (only in queries that Parse rejects).
type Body interface {
	Node
	body()
}

// Expr is a condition or a part of one.
type Expr interface {
	Node
	expr()
}

// Query is a parsed query. Offsets refer to Source.
type Query struct {
	Source   string    // the text that was parsed, as given
	Body     Body      // never nil after Parse
	Pipes    []*Pipe   // in source order
	Comments []Comment // in source order, wherever they stand
	Range    Span      // from the first token to the last, pipes included
}

// Comment is a line or block comment of the query, delimiters included.
type Comment struct {
	Text  string // as written, with its signs
	Block bool   // between /* and */, not to the end of the line
	Range Span   // place in the query
}

// EventQuery is "category where condition", alone or inside the brackets of a term.
type EventQuery struct {
	Category Category // what stands before "where"
	Where    Span     // the keyword
	Cond     Expr     // what stands behind "where"; a BadExpr if it could not be read
	Range    Span     // category and condition
}

// Category is the word in front of "where". Any stands for the keyword any; Name is the unquoted value otherwise.
type Category struct {
	Name   string // escapes resolved; empty for "any"
	Any    bool   // the word "any": events of every category
	Quoted bool   // written as a string, or with back quotes
	Range  Span   // place in the query
}

// Sequence is "sequence by … with maxspan=… [term] [term] until [term]".
type Sequence struct {
	Keyword Span     // place of the word "sequence"
	By      []Expr   // sequence-level join keys; *Field unless the query is wrong
	MaxSpan *MaxSpan // nil without maxspan
	Terms   []*Term  // clauses in order, at least one
	Until   *Term    // nil without until
	// UntilRange is the keyword until.
	UntilRange Span
	Range      Span // from the keyword to the end of the last clause, until included
}

// Join is "join by … [term] [term] until [term]" of the old dialect. Elasticsearch parses it and rejects it afterwards:
// Check reports it, nothing evaluates it.
type Join struct {
	Keyword    Span    // place of the word "join"
	By         []Expr  // keys of all clauses
	Terms      []*Term // clauses in order
	Until      *Term   // nil without until
	UntilRange Span    // place of the word "until"; zero without one
	Range      Span    // the whole body
}

// Sample is "sample by … [term] [term]".
type Sample struct {
	Keyword Span    // place of the word "sample"
	By      []Expr  // keys of all clauses; may be empty if each clause has its own
	Terms   []*Term // clauses in order
	Range   Span    // the whole body
}

// Term is one bracketed step of a sequence or sample. Missing is true for "![…]".
type Term struct {
	Missing bool        // written ![…]: no such event may come there
	Filter  *EventQuery // what stands in the brackets
	By      []Expr      // the term's own join keys, after the sequence-level ones
	Runs    *Runs       // nil without "with runs=N"
	Range   Span        // brackets, keys and runs
}

// Count is the number of stages the term stands for: the value of runs, else 1.
func (t *Term) Count() int {
	if t.Runs == nil {
		return 1
	}
	return t.Runs.Count
}

// MaxSpan is "with maxspan=N unit". Value is in Unit; use Nanos for a duration.
type MaxSpan struct {
	Value int64  // the number as written, in its unit
	Unit  string // ms, s, m, h or d
	Nanos int64  // the same in nanoseconds; the largest number if it does not fit
	Range Span   // from "with" to the unit
}

// Runs is "with runs=N", N from 1 to 100.
type Runs struct {
	Count int  // how often the clause stands, from 1
	Range Span // from "with" to the number
}

// Pipe is "| name arguments".
type Pipe struct {
	Name      string // "head", "tail" or what else stands there
	NameRange Span   // place of the name
	Args      []Expr // one number for head and tail
	Count     int64  // value of the argument of head and tail after folding
	Range     Span   // from the bar to the last argument
}

// BadBody stands for a query body that could not be parsed.
type BadBody struct{ Range Span }

// LiteralKind tells what a Literal holds. The zero value is invalid.
type LiteralKind uint8

// Kinds of literals. An integer is Int if it fits 64 bits signed, else Uint if it fits 64 bits unsigned, else Float
// (LANGUAGE.md 1.5).
const (
	_ LiteralKind = iota
	NullLiteral
	BoolLiteral
	IntLiteral
	UintLiteral
	FloatLiteral
	StringLiteral
)

// Literal is a constant. Only the member that belongs to Kind is set.
type Literal struct {
	Kind  LiteralKind // says which of the values below counts
	Bool  bool        // value of a BoolLiteral
	Int   int64       // value of an IntLiteral
	Uint  uint64      // of a UintLiteral: whole numbers beyond an int64
	Float float64     // value of a FloatLiteral
	Str   string      // string value, escapes resolved
	Raw   bool        // """…"""
	Range Span        // place in the query, quotes included
}

// Field is a field name, dotted, without back-quotes. Optional is true for "?name".
type Field struct {
	Name     string // the path with dots, back quotes resolved
	Optional bool   // written with a question mark
	Range    Span   // "?" included
}

// Call is a function call. Name is as written, without "~"; Fold is true for "name~".
type Call struct {
	Name      string // as written, without the ~
	Fold      bool   // written name~(…): without regard to case
	NameRange Span   // place of the name, with its ~
	Args      []Expr // in order
	Range     Span   // name and brackets
}

// Op is an operator. The zero value is invalid.
type Op uint8

// Operators of Unary, Binary and Match.
const (
	_ Op = iota
	Not
	Neg
	Pos
	And
	Or
	Eq // ==
	Ne // !=
	Lt
	Le
	Gt
	Ge
	Add
	Sub
	Mul
	Div
	Mod
	Colon     // :
	Like      // like
	LikeFold  // like~
	Regex     // regex
	RegexFold // regex~
)

// Unary is not x, -x or +x.
type Unary struct {
	Op      Op   // Not, Neg or Pos
	OpRange Span // place of the sign or word
	X       Expr // what it applies to
	Range   Span // sign and operand
}

// Binary is x op y with a logical, comparison or arithmetic operator.
type Binary struct {
	Op      Op   // And, Or, a comparison or arithmetic
	OpRange Span // place of the sign or word
	X, Y    Expr // left and right operand
	Range   Span // from the left operand to the right one
}

// Match is x : "…", x like (…), x regex (…): one or several constant patterns.
type Match struct {
	Op      Op         // Colon, Like, LikeFold, Regex, RegexFold
	OpRange Span       // place of the operator
	X       Expr       // what is compared
	List    []*Literal // constants on the right, one if there are no brackets
	Parens  bool       // written with parentheses
	Range   Span       // from the left operand to the last constant
}

// In is x in (…), x in~ (…), x not in (…).
type In struct {
	Fold    bool   // written in~
	Negated bool   // written "not in"
	OpRange Span   // "not" included
	X       Expr   // what is looked for
	List    []Expr // what stands in the brackets; constants, if the query is to pass Check
	Range   Span   // from the operand to the closing bracket
}

// Paren is a parenthesised expression.
type Paren struct {
	X     Expr // what stands in the brackets
	Range Span // brackets included
}

// BadExpr stands for an expression that could not be parsed.
type BadExpr struct{ Range Span }
