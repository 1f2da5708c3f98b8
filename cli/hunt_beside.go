package cli

import (
	"errors"
	"os"

	"github.com/rulevet/rulevet/rule"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/ruletest"
)

// besideRules finds in the fixtures of rules what they read beside events.
type besideRules struct {
	tree *tree
	err  error // the first problem
}

func (c *command) besideRules(w *workspace) *besideRules {
	return &besideRules{tree: &tree{root: w.fixtureRoot(), user: map[string]string{}}}
}

// of is what one rule reads.
func (b *besideRules) of(file *rule.File) *compile.Beside {
	found, problems := ruletest.Beside(os.DirFS(b.tree.root), b.tree.path(file.Path), file)
	for _, p := range problems {
		if b.err == nil {
			b.tree.show(&p.Path)
			b.err = failed(errors.New(p.String()))
		}
	}
	return found
}
