package eql

// Info is what Check found out about a query against one Fields. It sits beside the tree, so that one parsed query can
// be checked against several schemas.
type Info struct {
	Fields Fields        // as given to Check; nil = no schema
	Types  map[Expr]Type // type of every expression
	Lookup map[*Field]FieldUse
}

// FieldUse is one use of a field in a query.
type FieldUse struct {
	Info     FieldInfo
	Presence Presence
}
