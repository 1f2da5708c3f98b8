package eql

// Parse, Format, Check, Inspect: placeholders that the first commit of the eql work replaces.

func Parse(src string) (*Query, []Issue)              { panic("stub") }
func Format(q *Query) string                          { panic("stub") }
func Check(q *Query, f Fields) (*Info, []Issue)       { panic("stub") }
func Inspect(n Node, f func(n Node, enter bool) bool) { panic("stub") }
