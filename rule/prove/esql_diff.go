package prove

import (
	"slices"
	"strings"

	"github.com/rulevet/rulevet/esql"
	"github.com/rulevet/rulevet/esql/eval"
	"github.com/rulevet/rulevet/rule/compile"
	"github.com/rulevet/rulevet/rule/prove/internal/backward"
)

// comparePipelines compares two versions of a rule in ES|QL: a proof, if they differ in no more than what they want of rows in front of
// the first aggregation, and sets of events that only one of them matches.
func comparePipelines(old, changed *compile.Program) *Comparison {
	a, ia := old.Pipeline()
	b, ib := changed.Pipeline()
	if b == nil {
		return &Comparison{Why: "the language changed"}
	}
	if sameCommands(a, b) {
		return &Comparison{Relation: Equal}
	}
	out := &Comparison{}
	proof := &backward.Proof{Why: "the versions have fields of different types"}
	if index := joined(ia, ib); index != nil {
		proof = backward.Compare(a, b, index, Now())
	}
	if proof.Narrower && proof.Wider {
		out.Relation = Equal
		return out
	}
	out.Lost = onlyOne(old, changed, b)
	out.Gained = onlyOne(changed, old, a)
	switch {
	case len(out.Lost) > 0 && len(out.Gained) > 0:
		out.Relation = Different
	case len(out.Lost) > 0 && proof.Narrower && proof.Single:
		out.Relation = Narrower
	case len(out.Gained) > 0 && proof.Wider && proof.Single:
		out.Relation = Wider
	case proof.Why != "":
		out.Why = proof.Why
	case (proof.Narrower || proof.Wider) && !proof.Single:
		out.Why = "fewer or more rows are aggregated or limited, and what that does to the result was not proved"
	default:
		out.Why = "no event was found that only one of the queries matches, and no proof that there is none"
	}
	return out
}

// sameCommands tells whether two queries are the same but for spaces, letters of keywords and comments.
func sameCommands(a, b *esql.Query) bool {
	x, err1 := esql.Format(a.Source)
	y, err2 := esql.Format(b.Source)
	return err1 == nil && err2 == nil && len(a.Comments) == 0 && len(b.Comments) == 0 && strings.TrimSpace(x) == strings.TrimSpace(y)
}

// joined is an index with the fields of two; nil if they give one field different types.
func joined(a, b *eval.Index) *eval.Index {
	out := &eval.Index{Name: a.Name, Fields: slices.Clone(a.Fields)}
	for _, f := range b.Fields {
		i := slices.IndexFunc(out.Fields, func(o eval.Field) bool { return o.Name == f.Name })
		if i < 0 {
			out.Fields = append(out.Fields, f)
		} else if out.Fields[i].Type != f.Type {
			return nil
		}
	}
	slices.SortFunc(out.Fields, func(x, y eval.Field) int { return strings.Compare(x.Name, y.Name) })
	return out
}

// onlyOne is a set of events that one program matches and the other does not, as far as one is found: one that leaves out a condition
// of the other, else one of the ways of the first.
func onlyOne(p, other *compile.Program, conditions *esql.Query) []Match {
	q, index := p.Pipeline()
	g := &pipeline{generator: &generator{program: p, file: p.File, scene: newScene(p.File, 0), options: GenerateOptions{Bare: true}}, runs: p.Program, present: Now()}
	tells := func(docs [][]byte) bool { return Matches(p.Program, docs) && !Matches(other.Program, docs) }
	found, err := backward.New(q, index, backward.Options{Now: Now(), Sample: g.choose, Fires: func(events []backward.Values) bool {
		return tells(g.write(events))
	}})
	if err == nil {
		if events, ok := found.Without(conditions); ok {
			return []Match{{g.write(events)}}
		}
	}
	for _, docs := range generatePipeline(p, p.Program, q, index, GenerateOptions{Count: maxModels, Bare: true}).Ways {
		if tells(docs) {
			return []Match{{docs}}
		}
	}
	return nil
}
