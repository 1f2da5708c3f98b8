package eql

import "github.com/rulevet/rulevet/source"

// Span is a half-open range of byte offsets into the query text.
type Span = source.Span

// Node is any part of a parsed query. Its span nests in its parent's span.
type Node interface {
	Span() Span
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
	Source   string
	Body     Body    // never nil after Parse
	Pipes    []*Pipe // in source order
	Comments []Comment
	Range    Span
}

// Comment is a line or block comment of the query, delimiters included.
type Comment struct {
	Text  string
	Block bool
	Range Span
}

// EventQuery is "category where condition", alone or inside the brackets of a term.
type EventQuery struct {
	Category Category
	Where    Span // the keyword
	Cond     Expr
	Range    Span
}

// Category is the word in front of "where". Any stands for the keyword any; Name is the unquoted value otherwise.
type Category struct {
	Name   string
	Any    bool
	Quoted bool
	Range  Span
}

// Sequence is "sequence by … with maxspan=… [term] [term] until [term]".
type Sequence struct {
	Keyword Span
	By      []Expr   // sequence-level join keys; *Field unless the query is wrong
	MaxSpan *MaxSpan // nil without maxspan
	Terms   []*Term
	Until   *Term // nil without until
	// UntilRange is the keyword until.
	UntilRange Span
	Range      Span
}

// Join is "join by … [term] [term] until [term]" of the old dialect. Elasticsearch parses it and rejects it afterwards:
// Check reports it, nothing evaluates it.
type Join struct {
	Keyword    Span
	By         []Expr
	Terms      []*Term
	Until      *Term // nil without until
	UntilRange Span
	Range      Span
}

// Sample is "sample by … [term] [term]".
type Sample struct {
	Keyword Span
	By      []Expr
	Terms   []*Term
	Range   Span
}

// Term is one bracketed step of a sequence or sample. Missing is true for "![…]".
type Term struct {
	Missing bool
	Filter  *EventQuery
	By      []Expr // the term's own join keys, after the sequence-level ones
	Runs    *Runs  // nil without "with runs=N"
	Range   Span
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
	Value int64
	Unit  string // ms, s, m, h or d
	Nanos int64
	Range Span // from "with" to the unit
}

// Runs is "with runs=N", N from 1 to 100.
type Runs struct {
	Count int
	Range Span
}

// Pipe is "| name arguments".
type Pipe struct {
	Name      string
	NameRange Span
	Args      []Expr
	Count     int64 // value of the argument of head and tail after folding
	Range     Span
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
	Kind  LiteralKind
	Bool  bool
	Int   int64
	Uint  uint64
	Float float64
	Str   string // string value, escapes resolved
	Raw   bool   // """…"""
	Range Span
}

// Field is a field name, dotted, without back-quotes. Optional is true for "?name".
type Field struct {
	Name     string
	Optional bool
	Range    Span // "?" included
}

// Call is a function call. Name is as written, without "~"; Fold is true for "name~".
type Call struct {
	Name      string
	Fold      bool
	NameRange Span
	Args      []Expr
	Range     Span
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
	Op      Op
	OpRange Span
	X       Expr
	Range   Span
}

// Binary is x op y with a logical, comparison or arithmetic operator.
type Binary struct {
	Op      Op
	OpRange Span
	X, Y    Expr
	Range   Span
}

// Match is x : "…", x like (…), x regex (…): one or several constant patterns.
type Match struct {
	Op      Op // Colon, Like, LikeFold, Regex, RegexFold
	OpRange Span
	X       Expr
	List    []*Literal
	Parens  bool // written with parentheses
	Range   Span
}

// In is x in (…), x in~ (…), x not in (…).
type In struct {
	Fold    bool
	Negated bool
	OpRange Span // "not" included
	X       Expr
	List    []Expr
	Range   Span
}

// Paren is a parenthesised expression.
type Paren struct {
	X     Expr
	Range Span
}

// BadExpr stands for an expression that could not be parsed.
type BadExpr struct{ Range Span }
