package lint

// Vocabulary holds the values that a repository allows and the names it treats in a special way. Empty members switch
// off what needs them.
type Vocabulary struct {
	Licenses []string // allowed licences
}
