package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rulevet/rulevet/internal/wording"
)

// NotChecked is a reason why parts of files were not checked.
type NotChecked struct {
	Parts  []string // as in File
	Path   string   // the first file that the reason holds for
	Others int      // how many others it holds for
	Why    string   // one line
}

// String says it in one line: "not checked: query of a.toml and 2 other files: …".
func (n NotChecked) String() string { return "not checked: " + n.text() }

func (n NotChecked) text() string {
	where := n.Path
	if n.Others > 0 {
		where += " and " + wording.Count(n.Others, "other file")
	}
	parts := strings.Join(n.Parts, ", ")
	return fmt.Sprintf("%s of %s: %s", parts, where, strings.TrimPrefix(n.Why, parts+" not checked: "))
}

// NotChecked lists what was not checked, once for each reason. Parts that were left out of the same number of files, from the same
// one on, share an entry.
func (r *Report) NotChecked() []NotChecked {
	type reason struct{ part, why string }
	count := map[reason]int{}
	first := map[reason]string{}
	var order []reason
	for _, f := range r.Files {
		for _, s := range f.Skipped {
			k := reason{s.Part, s.Why}
			if count[k]++; count[k] == 1 {
				order = append(order, k)
				first[k] = f.Path
			}
		}
	}
	type line struct {
		why, first string
		count      int
	}
	at := map[line]int{}
	var out []NotChecked
	for _, k := range order {
		l := line{k.why, first[k], count[k]}
		i, known := at[l]
		if !known {
			i = len(out)
			at[l] = i
			out = append(out, NotChecked{Path: l.first, Others: l.count - 1, Why: l.why})
		}
		out[i].Parts = append(out[i].Parts, k.part)
	}
	return out
}

// gaps are the reasons of NotChecked that are worth a notice: that fixtures were not run goes without saying where they are the
// business of another command.
func (r *Report) gaps() []NotChecked {
	return slices.DeleteFunc(r.NotChecked(), func(n NotChecked) bool { return len(n.Parts) == 1 && n.Parts[0] == "fixtures" })
}
