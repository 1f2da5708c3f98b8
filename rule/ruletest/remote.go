package ruletest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/rulevet/rulevet/rule"
)

// Remote is what another engine, Elasticsearch itself, said of a case.
type Remote struct {
	// NotChecked says why it was not asked.
	NotChecked string `json:"notChecked,omitempty"`
	Got        []Hit  `json:"got,omitzero"` // what the cluster found
	// Differs is set where its answer is another one than ours; Diff shows how (-ours +theirs).
	Differs bool   `json:"differs,omitempty"`
	Diff    string `json:"diff,omitempty"`  // from Want to Got, empty for a case that passed there
	Error   string `json:"error,omitempty"` // why the cluster gave no answer
	// Note says what was not as it should be, as types of fields that the cluster lacks.
	Note string `json:"note,omitempty"`
}

// NotRun is the error of a Matcher that could not be asked, for the reason that Why has in one line. It is no failure of the case.
type NotRun struct{ Why string }

func (e *NotRun) Error() string { return e.Why }

// remote is the other engine for one rule; why says that there is none for it.
type remote struct {
	matcher Matcher
	why     string
}

// remoteFor makes the other engine for a rule; nil if none was asked for.
func (o *Options) remoteFor(file *rule.File) *remote {
	if o.Remote == nil {
		return nil
	}
	m, err := o.Remote(file)
	if err != nil {
		return &remote{why: err.Error()}
	}
	return &remote{matcher: m}
}

// ask runs a case on the other engine. The case fails if that does not give what the case wants, or differs from what we gave.
func (r *remote) ask(res *CaseResult, c *testCase) {
	if r == nil || res.Error != "" && res.Got == nil {
		return
	}
	res.Elasticsearch = &Remote{NotChecked: r.why}
	if r.why != "" {
		return
	}
	out := res.Elasticsearch
	got, err := r.matcher.Match(c.documents())
	if n, ok := r.matcher.(interface{ Note() string }); ok {
		out.Note = n.Note()
	}
	var notRun *NotRun
	switch {
	case errors.As(err, &notRun):
		out.NotChecked = notRun.Why
		return
	case err != nil:
		out.Error, res.OK = err.Error(), false
		return
	}
	sortHits(got)
	if got == nil {
		got = []Hit{}
	}
	out.Got = got
	if res.NotChecked != "" { // only the cluster can run it
		res.NotChecked = ""
		res.OK = c.want.holds(got)
		res.Got = got
		if !res.OK {
			res.Diff = c.want.diff(got)
		}
		return
	}
	if !slices.EqualFunc(res.Got, got, sameEvents) {
		out.Differs, res.OK = true, false
		out.Diff = cmp.Diff(eventsOf(res.Got), eventsOf(got))
	}
}

// sameEvents compares matches by their events: how join keys are written is a matter of the answer's form.
func sameEvents(a, b Hit) bool { return slices.Equal(a.Events, b.Events) }

func eventsOf(hits []Hit) []string {
	out := make([]string, len(hits))
	for i, h := range hits {
		out[i] = fmt.Sprint(h.Events)
	}
	return out
}
