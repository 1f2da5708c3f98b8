package rule

// Placeholders that the first commit of the rule work replaces.

// Parse reads a rule file. It never fails: problems are diagnostics (file/encoding, file/syntax).
func Parse(path string, src []byte) (*File, []Diagnostic) { panic("stub") }

// Position converts a byte offset.
func (f *File) Position(offset int) Position { panic("stub") }

// ValidateSchema checks the file against the JSON Schema of its rule type and returns schema/* diagnostics.
func (f *File) ValidateSchema() []Diagnostic { panic("stub") }

// FileSpan converts a range of the value to a range of the file.
func (t *Text) FileSpan(start, end int) Span { panic("stub") }

// Apply applies edits to src. Edits that overlap are an error.
func Apply(src []byte, edits []Edit) ([]byte, error) { panic("stub") }
